/**
 * The fold of a run's log to its state. Decides nothing (advance.ts does).
 *
 * Invariant 4: folding the log from empty returns the snapshot, byte for byte. So keys are deleted,
 * never set to undefined, and nothing here reads anything but the event.
 */
import type { AiResponse } from "#model/attempt.ts";
import type { EventData, AttemptName, RunEvent } from "#model/event.ts";
import { addCall, NO_USAGE } from "#model/usage.ts";
import { copyState, type RunState, type StepState } from "./state.ts";

/** Folds a log, or the tail of one over a snapshot. The snapshot is not changed. */
export function foldLog(events: Iterable<RunEvent>, snapshot: RunState | null): RunState | null {
  let state = snapshot && copyState(snapshot);
  for (const event of events) state = applyEvent(state, event);
  return state;
}

/** Applies one event to a state that the caller owns, and returns it. */
export function applyEvent(state: RunState | null, event: RunEvent): RunState {
  if (event.type === "run.created") return createState(event);
  if (state === null) throw new Error(`${event.type} before run.created`);
  state.seq = event.seq;
  // A late result leaves `updated_at` alone: a reader of the run sees no other change.
  if (event.type !== "step.late") state.updated_at = event.at;
  applyTo(state, event);
  return state;
}

function createState({ run_id, at, seq, data }: RunEvent<"run.created">): RunState {
  const { workflow_id, ...facts } = data;
  return {
    run_id,
    workflow_id,
    ...facts,
    status: "queued",
    current_step: null,
    created_at: at,
    updated_at: at,
    seq,
    steps: {},
    waits: 0,
    usage: { ...NO_USAGE },
  };
}

function applyTo(state: RunState, event: Exclude<RunEvent, RunEvent<"run.created">>): void {
  switch (event.type) {
    case "run.started":
      state.status = "running";
      break;
    case "run.waiting":
      applyWaiting(state, event);
      break;
    case "run.resumed":
      applyResumed(state, event.data);
      break;
    case "run.completed":
    case "run.failed":
    case "run.canceled":
      applyEnd(state, event);
      break;
    case "step.started":
      applyStepStarted(state, event);
      break;
    case "step.completed":
    case "step.failed":
      applyStepEnd(state, event);
      break;
    case "step.retrying":
      applyRetrying(state, event);
      break;
    case "step.late":
      applyLate(state, event);
      break;
    case "ai.request":
      changeStep(state, event, (step) => step);
      break;
    case "ai.response":
      countUsage(state, event, event.data);
      break;
  }
}

function applyWaiting(state: RunState, event: RunEvent<"run.waiting">): void {
  const { wait_number: number, type, expires_at } = event.data;
  const stepId = requireStepId(event);
  state.status = "waiting";
  state.waits = number;
  if (state.wait?.number !== number) {
    state.wait = {
      number,
      step_id: stepId,
      type,
      since: event.at,
      ...(expires_at === undefined ? {} : { expires_at }),
      decisions: [],
    };
  }
  changeStep(state, event, (step) => ({ ...step, status: "waiting" }));
}

function applyResumed(state: RunState, { decision, principal }: EventData<"run.resumed">): void {
  state.status = "running";
  if (!state.wait || !decision) return;
  const { principals = [] } = state.wait;
  state.wait = {
    ...state.wait,
    decisions: [...state.wait.decisions, decision],
    ...(principal === undefined ? {} : { principals: [...principals, principal] }),
  };
}

function applyEnd(
  state: RunState,
  event: RunEvent<"run.completed" | "run.failed" | "run.canceled">,
): void {
  const current = state.current_step;
  switch (event.type) {
    case "run.completed":
      state.status = "completed";
      break;
    case "run.failed": {
      const { code, message } = event.data;
      state.error = { code, message, step_id: event.step_id ?? null };
      state.status = "failed";
      break;
    }
    case "run.canceled":
      if (current !== null) cancelStep(state, { ...event, step_id: current });
      state.status = "canceled";
      break;
  }
  state.current_step = null;
  state.ended_at = event.at;
  delete state.wait;
  setUnderWay(state, event.data.under_way ?? []);
}

function cancelStep(state: RunState, event: RunEvent<"run.canceled">): void {
  changeStep(state, event, (step) => {
    const { retry_at: _, said: _said, ...rest } = step;
    return { ...rest, status: "canceled", ended_at: event.at };
  });
}

function applyLate(state: RunState, event: RunEvent<"step.late">): void {
  const { response, under_way: left } = event.data;
  if (response) countUsage(state, event, response);
  changeStep(state, event, (step) => ({
    ...step,
    late_attempts: [...(step.late_attempts ?? []), event.attempt ?? 1],
  }));
  if (left) setUnderWay(state, left);
}

function setUnderWay(state: RunState, left: AttemptName[]): void {
  if (left.length > 0) state.under_way = left;
  else delete state.under_way;
}

function applyStepEnd(state: RunState, event: RunEvent<"step.completed" | "step.failed">): void {
  if (state.wait?.step_id === event.step_id) {
    delete state.wait;
    state.status = "running";
  }
  changeStep(state, event, (step) => {
    const { retry_at: _, said: _said, ...rest } = step;
    if (event.type === "step.completed") {
      return { ...rest, status: "completed", ended_at: event.at };
    }
    const { code, message } = event.data;
    return { ...rest, status: "failed", ended_at: event.at, error: { code, message } };
  });
}

function applyRetrying(state: RunState, event: RunEvent<"step.retrying">): void {
  const { transport_failures, violations, candidate, feedback, said, retry_at } = event.data;
  changeStep(state, event, (step) => ({
    ...step,
    transport_failures,
    violations,
    candidate,
    feedback,
    // Feedback of an earlier attempt belongs to the answer that is kept already.
    ...(said === undefined ? {} : { said }),
    retry_at,
  }));
}

function applyStepStarted(state: RunState, event: RunEvent<"step.started">): void {
  const stepId = requireStepId(event);
  const attempt = event.attempt ?? 1;
  state.current_step = stepId;
  if (attempt > 1) {
    changeStep(state, event, (step) => {
      const { retry_at: _, ...rest } = step;
      return { ...rest, attempt };
    });
    return;
  }
  state.steps[stepId] = {
    type: event.data.type,
    status: "running",
    attempt,
    started_at: event.at,
    changed: event.seq,
    transport_failures: 0,
    violations: 0,
    candidate: 0,
    feedback: [],
  };
}

function changeStep(
  state: RunState,
  event: RunEvent,
  change: (step: StepState) => StepState,
): void {
  const stepId = requireStepId(event);
  const step = state.steps[stepId];
  if (!step) throw new Error(`${event.type} for the step "${stepId}", which never started`);
  state.steps[stepId] = { ...change(step), changed: event.seq };
}

function requireStepId(event: RunEvent): string {
  if (event.step_id === undefined) throw new Error(`${event.type} without a step`);
  return event.step_id;
}

/** Every call counts for the run and its step, failed and late ones too: they were billed. */
function countUsage(state: RunState, event: RunEvent, response: AiResponse): void {
  // In older logs `mock` also names the provider, so it must stay as it was written.
  if (response.provider === "mock" && state.mock_asked !== undefined) state.mock = true;
  state.usage = addCall(state.usage, response);
  changeStep(state, event, (step) => ({
    ...step,
    usage: addCall(step.usage ?? NO_USAGE, response),
  }));
}
