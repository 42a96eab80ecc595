/** The plain model of outcomes: ends, waits, and failures with their three budgets. */
import type { AttemptOutcome, LateResult } from "#model/attempt.ts";
import type { RetryPolicy, Step } from "#model/workflow.ts";
import { type PlainRun, type PlainStep, WORDED } from "./plain-run.ts";

type Failed = Extract<AttemptOutcome, { kind: "failed" }>;

const DAY_MS = 24 * 3600 * 1000;
const SCHEMA_RETRIES = 2;

/** An attempt has ended. */
export function endAttempt(
  run: PlainRun,
  stepId: string,
  attempt: number,
  outcome: AttemptOutcome,
): void {
  const step = run.stepOf(stepId);
  const begun = run.steps.get(stepId);
  if (!step || !begun || attempt > begun.attempt) {
    run.coverage.took("outcome: of a step or attempt that was never made");
    return;
  }
  const { live } = run;
  if (live?.step_id !== stepId || live.attempt !== attempt) {
    outcomeTooLate(run, stepId, attempt, outcome);
    return;
  }
  const place = { step_id: stepId, attempt };
  if (outcome.kind === "waiting") {
    startWait(run, step);
    return;
  }
  if (outcome.response) {
    run.count(begun, outcome.response);
    run.say({ type: "ai.response", data: outcome.response }, place);
  }
  if (outcome.kind === "completed") {
    if (outcome.next !== undefined) {
      run.coverage.took("step: completes on the branch that its outcome chose");
    }
    run.complete(step, outcome.output, outcome.next === undefined ? step.next : outcome.next);
  } else {
    failed(run, step, begun, outcome);
  }
}

function outcomeTooLate(
  run: PlainRun,
  stepId: string,
  attempt: number,
  outcome: AttemptOutcome,
): void {
  if (outcome.kind === "waiting") {
    run.coverage.took("outcome: late, and only that it waits");
    return;
  }
  const response = outcome.response ? { response: outcome.response } : {};
  const result: LateResult =
    outcome.kind === "completed"
      ? { outcome: "completed", output: outcome.output, ...response }
      : { outcome: "failed", failure: outcome.failure, ...response };
  if (run.isAwaited(stepId, attempt)) {
    run.coverage.took("outcome: late, of what was under way at the end");
  }
  const isFirst = run.recordLate(stepId, attempt, result);
  run.coverage.took(isFirst ? "outcome: late, and recorded" : "outcome: late, and recorded before");
}

function startWait(run: PlainRun, step: Step): void {
  if (step.type !== "form" && step.type !== "approval") {
    run.coverage.took("outcome: waits, of a step that cannot wait");
    run.failStep(step, { code: "internal", message: WORDED }, step.on_error);
    return;
  }
  run.coverage.took(`outcome: waits, of ${step.type === "form" ? "a form" : "an approval"}`);
  const seconds = step.config.expires_in_s;
  if (seconds !== undefined) run.coverage.took("outcome: waits, with an expiry");
  const expiresAt = seconds === undefined ? {} : { expiresAt: run.later(seconds * 1000) };
  run.waits += 1;
  const { waits: number, at: since } = run;
  const { type, id: stepId } = step;
  run.wait = { number, stepId, type, since, ...expiresAt, decisions: [], principals: [] };
  run.sayWaiting(run.wait);
}

function failed(run: PlainRun, step: Step, begun: PlainStep, outcome: Failed): void {
  const isTried = step.type === "ai_generate" || step.type === "api_call";
  if (!isTried) run.coverage.took("failure: of a step without retries");
  if (outcome.class === "terminal") run.coverage.took("failure: terminal");
  const policy = isTried && outcome.class !== "terminal" ? step.retry : null;
  if (policy && triesAgain(run, step, policy, begun, outcome)) return;
  if (outcome.answer) {
    run.coverage.took("step: fails, and keeps the answer of the API");
    run.outputs.set(step.id, outcome.answer);
  }
  run.failStep(step, outcome.failure, step.on_error, outcome.excerpt);
}

function triesAgain(
  run: PlainRun,
  step: Step,
  policy: RetryPolicy,
  begun: PlainStep,
  outcome: Failed,
): boolean {
  if (outcome.class === "schema") {
    if (begun.violations >= SCHEMA_RETRIES) {
      run.coverage.took("failure: schema, budget used up");
      return false;
    }
    run.coverage.took("failure: schema, corrected");
    begun.violations += 1;
    begun.feedback = outcome.feedback ?? [];
    if (outcome.said !== undefined) begun.said = outcome.said;
    retry(run, step, begun, outcome, { reason: "schema", delayMs: 0 });
    return true;
  }
  if (outcome.class === "transport") {
    if (begun.failures + 1 < policy.max_attempts) {
      begun.failures += 1;
      retryLater(run, step, policy, begun, outcome);
      return true;
    }
    run.coverage.took("failure: transport, budget used up");
  }
  const others = step.type === "ai_generate" ? (step.config.fallback ?? []) : [];
  if (begun.candidate < others.length) {
    run.coverage.took("failure: fallback asked");
    begun.candidate += 1;
    begun.failures = 0;
    retry(run, step, begun, outcome, { reason: "fallback", delayMs: 0 });
    return true;
  }
  if (outcome.class === "unusable") {
    run.coverage.took("failure: unusable, and no one else to ask");
  }
  return false;
}

function retryLater(
  run: PlainRun,
  step: Step,
  policy: RetryPolicy,
  begun: PlainStep,
  outcome: Failed,
): void {
  let full = policy.initial_delay_ms;
  for (let failure = 1; failure < begun.failures; failure++) {
    if (policy.backoff === "exponential") full = Math.min(full * 2, policy.max_delay_ms);
  }
  full = Math.min(full, policy.max_delay_ms);
  const asked = Math.min(outcome.retryAfterMs ?? 0, DAY_MS);
  const least = Math.round(Math.max(policy.jitter ? full / 2 : full, asked));
  const delayMs = run.seeDelay(least, Math.round(Math.max(full, asked)));
  if (asked > full) run.coverage.took("failure: transport, as late as the server asked");
  run.coverage.took(
    delayMs === 0 ? "failure: transport, retried at once" : "failure: transport, retried later",
  );
  retry(run, step, begun, outcome, { reason: "transport", delayMs });
}

function retry(
  run: PlainRun,
  step: Step,
  begun: PlainStep,
  outcome: Failed,
  { reason, delayMs }: { reason: "schema" | "transport" | "fallback"; delayMs: number },
): void {
  const isSchema = reason === "schema";
  begun.retryAt = run.later(delayMs);
  const data = {
    reason,
    delay_ms: delayMs,
    transport_failures: begun.failures,
    violations: begun.violations,
    candidate: begun.candidate,
    feedback: begun.feedback,
    ...(isSchema && outcome.said !== undefined ? { said: outcome.said } : {}),
    ...(isSchema && outcome.excerpt !== undefined ? { excerpt: outcome.excerpt } : {}),
    ...outcome.failure,
    retry_at: begun.retryAt,
  };
  run.say({ type: "step.retrying", data }, { step_id: step.id, attempt: begun.attempt });
  if (delayMs === 0) run.attempt(step, begun.attempt + 1);
}
