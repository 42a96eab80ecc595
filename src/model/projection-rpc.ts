/**
 * What crosses between a run and the collector that writes the runs into D1. Rows are JSON texts:
 * the run serialises each once, and the collector joins texts without reading them.
 */
import type { RunStatus } from "./run.ts";

/** What brings D1 from the run's cursor to its current state. */
export interface RunProjection {
  runId: string;
  status: RunStatus;
  /** The last event that the rows include. */
  seq: number;
  /** When that event was, epoch ms: the lag counts from it. */
  lastEventAt: number;
  /** Nothing of the run was confirmed yet: D1 has no row of it, or only from a lost answer. */
  isFirst: boolean;
  /** Consecutive failures before this try. */
  failures: number;
  /** The row of `runs`: an object by column. */
  row: string;
  /** `{id, created_at, tags}`, or null for a run without tags. */
  tags: string | null;
  /** The rows of `run_steps` that changed, an object each. */
  steps: readonly string[];
  /** A list of what the events add to the counters, each with the `seq` of its event. */
  increments: string;
}

/** A failure is always worth another try, later. */
export type ProjectionReply = { ok: true } | { ok: false; reason: string };

export interface ProjectionRpc {
  /** Answers once D1 has the projection, or has it not. Repeats do no harm. */
  project(projection: RunProjection): Promise<ProjectionReply>;
}
