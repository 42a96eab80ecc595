/**
 * A transition while it is computed: the events emitted so far and the state they fold to. The only
 * way to change the state is to emit an event, so the log and the state cannot diverge.
 */
import type { Happened, RunEvent } from "#model/event.ts";
import type { JsonValue } from "#model/json.ts";
import type { IndexedWorkflow } from "#model/workflow-index.ts";
import { applyEvent } from "./fold.ts";
import { copyState, type RunState } from "./state.ts";

export interface Draft {
  readonly workflow: IndexedWorkflow;
  readonly runId: string;
  readonly at: string;
  state: RunState | null;
  readonly events: RunEvent[];
  /** Outputs to be stored with the events, by step id. */
  readonly outputs: Record<string, JsonValue>;
}

export function openDraft(
  workflow: IndexedWorkflow,
  state: RunState | null,
  runId: string,
  at: string,
): Draft {
  return { workflow, runId, at, state: state && copyState(state), events: [], outputs: {} };
}

/** Appends an event and folds it in. `place` is the step and attempt it is about. */
export function emit(
  draft: Draft,
  happened: Happened,
  place?: { step_id: string; attempt?: number },
): RunState {
  // `type` is named here for its place among the keys, which every reader of the log sees.
  const head = {
    seq: (draft.state?.seq ?? 0) + 1,
    type: happened.type,
    at: draft.at,
    run_id: draft.runId,
    ...place,
  };
  const event: RunEvent = { ...head, ...happened };
  draft.events.push(event);
  draft.state = applyEvent(draft.state, event);
  return draft.state;
}
