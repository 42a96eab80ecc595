/**
 * Copies of workflows for a comparison: the same steps under another id, with short time limits and
 * delays, and with their API calls redirected to the fake API. The workflows themselves are
 * unchanged, and their APIs are never called.
 */
import { isJsonObject, type JsonValue, type JsonObject } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { ApiCallStep, RetryPolicy, Step, WorkflowDefinition } from "#model/workflow.ts";

const PREFIX = "parity_";
const EMPTY = "_empty";
const ID_LENGTH = 64;

/** Time limit for a mock that never responds, in s: the shortest that is allowed. */
const AI_TIMEOUT_S = LIMITS.timeoutMinS;
/** The fake API responds at once; a busy machine may take longer. */
const API_TIMEOUT_S = 10;

/** `standIn` is a `host:port`. */
export function copyOf(definition: WorkflowDefinition, standIn: string): WorkflowDefinition {
  return {
    ...definition,
    id: (PREFIX + definition.id).slice(0, ID_LENGTH - EMPTY.length),
    name: `${definition.name.slice(0, LIMITS.nameLength - 9)} (parity)`,
    steps: definition.steps.map((step) => copyStep(step, standIn)),
  };
}

/**
 * A copy in which models return empty lists wherever the schema allows them. The mock never does so
 * by itself, so branches that depend on it would never be taken.
 */
export function emptyCopyOf(copy: WorkflowDefinition): WorkflowDefinition {
  return {
    ...copy,
    id: copy.id + EMPTY,
    steps: copy.steps.map((step) =>
      step.type === "ai_generate"
        ? { ...step, config: { ...step.config, json_schema: emptied(step.config.json_schema) } }
        : step,
    ),
  };
}

function emptied(schema: JsonObject | boolean): JsonObject | boolean {
  return typeof schema === "boolean" ? schema : emptiedObject(schema);
}

function emptiedObject(schema: JsonObject): JsonObject {
  const entries = Object.entries(schema).map(([key, value]): [string, JsonValue] => [
    key,
    emptiedIn(value),
  ]);
  const copy: JsonObject = Object.fromEntries(entries);
  return copy["type"] === "array" && !copy["minItems"] ? { ...copy, maxItems: 0 } : copy;
}

function emptiedIn(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(emptiedIn);
  return isJsonObject(value) ? emptiedObject(value) : value;
}

function copyStep(step: Step, standIn: string): Step {
  switch (step.type) {
    case "ai_generate":
      return {
        ...step,
        retry: quick(step.retry),
        config: { ...step.config, timeout_s: AI_TIMEOUT_S },
      };
    case "api_call":
      return { ...step, retry: quick(step.retry), config: leadTo(standIn, step.config) };
    case "form":
    case "conditional":
    case "approval":
      return step;
  }
}

function quick(retry: RetryPolicy): RetryPolicy {
  return { ...retry, initial_delay_ms: 1, max_delay_ms: 1, jitter: false };
}

/** The host becomes the first segment of the path; values of secrets are not sent. */
function leadTo(standIn: string, config: ApiCallStep["config"]): ApiCallStep["config"] {
  const { headers, body } = config;
  return {
    ...config,
    url: withoutSecrets(config.url.replace(/^https?:\/\/([^/?#]+)/i, `http://${standIn}/$1`)),
    timeout_s: API_TIMEOUT_S,
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [name, withoutSecrets(value)]),
          ),
        }),
    ...(body === undefined ? {} : { body: strippedOf(body) }),
  };
}

function strippedOf(body: JsonValue): JsonValue {
  if (typeof body === "string") return withoutSecrets(body);
  if (Array.isArray(body)) return body.map(strippedOf);
  if (!isJsonObject(body)) return body;
  const entries = Object.entries(body).map(([key, value]): [string, JsonValue] => [
    key,
    strippedOf(value),
  ]);
  return Object.fromEntries(entries);
}

function withoutSecrets(text: string): string {
  return text.replaceAll(/\{\{\s*secrets\.[^}]*\}\}/g, "no-secret");
}
