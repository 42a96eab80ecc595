/**
 * What is kept of an attempt that was under way when its run was canceled. Pure. Says no more than
 * is known: a call that may have changed something outside is never recorded as if it had not.
 */
import type { AttemptOutcome, LateResult } from "#model/attempt.ts";
import type { FailureCode } from "#model/failure.ts";
import { SAFE_METHODS } from "#model/workflow.ts";
import { type CallSource, unansweredCall } from "./ai-generate.ts";
import type { Attempt } from "./executor.ts";
import type { EffectStep } from "./registry.ts";

/** Failures that leave open whether the server carried the call out. */
const OPEN_CODES: ReadonlySet<string> = new Set<FailureCode>([
  "timeout",
  "network_error",
  "outcome_unknown",
  "internal",
]);

/** How far an attempt came. */
export interface Reached {
  /** A request to an API left the service. */
  hasLeft: boolean;
  /** It was told to stop. */
  wasStopped: boolean;
}

/** Of an attempt that ended, by itself or because it was stopped. */
export function lateResult(
  step: EffectStep,
  outcome: Exclude<AttemptOutcome, { kind: "waiting" }>,
  { hasLeft, wasStopped }: Reached,
): LateResult {
  const response = outcome.response ? { response: outcome.response } : {};
  if (outcome.kind === "completed") {
    return { outcome: "completed", output: outcome.output, ...response };
  }
  const { failure } = outcome;
  if (!OPEN_CODES.has(failure.code)) return { outcome: "failed", failure, ...response };
  if (hasLeft && mayHaveChangedSomething(step)) return { outcome: "outcome_unknown" };
  // A call to a model that was made tells of its usage, however it ended.
  const isSent = hasLeft || outcome.response !== undefined;
  if (wasStopped || !isSent) return { outcome: "canceled", ...response };
  return { outcome: "failed", failure, ...response };
}

/** Of an attempt that was cut off, or did not end when it was stopped: nothing is known of it. */
export function lostResult(
  attempt: Attempt<EffectStep>,
  source: CallSource,
  hasLeft = true,
): LateResult {
  const { step } = attempt;
  if (step.type === "ai_generate") {
    // The model may have answered, and that is paid for.
    return { outcome: "canceled", response: unansweredCall({ ...attempt, step }, source) };
  }
  return { outcome: hasLeft && mayHaveChangedSomething(step) ? "outcome_unknown" : "canceled" };
}

function mayHaveChangedSomething(step: EffectStep): boolean {
  return step.type === "api_call" && !SAFE_METHODS.has(step.config.method);
}
