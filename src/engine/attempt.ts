/**
 * What the outcome of an attempt leads to. Two budgets that never mix: schema violations
 * (`LIMITS.schemaRetries` more tries) and transport failures (the step's `retry`, then the next of
 * its `fallback`). A provider that cannot serve the call is not retried: the next one is tried.
 * Pure.
 */
import type { AttemptOutcome, LateResult } from "#model/attempt.ts";
import type { Failure } from "#model/failure.ts";
import { LIMITS } from "#model/limits.ts";
import type { Step } from "#model/workflow.ts";
import { type Draft, emit } from "./draft.ts";
import type { AttemptName, EventData } from "#model/event.ts";
import { candidates, completeStep, failStep, startAttempt } from "./flow.ts";
import { retryDelayMs } from "./retry.ts";
import type { RunState, StepState } from "./state.ts";

type Failed = Extract<AttemptOutcome, { kind: "failed" }>;

export function applyOutcome(
  draft: Draft,
  step: Step,
  attempt: number,
  outcome: AttemptOutcome,
): void {
  const place = { step_id: step.id, attempt };
  if (outcome.kind !== "waiting" && outcome.response) {
    emit(draft, { type: "ai.response", data: outcome.response }, place);
  }
  switch (outcome.kind) {
    case "completed":
      completeStep(
        draft,
        step,
        outcome.output,
        outcome.next === undefined ? step.next : outcome.next,
      );
      break;
    case "waiting":
      startWait(draft, step);
      break;
    case "failed":
      applyFailure(draft, step, attempt, outcome);
      break;
  }
}

/** Records a result that no longer counts, with its usage: one for each attempt. */
export function recordLate(
  draft: Draft,
  stepId: string,
  attempt: number,
  result: LateResult,
): void {
  const { state } = draft;
  if (!state || state.steps[stepId]?.late_attempts?.includes(attempt)) return;
  const isAwaited = (other: AttemptName) => other.step_id === stepId && other.attempt === attempt;
  const left = state.under_way?.some(isAwaited)
    ? { under_way: state.under_way.filter((other) => !isAwaited(other)) }
    : {};
  const data = { ...lateData(result), ...left };
  emit(draft, { type: "step.late", data }, { step_id: stepId, attempt });
}

/** What is recorded of an outcome that came too late to count; null: nothing. */
export function lateResultOf(outcome: AttemptOutcome): LateResult | null {
  if (outcome.kind === "waiting") return null;
  const response = outcome.response ? { response: outcome.response } : {};
  return outcome.kind === "completed"
    ? { outcome: "completed", output: outcome.output, ...response }
    : { outcome: "failed", failure: outcome.failure, ...response };
}

function lateData(result: LateResult): EventData<"step.late"> {
  const { outcome, response } = result;
  const usage = response ? { response } : {};
  switch (outcome) {
    case "completed":
      return { outcome, output: result.output, ...usage };
    case "failed":
      return { outcome, ...result.failure, ...usage };
    case "canceled":
    case "outcome_unknown":
      return { outcome, code: outcome, ...usage };
  }
}

function startWait(draft: Draft, step: Step): void {
  if (step.type !== "form" && step.type !== "approval") {
    failStep(draft, step, {
      code: "internal",
      message: `A step of type ${step.type} cannot wait.`,
    });
    return;
  }
  const seconds = step.config.expires_in_s;
  emit(
    draft,
    {
      type: "run.waiting",
      data: {
        wait_number: (draft.state?.waits ?? 0) + 1,
        type: step.type,
        ...(seconds === undefined ? {} : { expires_at: laterThan(draft.at, seconds * 1000) }),
      },
    },
    { step_id: step.id },
  );
}

function applyFailure(draft: Draft, step: Step, attempt: number, outcome: Failed): void {
  const { state } = draft;
  const current = state?.steps[step.id];
  const again = state && current && nextTry(state, step, current, outcome);
  if (!again) {
    failStep(draft, step, outcome.failure, outcome);
    return;
  }
  emit(
    draft,
    {
      type: "step.retrying",
      data: { ...again, ...outcome.failure, retry_at: laterThan(draft.at, again.delay_ms) },
    },
    { step_id: step.id, attempt },
  );
  if (again.delay_ms === 0) startAttempt(draft, step, attempt + 1);
}

type NextTry = Omit<EventData<"step.retrying">, keyof Failure | "retry_at">;

/** The next attempt and its budgets, or null when they are used up. */
function nextTry(state: RunState, step: Step, current: StepState, outcome: Failed): NextTry | null {
  const { transport_failures, violations, candidate, feedback } = current;
  if (step.type !== "ai_generate" && step.type !== "api_call") return null;
  if (outcome.class === "schema") {
    if (violations >= LIMITS.schemaRetries) return null;
    return {
      reason: "schema",
      delay_ms: 0,
      transport_failures,
      violations: violations + 1,
      candidate,
      feedback: outcome.feedback ?? [],
      ...(outcome.said === undefined ? {} : { said: outcome.said }),
      ...(outcome.excerpt === undefined ? {} : { excerpt: outcome.excerpt }),
    };
  }
  if (outcome.class === "terminal") return null;
  const failures = transport_failures + 1;
  if (outcome.class === "transport" && failures < step.retry.max_attempts) {
    const seed = `${state.run_id}/${step.id}/${current.attempt}`;
    return {
      reason: "transport",
      delay_ms: retryDelayMs(step.retry, failures, seed, outcome.retryAfterMs),
      transport_failures: failures,
      violations,
      candidate,
      feedback,
    };
  }
  if (step.type === "ai_generate" && candidate + 1 < candidates(step, state).length) {
    return {
      reason: "fallback",
      delay_ms: 0,
      transport_failures: 0,
      violations,
      candidate: candidate + 1,
      feedback,
    };
  }
  return null;
}

function laterThan(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}
