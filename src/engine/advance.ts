/**
 * The engine: what happens next. `advance(workflow, state, command)` is synchronous and pure: no
 * clock (`command.at`), no randomness (derived from run, step and attempt), no I/O. It knows no
 * executor and no storage. Each invariant has a property test by its number:
 *
 * 1. Terminal states absorb.
 * 2. At most one live attempt of a step; a result counts only if its attempt is the live one.
 * 3. A step that completed is never executed again.
 * 4. Folding the log from empty returns the snapshot, byte for byte.
 * 5. Every non-terminal state has either a pending effect, a timer, or a wait: nothing is stranded.
 * 6. After cancel no effect is issued.
 * 7. The log is a legal sentence: started before completed, one run.created first, at most one
 *    terminal event, and after it nothing but `step.late`: at most one an attempt, and exactly one
 *    for each that was running at the end (`stillUnderWay` lists those without one).
 *
 * Timers are part of the state, not effects: `timersOf` lists those that are set.
 */
import type { IndexedWorkflow } from "#model/workflow-index.ts";
import type { JsonValue } from "#model/json.ts";
import type { AttemptName, RunEvent } from "#model/event.ts";
import { deciderName } from "#model/caller.ts";
import { applyDecision, expireWait, refuseDecision, resumer } from "./approve.ts";
import { applyOutcome, lateResultOf, recordLate } from "./attempt.ts";
import type { Command, Effect, Refusal, Timer } from "./command.ts";
import { type Draft, emit, openDraft } from "./draft.ts";
import { completeStep, failRun, goTo, startAttempt } from "./flow.ts";
import { isTerminal, type RunState } from "./state.ts";

export type Advance =
  | {
      ok: true;
      state: RunState;
      events: RunEvent[];
      /** Step outputs to be stored with the events, by step id. */
      outputs: Record<string, JsonValue>;
      /** What the run now waits for; null: for a timer, a person, or nothing. */
      effect: Effect | null;
    }
  | { ok: false; refusal: Refusal };

type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** `state` is null only for `start`; a `start` of a run that exists changes nothing. */
export function advance(
  workflow: IndexedWorkflow,
  state: RunState | null,
  command: Command,
): Advance {
  const runId = command.kind === "start" ? command.run_id : state?.run_id;
  if (runId === undefined) throw new Error(`${command.kind} before start`);
  const draft = openDraft(workflow, state, runId, command.at);
  const refusal = dispatch(draft, command);
  if (refusal) return { ok: false, refusal };
  if (!draft.state) throw new Error("a command left the run without a state");
  const { events, outputs } = draft;
  const effect = events.length === 0 ? null : pendingEffect(draft.state);
  return { ok: true, state: draft.state, events, outputs, effect };
}

function dispatch(draft: Draft, command: Command): Refusal | null {
  const { state } = draft;
  if (command.kind === "start") {
    if (state === null) start(draft, command);
    return null;
  }
  if (state === null) throw new Error(`${command.kind} before start`);
  switch (command.kind) {
    case "outcome":
      outcome(draft, state, command);
      return null;
    case "answer":
      return answer(draft, state, command);
    case "decide":
      return decide(draft, state, command);
    case "timer":
      fireTimer(draft, state, command);
      return null;
    case "cancel":
      return cancel(draft, state, command);
    case "quarantine":
      quarantine(draft, state, command);
      return null;
    case "late":
      late(draft, state, command);
      return null;
  }
}

function start(draft: Draft, command: CommandOf<"start">): void {
  const { definition } = draft.workflow;
  emit(draft, { type: "run.created", data: { workflow_id: definition.id, ...command.facts } });
  emit(draft, { type: "run.started", data: {} });
  goTo(draft, definition.start_step);
}

function outcome(draft: Draft, state: RunState, command: CommandOf<"outcome">): void {
  const step = draft.workflow.steps.get(command.step_id);
  const begun = state.steps[command.step_id];
  // Noted as late, the result of an attempt that was never made would keep that of the real one
  // out: there is one `step.late` an attempt, so the end of the log would wait for it for ever.
  if (!step || !begun || command.attempt > begun.attempt) return;
  if (isLive(state, command.step_id, command.attempt)) {
    applyOutcome(draft, step, command.attempt, command.outcome);
  } else {
    const result = lateResultOf(command.outcome);
    if (result) recordLate(draft, command.step_id, command.attempt, result);
  }
}

function late(draft: Draft, state: RunState, command: CommandOf<"late">): void {
  const { step_id: stepId, attempt, result } = command;
  const isAwaited = stillUnderWay(state).some(
    (other) => other.step_id === stepId && other.attempt === attempt,
  );
  if (isAwaited) recordLate(draft, stepId, attempt, result);
}

function answer(draft: Draft, state: RunState, command: CommandOf<"answer">): Refusal | null {
  const refusal = refuseResume(state, command.wait_number, "form", command.at);
  if (refusal || !state.wait) return refusal;
  const step = draft.workflow.steps.get(state.wait.step_id);
  if (step?.type !== "form") return { reason: "wrong_wait_type", waiting_for: state.wait.type };
  emit(
    draft,
    { type: "run.resumed", data: { wait_number: state.wait.number, ...resumer(command.by) } },
    { step_id: step.id },
  );
  completeStep(draft, step, command.output, step.next);
  return null;
}

function decide(draft: Draft, state: RunState, command: CommandOf<"decide">): Refusal | null {
  const refusal = refuseResume(state, command.wait_number, "approval", command.at);
  if (refusal || !state.wait) return refusal;
  const step = draft.workflow.steps.get(state.wait.step_id);
  if (step?.type !== "approval") return { reason: "wrong_wait_type", waiting_for: state.wait.type };
  const refused = refuseDecision(state, state.wait, step, command);
  if (refused) return refused;
  applyDecision(draft, state.wait, step, command);
  return null;
}

/** Why a resume of this kind is refused now, or null. Also called before answers are checked. */
export function refuseResume(
  state: RunState,
  waitNumber: number | undefined,
  type: "form" | "approval",
  at: string,
): Refusal | null {
  const { wait } = state;
  if (state.status !== "waiting" || !wait) return { reason: "not_waiting", status: state.status };
  if (wait.expires_at !== undefined && wait.expires_at <= at) {
    return { reason: "expired", expires_at: wait.expires_at };
  }
  if (waitNumber !== undefined && waitNumber !== wait.number) {
    return { reason: "stale_wait", wait_number: wait.number };
  }
  if (wait.type !== type) return { reason: "wrong_wait_type", waiting_for: wait.type };
  return null;
}

function fireTimer(draft: Draft, state: RunState, { timer }: CommandOf<"timer">): void {
  const set = timersOf(state).find((other) => sameTimer(other, timer));
  if (!set || set.at > draft.at) return;
  if (timer.kind === "expire") {
    if (state.wait) expireWait(draft, state.wait);
    return;
  }
  const step = draft.workflow.steps.get(timer.step_id);
  if (step) startAttempt(draft, step, timer.attempt + 1);
}

function cancel(draft: Draft, state: RunState, command: CommandOf<"cancel">): Refusal | null {
  if (state.status === "canceled") return null;
  if (isTerminal(state.status)) return { reason: "already_ended", status: state.status };
  const { reason } = command;
  const by = deciderName(command.by);
  emit(draft, {
    type: "run.canceled",
    data: {
      by,
      ...(reason === undefined ? {} : { reason }),
      ...underWayAt(state, command),
    },
  });
  return null;
}

function quarantine(draft: Draft, state: RunState, command: CommandOf<"quarantine">): void {
  if (isTerminal(state.status)) return;
  const stepId = state.current_step;
  const failure = { code: "poisoned" as const, message: command.seen };
  const underWay = underWayAt(state, command);
  if (stepId !== null) {
    const attempt = state.steps[stepId]?.attempt ?? 1;
    emit(
      draft,
      { type: "step.failed", data: { ...failure, next: null } },
      { step_id: stepId, attempt },
    );
  }
  failRun(draft, { ...failure, ...underWay }, stepId);
}

function underWayAt(state: RunState, { isBegun }: { isBegun?: boolean }) {
  const effect = isBegun === true ? pendingEffect(state) : null;
  if (!effect) return {};
  const { step_id, attempt } = effect;
  return { under_way: [{ step_id, attempt }] };
}

/** After the end: attempts whose call was sent, and whose `step.late` is not written yet. */
export function stillUnderWay(state: RunState): readonly AttemptName[] {
  return state.under_way ?? [];
}

function isLive(state: RunState, stepId: string, attempt: number): boolean {
  const step = state.steps[stepId];
  return (
    state.status === "running" &&
    state.current_step === stepId &&
    step?.status === "running" &&
    step.attempt === attempt &&
    step.retry_at === undefined
  );
}

/** The effect whose outcome the run is waiting for. Rebuilt from the state after a restart. */
export function pendingEffect(state: RunState): Effect | null {
  const stepId = state.current_step;
  const step = stepId === null ? undefined : state.steps[stepId];
  if (stepId === null || !step || !isLive(state, stepId, step.attempt)) return null;
  return { kind: "execute_step", step_id: stepId, attempt: step.attempt };
}

/** The timers that are set. At most one of each kind. */
export function timersOf(state: RunState): Timer[] {
  if (isTerminal(state.status)) return [];
  const timers: Timer[] = [];
  const stepId = state.current_step;
  const step = stepId === null ? undefined : state.steps[stepId];
  if (stepId !== null && step?.retry_at !== undefined) {
    timers.push({ kind: "retry", step_id: stepId, attempt: step.attempt, at: step.retry_at });
  }
  if (state.wait?.expires_at !== undefined) {
    timers.push({ kind: "expire", wait_number: state.wait.number, at: state.wait.expires_at });
  }
  return timers;
}

function sameTimer(left: Timer, right: Timer): boolean {
  if (left.kind === "expire") {
    return right.kind === "expire" && left.wait_number === right.wait_number;
  }
  return right.kind === "retry" && left.step_id === right.step_id && left.attempt === right.attempt;
}
