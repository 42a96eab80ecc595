/** The engine's state and the plain model's, in one form. */
import type { RunState, StepState } from "#engine/state.ts";
import type { AiResponse } from "#model/attempt.ts";
import type { RunEvent } from "#model/event.ts";
import type { UsageCounts } from "#model/usage.ts";
import { type PlainRun, type PlainStep, WORDED } from "./plain-run.ts";

/** Failures whose message is the engine's own. */
const WORDED_CODES: ReadonlySet<unknown> = new Set([
  "internal",
  "approval_rejected",
  "wait_expired",
]);

function worded({ code, message }: { code: string; message: string }) {
  return { code, message: WORDED_CODES.has(code) && message !== "" ? WORDED : message };
}

/** An event with the texts that the engine words made the same. */
export function comparable(event: RunEvent): unknown {
  const { data } = event;
  if (!("message" in data) || !("code" in data)) return event;
  const { code = "", message = "" } = data;
  return { ...event, data: { ...data, ...worded({ code, message }) } };
}

function usageOf(counts: UsageCounts | undefined) {
  if (!counts || counts.ai_calls === 0) return null;
  const { tokens_prompt, tokens_output, tokens_cached = 0, cost_usd, ai_calls } = counts;
  const unknown = counts.cost_unknown_calls ?? 0;
  const cost = Math.round(cost_usd * 1e9);
  return { tokens_prompt, tokens_output, tokens_cached, cost, ai_calls, unknown };
}

function plainUsage(responses: readonly AiResponse[]) {
  const sum = (of: (response: AiResponse) => number) =>
    responses.reduce((total, response) => total + of(response), 0);
  if (responses.length === 0) return null;
  return {
    tokens_prompt: sum((one) => one.tokens_prompt),
    tokens_output: sum((one) => one.tokens_output),
    tokens_cached: sum((one) => one.tokens_cached ?? 0),
    cost: Math.round(sum((one) => one.cost_usd ?? 0) * 1e9),
    ai_calls: responses.length,
    unknown: responses.filter((one) => one.cost_usd === null).length,
  };
}

function engineStep(step: StepState) {
  return {
    type: step.type,
    status: step.status,
    attempt: step.attempt,
    startedAt: step.started_at,
    endedAt: step.ended_at ?? null,
    error: step.error ? worded(step.error) : null,
    failures: step.transport_failures,
    violations: step.violations,
    candidate: step.candidate,
    feedback: step.feedback,
    said: step.said ?? null,
    retryAt: step.retry_at ?? null,
    late: step.late_attempts ?? [],
    usage: usageOf(step.usage),
    changed: step.changed,
  };
}

function plainStep(step: PlainStep) {
  const { responses, endedAt = null, error = null, said = null, retryAt = null, ...same } = step;
  return { ...same, endedAt, error, said, retryAt, usage: plainUsage(responses) };
}

export function engineView(state: RunState): unknown {
  const { wait, error } = state;
  return {
    id: state.run_id,
    workflow: state.workflow_id,
    status: state.status,
    current: state.current_step,
    createdAt: state.created_at,
    updatedAt: state.updated_at,
    endedAt: state.ended_at ?? null,
    events: state.seq,
    waits: state.waits,
    wait: wait
      ? {
          number: wait.number,
          stepId: wait.step_id,
          type: wait.type,
          since: wait.since,
          expiresAt: wait.expires_at ?? null,
          decisions: wait.decisions,
          principals: wait.principals ?? [],
        }
      : null,
    error: error ? { ...worded(error), step_id: error.step_id } : null,
    underWay: state.under_way ?? [],
    usage: usageOf(state.usage),
    isMock: state.mock,
    steps: Object.fromEntries(
      Object.entries(state.steps).map(([id, step]) => [id, engineStep(step)]),
    ),
  };
}

export function plainView(run: PlainRun): unknown {
  const { wait, error, facts } = run;
  const hasMockAnswered = run.responses.some((response) => response.provider === "mock");
  return {
    id: run.id,
    workflow: run.definition.id,
    status: run.status,
    current: run.current,
    createdAt: run.createdAt,
    updatedAt: run.updatedAt,
    endedAt: run.endedAt,
    events: run.log.length,
    waits: run.waits,
    wait: wait ? { ...wait, expiresAt: wait.expiresAt ?? null } : null,
    error,
    underWay: run.underWay,
    usage: plainUsage(run.responses),
    isMock: facts.mock || (facts.mock_asked !== undefined && hasMockAnswered),
    steps: Object.fromEntries([...run.steps].map(([id, step]) => [id, plainStep(step)])),
  };
}
