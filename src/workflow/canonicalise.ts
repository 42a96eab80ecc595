/**
 * From the workflow as written to the workflow as meant: defaults filled in, short forms written
 * out. Total: its input has passed every check. Idempotent: its result, read again, is the same.
 */
import { lowerAscii } from "#model/address.ts";
import {
  type FormField,
  type RetryPolicy,
  SCHEMA_VERSION,
  type Step,
  type WorkflowDefinition,
} from "#model/workflow.ts";
import { withStoredLimits } from "#validation/json-schema/limit-places.ts";
import type { AuthoredStep, AuthoredWorkflow } from "./structure/authored.ts";
import type { AuthoredField } from "./structure/authored-fields.ts";

/** The definition; `id` is settled by the caller, from the text, the address or the name. */
export function canonicalise(workflow: AuthoredWorkflow, id: string): WorkflowDefinition {
  const { schema_version: version, name, description, start_step, inputs, output } = workflow;
  return {
    schema_version: typeof version === "string" ? version : SCHEMA_VERSION,
    id,
    name,
    ...(description === undefined ? {} : { description }),
    start_step,
    static: workflow.static ?? {},
    ...(inputs === undefined ? {} : { inputs: inputs.map(canonicalField) }),
    ...(output === undefined ? {} : { output }),
    tags: workflow.tags ?? [],
    steps: workflow.steps.map(canonicalStep),
  };
}

/** Options as plain strings become values that are their own label. */
export function canonicalField(field: AuthoredField): FormField {
  const { options, ...rest } = field;
  if (options === undefined) return rest;
  const written = options.map((option) => {
    const { value, label } = typeof option === "string" ? { value: option, label: option } : option;
    return { value, label: label ?? value };
  });
  return { ...rest, options: written };
}

const DEFAULT_RETRY: RetryPolicy = {
  max_attempts: 3,
  initial_delay_ms: 500,
  max_delay_ms: 30_000,
  backoff: "exponential",
  jitter: true,
};
const DEFAULT_TIMEOUT_S = 30;

/** One of two delays given alone moves the default of the other, so that they never contradict. */
function canonicalRetry(retry: Partial<RetryPolicy> = {}): RetryPolicy {
  const initial = retry.initial_delay_ms;
  const max = retry.max_delay_ms;
  return {
    ...DEFAULT_RETRY,
    ...retry,
    initial_delay_ms: initial ?? Math.min(DEFAULT_RETRY.initial_delay_ms, max ?? Infinity),
    max_delay_ms: max ?? Math.max(DEFAULT_RETRY.max_delay_ms, initial ?? 0),
  };
}

function canonicalStep(step: AuthoredStep): Step {
  const next = step.next ?? null;
  switch (step.type) {
    case "form":
      return {
        ...step,
        next,
        config: { ...step.config, fields: step.config.fields.map(canonicalField) },
      };
    case "ai_generate": {
      const { timeout_s = DEFAULT_TIMEOUT_S, ...rest } = step.config;
      const config = { ...rest, json_schema: withStoredLimits(rest.json_schema), timeout_s };
      return { ...step, next, retry: canonicalRetry(step.retry), config };
    }
    case "conditional": {
      // Null is an answer of its own here: that branch ends the run, regardless of `next`.
      const { when, then = next, else: otherwise = next } = step.config;
      return { ...step, next, config: { when, then, else: otherwise } };
    }
    case "api_call": {
      const { timeout_s = DEFAULT_TIMEOUT_S, idempotent = false, ...config } = step.config;
      const retry = canonicalRetry(step.retry);
      return { ...step, next, retry, config: { ...config, timeout_s, idempotent } };
    }
    case "approval": {
      const {
        quorum = 1,
        require_comment_on_reject = false,
        allow_self_approval = false,
      } = step.config;
      const approvers = step.config.approvers.map((email) => lowerAscii(email));
      return {
        ...step,
        next,
        config: {
          ...step.config,
          approvers,
          quorum,
          require_comment_on_reject,
          allow_self_approval,
        },
      };
    }
  }
}
