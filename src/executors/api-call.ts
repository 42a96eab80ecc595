/**
 * The api_call: one HTTP request through the egress door. Owns the order (fill in, send, judge);
 * what is sent is made by `api-call-request.ts`, what the answer means by `api-call-answer.ts`.
 */
import type { AttemptOutcome } from "#model/attempt.ts";
import { LIMITS } from "#model/limits.ts";
import type { ApiCallStep } from "#model/workflow.ts";
import { createTextMask } from "#security/masking/text-mask.ts";
import { REDACTED } from "#security/redact.ts";
import { outcomeOfAnswer, outcomeWithoutAnswer } from "./api-call-answer.ts";
import { secretNamesOf } from "#template/secret-names.ts";
import { renderCall, type SecretValues } from "./api-call-request.ts";
import type { Attempt, Ports } from "./executor.ts";

export { isRepeatable } from "./api-call-answer.ts";

/**
 * One attempt. Network errors, 408, 429 and 5xx fail in transport; everything else that is not
 * expected, or cannot be read, is terminal. A POST or PATCH that is not marked idempotent is tried
 * again only after 429 or 503, and ends as `outcome_unknown` when no answer came.
 */
export async function executeApiCall(
  attempt: Attempt<ApiCallStep>,
  ports: Ports,
  now: () => number = Date.now,
): Promise<AttemptOutcome> {
  const { step } = attempt;
  const values = await readSecrets(step, ports);
  if (values === null) {
    const failure = { code: "internal", message: "The secrets could not be read." } as const;
    return { kind: "failed", class: "transport", failure };
  }
  const traceparent = ports.traceparentOf(step.id, attempt.attempt);
  const rendered = renderCall(attempt, values, traceparent);
  if (!rendered.ok) return { kind: "failed", class: "terminal", failure: rendered.error };
  if (ports.signal.aborted || ports.isCanceled?.() === true) {
    const failure = { code: "timeout", message: "No time was left to make the call." } as const;
    return { kind: "failed", class: "transport", failure };
  }
  const { secretValues, ...call } = rendered.value;
  const secrets = createTextMask(secretValues, REDACTED);
  const { expect_status: expectedStatuses } = step.config;
  const result = await ports.callExternal({
    ...call,
    method: step.config.method,
    signal: ports.signal,
    maxBytes: LIMITS.stepOutputBytes,
    ...(expectedStatuses === undefined ? {} : { expectedStatuses }),
  });
  if (!result.ok) return outcomeWithoutAnswer(step, result);
  return outcomeOfAnswer(step, result.response, { secrets, mask: ports.answerMask() }, now());
}

/** Null when they cannot be had at present. Nothing was sent by then, so any call may be tried again. */
async function readSecrets(step: ApiCallStep, ports: Ports): Promise<SecretValues | null> {
  const names = secretNamesOf(step);
  if (names.length === 0) return {};
  try {
    return await ports.readSecrets(names, ports.signal);
  } catch {
    // The port has logged why; what it was must not reach the run.
    return null;
  }
}
