/**
 * The port of everything that follows a run's log: the projection in D1 and the trace store. A sink
 * knows how to deliver; when, and what happens after a failure, is the drain's.
 *
 * - Delivery is at least once, in the order of the log. A crash or a lost answer repeats a batch,
 *   so what a sink writes is idempotent by `(run_id, seq)`.
 * - A sink holds no state of a run that must survive: its cursor is all that is kept.
 */
import type { RunEvent, ShownEvent } from "#model/event.ts";
import type { LoadedRun } from "../loaded-run.ts";
import type { CursorName } from "../store.ts";
import type { Backoff } from "./backoff.ts";

export interface Sink {
  /** The row of its cursor. Persisted: a run under way finds its cursor by this name. */
  readonly cursor: CursorName;
  readonly backoff: Backoff;
  /**
   * How much longer an open delivery may take once the run has work. More than 0 for one that the
   * signal stops: most end within it, which costs less than to deliver again from another alarm.
   */
  readonly graceMs: number;
  /** What log lines call a delivery, as in "projection failed". */
  readonly label: string;
  /** Whether the run is delivered at present. If not, nothing is read, written or armed for it. */
  takes(run: LoadedRun): boolean;
  /**
   * Delivers the batch. A throw is a defect, and is retried like a failure. What is read of the run
   * and the batch is read before the first `await`: the run goes on meanwhile.
   */
  deliver(batch: Batch): Promise<Delivery>;
}

/** Everything of the log between the cursor and the last event at the time. */
export interface Batch {
  readonly run: LoadedRun;
  /** The cursor: what comes after it has not been confirmed. */
  readonly afterSeq: number;
  /** The last event of the batch. */
  readonly seq: number;
  /** Consecutive failures before this try. */
  readonly failures: number;
  /** Up to this event all was delivered before, to a database that is lost; 0: nothing was. */
  readonly repeatedTo: number;
  /** Events after the cursor, or after `afterSeq`, as the log has them: they hold sensitive values. */
  events(afterSeq?: number): Iterable<RunEvent>;
  /** The same events as readers see them. */
  shown(afterSeq?: number): Iterable<ShownEvent>;
  /**
   * Moves the cursor. For a sink that delivers in parts: without it, a failure of the last part
   * would repeat them all.
   */
  confirm(seq: number): void;
  /**
   * Aborted when the run has its own work and no longer waits. A delivery that cannot be stopped
   * goes on in the background; its result counts all the same.
   */
  readonly signal: AbortSignal;
}

export type Delivery =
  | { kind: "delivered" }
  /** Stopped by the signal: tried again at the next alarm, and not counted as a failure. */
  | { kind: "interrupted" }
  | {
      kind: "failed";
      reason: string;
      /** The receiver asked for this pause. */
      retryAfterMs?: number;
      /** What may be wrong with the settings, for the log. */
      hint?: string;
    };
