/**
 * Brings one sink up to date with the run's log. The cursor is the outbox: everything after it is
 * delivered, and it moves when the sink has confirmed. A crash can repeat a delivery, never invent
 * or lose one. Owns the cursor, the backoff, and how long the run waits for a delivery.
 *
 * 1. One delivery at a time, so that an older one cannot move the cursor of a newer.
 * 2. The run never waits for a sink: at most until its own next timer, and no longer than a moment
 *    once something happens to it.
 * 3. A delivery that ends after the run stopped waiting is followed by a new look at what is due:
 *    the alarm that would have looked has ended.
 */
import type { RunEvent, ShownEvent } from "#model/event.ts";
import { Work } from "#model/work.ts";
import type { Logger } from "#telemetry/logger.ts";
import type { LoadedRun } from "../loaded-run.ts";
import type { Cursor, RunStore } from "../store.ts";
import { maskEvent } from "../views/run-view.ts";
import { backoffMs } from "./backoff.ts";
import type { Batch, Delivery, Sink } from "./sink.ts";

/** A timer of more than 24 days would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The log of the run, and the cursors of its sinks. */
type CursorStore = Pick<RunStore, "events" | "readCursor" | "moveCursor">;

/** A sink that is behind the log. */
export interface SinkDue {
  /** Not before this time (epoch ms), while the sink fails; 0 when it does not. */
  at: number;
  /** A delivery is under way. */
  isBusy: boolean;
}

export class Drain {
  readonly #sink: Sink;
  readonly #store: CursorStore;
  readonly #logger: Logger;
  readonly #onLate: () => void;
  readonly #random: () => number;
  /** Aborted when the run no longer waits for the delivery. */
  #underWay: AbortController | null = null;
  /** Whether a caller left before the delivery under way had ended. */
  #isMissed = false;

  /** `onLate`: called when a delivery ends after the run stopped waiting for it; more may be due. */
  constructor(
    sink: Sink,
    store: CursorStore,
    logger: Logger,
    onLate: () => void,
    random: () => number = Math.random,
  ) {
    this.#sink = sink;
    this.#store = store;
    this.#logger = logger;
    this.#onLate = onLate;
    this.#random = random;
  }

  /** null: the sink has everything, takes nothing of this run, or is given up until a new event. */
  due(run: LoadedRun): SinkDue | null {
    const cursor = this.#behind(run);
    return cursor && { at: cursor.retryAt, isBusy: this.#underWay !== null };
  }

  /** Delivers what is due. `until` (epoch ms): the run has its own work then. */
  async drain(run: LoadedRun, until = Infinity): Promise<void> {
    if (this.#underWay) {
      this.#isMissed = true;
      return;
    }
    const cursor = this.#behind(run);
    const now = Date.now();
    if (!cursor || cursor.retryAt > now) return;
    const underWay = new AbortController();
    this.#underWay = underWay;
    const left = new Promise<void>((resolve) => {
      underWay.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const timer = setTimeout(() => underWay.abort(), Math.min(until - now, LONGEST_TIMER_MS));
    const delivery = this.#deliver(run, cursor, underWay.signal);
    // A timer that is never cleared would keep the object from sleeping.
    await Promise.race([delivery, left]).finally(() => clearTimeout(timer));
    if (this.#underWay === underWay) this.#isMissed = true;
  }

  /** Something happened to the run that must not wait for the sink for more than a moment. */
  nudge(): void {
    const underWay = this.#underWay;
    if (underWay) setTimeout(() => underWay.abort(), this.#sink.graceMs);
  }

  #behind(run: LoadedRun): Cursor | null {
    if (!this.#sink.takes(run)) return null;
    const cursor = this.#store.readCursor(this.#sink.cursor);
    if (cursor.seq >= run.state.seq) return null;
    const { attempts = Infinity } = this.#sink.backoff;
    const isGivenUp = cursor.triedSeq === run.state.seq && cursor.failures >= attempts;
    return isGivenUp ? null : cursor;
  }

  async #deliver(run: LoadedRun, cursor: Cursor, signal: AbortSignal): Promise<void> {
    const batch = new CursorBatch(run, cursor, this.#store, this.#sink, signal);
    try {
      const delivery = await this.#sink.deliver(batch);
      if (delivery.kind === "delivered") batch.confirm(batch.seq);
      if (delivery.kind === "failed") this.#noteFailure(batch, delivery);
    } catch (error) {
      const failures = this.#writeFailure(batch, 0);
      const fields = { run_id: run.state.run_id, failures };
      this.#logger.defect(`${this.#sink.label} failed`, error, fields);
    } finally {
      this.#underWay = null;
      if (this.#isMissed) this.#onLate();
      this.#isMissed = false;
    }
  }

  #noteFailure(batch: CursorBatch, failed: Extract<Delivery, { kind: "failed" }>): void {
    const { reason, retryAfterMs = 0, hint } = failed;
    this.#logger.log("WARN", `${this.#sink.label} failed`, {
      run_id: batch.run.state.run_id,
      reason,
      failures: this.#writeFailure(batch, retryAfterMs),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /** How many failures there have been now. */
  #writeFailure({ cursor, seq }: CursorBatch, leastMs: number): number {
    const { backoff } = this.#sink;
    const limited = backoff.attempts !== undefined;
    // Where tries are limited they are counted for each last event; else the pause keeps growing.
    const failures = limited && cursor.triedSeq !== seq ? 1 : cursor.failures + 1;
    const retryAt = Date.now() + Math.max(backoffMs(backoff, failures, this.#random()), leastMs);
    this.#store.moveCursor(this.#sink.cursor, {
      seq: cursor.seq,
      failures,
      retryAt,
      ...(limited ? { triedSeq: seq } : {}),
      ...(cursor.repeatedTo === undefined ? {} : { repeatedTo: cursor.repeatedTo }),
    });
    return failures;
  }
}

/** A batch that moves the cursor in the run's store. */
class CursorBatch implements Batch {
  readonly run: LoadedRun;
  readonly afterSeq: number;
  readonly seq: number;
  readonly failures: number;
  readonly repeatedTo: number;
  readonly signal: AbortSignal;
  readonly #store: CursorStore;
  readonly #sink: Sink;
  #cursor: Cursor;

  constructor(run: LoadedRun, cursor: Cursor, store: CursorStore, sink: Sink, signal: AbortSignal) {
    this.run = run;
    this.afterSeq = cursor.seq;
    this.seq = run.state.seq;
    this.failures = cursor.failures;
    this.repeatedTo = cursor.repeatedTo ?? 0;
    this.signal = signal;
    this.#store = store;
    this.#sink = sink;
    this.#cursor = cursor;
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  confirm(seq: number): void {
    if (seq <= this.#cursor.seq) return;
    this.#cursor = { seq, failures: 0, retryAt: 0 };
    this.#store.moveCursor(this.#sink.cursor, this.#cursor);
  }

  /** Bounded: the log may grow while the batch is delivered. */
  *events(afterSeq = this.afterSeq): Generator<RunEvent> {
    for (const event of this.#store.events(afterSeq)) {
      if (event.seq > this.seq) return;
      yield event;
    }
  }

  *shown(afterSeq = this.afterSeq): Generator<ShownEvent> {
    const mask = this.run.masking.within(Work.ofProjection());
    for (const event of this.events(afterSeq)) yield maskEvent(event, mask);
  }
}
