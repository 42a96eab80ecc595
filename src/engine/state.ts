/**
 * The state of a run: the fold of its log (fold.ts).
 *
 * Persisted shape: the snapshot in the run object is this, as JSON. Step outputs, start inputs and
 * the definition are not part of it: they have their own rows, so that the snapshot stays small
 * however long the run is.
 */
import type { Decision } from "#model/approval.ts";
import type { RunStatus } from "#model/run.ts";
import type { AttemptName, RunFacts } from "#model/event.ts";
import type { Failure } from "#model/failure.ts";
import type { UsageCounts } from "#model/usage.ts";
import type { StepType } from "#model/workflow.ts";

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
