/**
 * The bytes of a definition: JSON with one fixed key order at every level, so that the same
 * meaning returns the same text and the same hash.
 *
 * Persisted shape: these bytes are stored in D1 and with every run, and compared by hash. Invariants:
 * 1. the order of keys in the input never shows in the output, but for JSON Schemas: a model
 *    writes properties in the order that it is given, so their order is meaning;
 * 2. keys of the format stand in the order of `model/workflow.ts`, keys of people (`static`,
 *    bodies, headers, `output`) are sorted by code unit;
 * 3. absent stays absent: nothing is written for an optional key that is not there.
 */
import { isJsonObject, type JsonValue } from "#model/json.ts";
import type { JsonText } from "#model/json-text.ts";
import type { FormField, RetryPolicy, Step, WorkflowDefinition } from "#model/workflow.ts";

/**
 * The ways in which definitions have been written, by the releases that stored them. Persisted:
 * the number stands beside each version. 1: keys of JSON Schemas sorted, up to release 0.3. 2: as
 * they were written.
 */
export const CANONICAL_FORM = 2;
export type CanonicalForm = 1 | typeof CANONICAL_FORM;

/** The canonical JSON text of a definition, without white space. */
export function canonicalJson(
  definition: WorkflowDefinition,
  form: CanonicalForm = CANONICAL_FORM,
): JsonText<WorkflowDefinition> {
  const { schema_version, id, name, description, start_step, inputs, output, tags } = definition;
  const text = JSON.stringify({
    schema_version,
    id,
    name,
    description,
    start_step,
    static: sorted(definition.static),
    inputs: inputs?.map(orderedField),
    output: output === undefined ? undefined : sorted(output),
    tags,
    steps: definition.steps.map((step) => orderedStep(step, form)),
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same definition in another order
  return text as JsonText<WorkflowDefinition>;
}

/** SHA-256 of canonical text as UTF-8, in lower-case hex. */
export async function definitionHash(canonical: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A copy with the keys of every object sorted; `-0` becomes `0`, as in JSON text. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function orderedField(field: FormField) {
  const { key, type, required, pattern, label, description, placeholder } = field;
  const { min, max, min_length, max_length, sensitive } = field;
  return {
    key,
    type,
    required,
    pattern,
    label,
    description,
    placeholder,
    default: field.default === undefined ? undefined : sorted(field.default),
    options: field.options?.map(({ value, label: text }) => ({ value, label: text })),
    min,
    max,
    min_length,
    max_length,
    sensitive,
  };
}

function orderedRetry(retry: RetryPolicy) {
  const { max_attempts, initial_delay_ms, max_delay_ms, backoff, jitter } = retry;
  return { max_attempts, initial_delay_ms, max_delay_ms, backoff, jitter };
}

function orderedStep(step: Step, form: CanonicalForm) {
  const { id, type, name, next, on_error } = step;
  const retry = "retry" in step ? orderedRetry(step.retry) : undefined;
  return { id, type, name, next, on_error, retry, config: orderedConfig(step, form) };
}

function orderedConfig(step: Step, form: CanonicalForm): object {
  switch (step.type) {
    case "form": {
      const { fields, expires_in_s, on_expire } = step.config;
      return { fields: fields.map(orderedField), expires_in_s, on_expire };
    }
    case "ai_generate":
      return orderedAiConfig(step.config, form);
    case "conditional":
      return { when: step.config.when, then: step.config.then, else: step.config.else };
    case "api_call":
      return orderedApiConfig(step.config);
    case "approval": {
      const { approvers, quorum, on_reject, require_comment_on_reject } = step.config;
      const { allow_self_approval, expires_in_s, on_expire } = step.config;
      return {
        approvers,
        quorum,
        on_reject,
        require_comment_on_reject,
        allow_self_approval,
        expires_in_s,
        on_expire,
      };
    }
  }
}

function orderedAiConfig(
  config: Extract<Step, { type: "ai_generate" }>["config"],
  form: CanonicalForm,
) {
  const { template_id, variables, json_schema, timeout_s, provider, model } = config;
  return {
    template_id,
    variables,
    json_schema: form === 1 ? sorted(json_schema) : json_schema,
    timeout_s,
    provider,
    model,
    temperature: config.temperature,
    max_output_tokens: config.max_output_tokens,
    fallback: config.fallback?.map((choice) => ({
      provider: choice.provider,
      model: choice.model,
    })),
  };
}

function orderedApiConfig(config: Extract<Step, { type: "api_call" }>["config"]) {
  const { url, method, headers, body, body_form, response } = config;
  const { timeout_s, idempotent, expect_status } = config;
  return {
    url,
    method,
    headers: headers === undefined ? undefined : sorted(headers),
    body: body === undefined ? undefined : sorted(body),
    body_form: body_form === undefined ? undefined : sorted(body_form),
    response,
    timeout_s,
    idempotent,
    expect_status,
  };
}
