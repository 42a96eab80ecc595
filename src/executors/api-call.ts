/**
 * The api_call: one HTTP request through the egress door. Owns the order (fill in, send, judge);
 * what is sent is made by `api-call-request.ts`, what the answer means by `api-call-answer.ts`.
 */
import type { AttemptOutcome } from "../model/attempt.ts";
import { LIMITS } from "../model/limits.ts";
import type { ApiCallStep } from "../model/workflow.ts";
import { outcomeOfAnswer, outcomeWithoutAnswer } from "./api-call-answer.ts";
import { renderCall, type SecretValues } from "./api-call-request.ts";
import type { Attempt, Ports } from "./executor.ts";

export { isRepeatable } from "./api-call-answer.ts";

/** What the executor needs beside the ports of every step. */
export interface ApiCallPorts extends Ports {
  /** Values of the secrets that the step names. */
  secrets?: SecretValues;
}

/**
 * One attempt. Network errors, 408, 429 and 5xx fail in transport; everything else that is not
 * expected is terminal. A POST or PATCH that is not marked idempotent is tried again only after
 * 429 or 503, and ends as `outcome_unknown` when no answer came.
 */
export async function executeApiCall(
  attempt: Attempt<ApiCallStep>,
  ports: ApiCallPorts,
  now: () => number = Date.now,
): Promise<AttemptOutcome> {
  const { step } = attempt;
  const rendered = renderCall(attempt, ports.secrets ?? {});
  if (!rendered.ok) return { kind: "failed", class: "terminal", failure: rendered.failure };
  if (ports.signal.aborted) {
    const failure = { code: "timeout", message: "No time was left to make the call." } as const;
    return { kind: "failed", class: "transport", failure };
  }
  const { secretValues, ...call } = rendered.call;
  const { expect_status: expectedStatuses } = step.config;
  const result = await ports.callExternal({
    ...call,
    method: step.config.method,
    signal: ports.signal,
    maxBytes: LIMITS.stepOutputBytes,
    ...(expectedStatuses === undefined ? {} : { expectedStatuses }),
  });
  return result.ok
    ? outcomeOfAnswer(step, result.response, secretValues, now())
    : outcomeWithoutAnswer(step, result);
}
