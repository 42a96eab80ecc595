/**
 * The state of a run: the fold of its log. Owns the shape and the fold; decides nothing (advance.ts
 * does).
 *
 * Persisted shape: the snapshot in the run object is this, as JSON. Step outputs, start inputs and
 * the definition are not part of it: they have their own rows, so that the snapshot stays small
 * however long the run is.
 *
 * Invariant 4: folding the log from empty gives the snapshot, byte for byte. So keys are deleted,
 * never set to undefined, and nothing here reads anything but the event.
 */
import type { Decision } from "#model/approval.ts";
import type { RunEvent } from "#model/event.ts";
import type { Failure } from "#model/failure.ts";
import { addCall, NO_USAGE, type UsageCounts } from "#model/usage.ts";
import type { StepType } from "#model/workflow.ts";
import type { AttemptName, EventData, RunFacts } from "#model/event-data.ts";

export type RunStatus = "queued" | "running" | "waiting" | "completed" | "failed" | "canceled";
type StepStatus = "running" | "waiting" | "completed" | "failed" | "canceled";

export interface StepState {
  type: StepType;
  status: StepStatus;
  attempt: number;
  started_at: string;
  ended_at?: string;
  error?: Failure;
  /** `seq` of the last event about this step. */
  changed: number;
  /** Failed attempts that count against `retry`, with the current candidate. */
  transport_failures: number;
  /** Failed attempts that count against the schema budget. */
  violations: number;
  /** Index into [provider, …fallback]. */
  candidate: number;
  /** What was wrong with the model's last answer. */
  feedback: string[];
  /** That answer, as far as it was kept; deleted when the step ends. */
  said?: string;
  /** Set while the step waits for its next attempt, when no attempt is live. */
  retry_at?: string;
  /** Usage of the step's calls to models, all attempts together; absent: there were none. */
  usage?: UsageCounts;
  /** Attempts that have a `step.late`; absent: none. */
  late_attempts?: number[];
}

export interface WaitState {
  /** 1 for the run's first wait; a quorum wait keeps its number between decisions. */
  number: number;
  step_id: string;
  type: "form" | "approval";
  since: string;
  expires_at?: string;
  decisions: Decision[];
  /** Principals of the JWTs that decided; absent while there are none. Not shown with the wait. */
  principals?: string[];
}

export interface RunState extends RunFacts {
  run_id: string;
  workflow_id: string;
  status: RunStatus;
  current_step: string | null;
  created_at: string;
  updated_at: string;
  ended_at?: string;
  /** `seq` of the last event. */
  seq: number;
  steps: Record<string, StepState>;
  waits: number;
  wait?: WaitState;
  error?: Failure & { step_id: string | null };
  usage: UsageCounts;
  /** After the end: attempts whose `step.late` is still to be written; absent: none. */
  under_way?: AttemptName[];
}

const TERMINAL: ReadonlySet<RunStatus> = new Set(["completed", "failed", "canceled"]);

export function isTerminal(status: RunStatus): boolean {
  return TERMINAL.has(status);
}

/** A copy whose top level and step table may be written without touching the original. */
export function copyState(state: RunState): RunState {
  return { ...state, steps: { ...state.steps } };
}

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
  if (event.type === "step.late") {
    applyLate(state, event);
    return state;
  }
  state.updated_at = event.at;
  if (event.type.startsWith("run.")) applyRunEvent(state, event);
  else applyStepEvent(state, event);
  return state;
}

function createState(event: RunEvent): RunState {
  const { workflow_id, ...facts } = event.data as unknown as EventData<"run.created">;
  return {
    run_id: event.run_id,
    workflow_id,
    ...facts,
    status: "queued",
    current_step: null,
    created_at: event.at,
    updated_at: event.at,
    seq: event.seq,
    steps: {},
    waits: 0,
    usage: { ...NO_USAGE },
  };
}

function applyRunEvent(state: RunState, event: RunEvent): void {
  switch (event.type) {
    case "run.started":
      state.status = "running";
      break;
    case "run.waiting":
      applyWaiting(state, event);
      break;
    case "run.resumed": {
      const data = event.data as unknown as EventData<"run.resumed">;
      state.status = "running";
      if (state.wait && data.decision) {
        const { principals = [] } = state.wait;
        state.wait = {
          ...state.wait,
          decisions: [...state.wait.decisions, data.decision],
          ...(data.principal === undefined ? {} : { principals: [...principals, data.principal] }),
        };
      }
      break;
    }
    case "run.completed":
    case "run.failed":
    case "run.canceled":
      applyEnd(state, event);
      break;
    default:
      throw new Error(`not a run event: ${event.type}`);
  }
}

function applyWaiting(state: RunState, event: RunEvent): void {
  const data = event.data as unknown as EventData<"run.waiting">;
  const stepId = requireStepId(event);
  state.status = "waiting";
  state.waits = data.wait_number;
  if (state.wait?.number !== data.wait_number) {
    state.wait = {
      number: data.wait_number,
      step_id: stepId,
      type: data.type,
      since: event.at,
      ...(data.expires_at === undefined ? {} : { expires_at: data.expires_at }),
      decisions: [],
    };
  }
  changeStep(state, event, (step) => ({ ...step, status: "waiting" }));
}

function applyEnd(state: RunState, event: RunEvent): void {
  const status = event.type.slice("run.".length) as "completed" | "failed" | "canceled";
  const current = state.current_step;
  if (event.type === "run.failed") {
    const { code, message } = event.data as unknown as EventData<"run.failed">;
    state.error = { code, message, step_id: event.step_id ?? null };
  }
  if (event.type === "run.canceled" && current !== null) {
    changeStep(state, { ...event, step_id: current }, (step) => {
      const { retry_at: _, said: _said, ...rest } = step;
      return { ...rest, status: "canceled", ended_at: event.at };
    });
  }
  state.status = status;
  state.current_step = null;
  state.ended_at = event.at;
  delete state.wait;
  setUnderWay(state, (event.data as unknown as EventData<"run.canceled">).under_way ?? []);
}

/** Leaves `updated_at` alone: a reader of the run sees no other change. */
function applyLate(state: RunState, event: RunEvent): void {
  const { response, under_way: left } = event.data as unknown as EventData<"step.late">;
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

function applyStepEvent(state: RunState, event: RunEvent): void {
  switch (event.type) {
    case "step.started":
      applyStepStarted(state, event);
      break;
    case "step.completed":
    case "step.failed": {
      const failed = event.type === "step.failed";
      if (state.wait?.step_id === event.step_id) {
        delete state.wait;
        state.status = "running";
      }
      changeStep(state, event, (step) => {
        const { retry_at: _, said: _said, ...rest } = step;
        if (!failed) return { ...rest, status: "completed", ended_at: event.at };
        const { code, message } = event.data as unknown as EventData<"step.failed">;
        return { ...rest, status: "failed", ended_at: event.at, error: { code, message } };
      });
      break;
    }
    case "step.retrying": {
      const data = event.data as unknown as EventData<"step.retrying">;
      changeStep(state, event, (step) => ({
        ...step,
        transport_failures: data.transport_failures,
        violations: data.violations,
        candidate: data.candidate,
        feedback: data.feedback,
        // Feedback of an earlier attempt belongs to the answer that is kept already.
        ...(data.said === undefined ? {} : { said: data.said }),
        retry_at: data.retry_at,
      }));
      break;
    }
    case "ai.request":
      changeStep(state, event, (step) => step);
      break;
    case "ai.response":
      countUsage(state, event, event.data as unknown as EventData<"ai.response">);
      break;
    default:
      throw new Error(`not a step event: ${event.type}`);
  }
}

function applyStepStarted(state: RunState, event: RunEvent): void {
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
  const data = event.data as unknown as EventData<"step.started">;
  state.steps[stepId] = {
    type: data.type,
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
function countUsage(state: RunState, event: RunEvent, response: EventData<"ai.response">): void {
  // In older logs `mock` also names the provider, so it must stay as it was written.
  if (response.provider === "mock" && state.mock_asked !== undefined) state.mock = true;
  state.usage = addCall(state.usage, response);
  changeStep(state, event, (step) => ({
    ...step,
    usage: addCall(step.usage ?? NO_USAGE, response),
  }));
}
