/**
 * Gathers the projections of many runs and writes them together: one batch of D1 at a time, paced,
 * so that batches grow with the load instead of their number.
 *
 * 1. Nothing here is durable. A run moves its cursor when it has its answer; one whose call is cut
 *    off calls again, and D1's rows know what they have.
 * 2. Each call is answered in bounded time, also when D1 is not.
 * 3. What waits is bounded; beyond it calls are refused at once, and their runs back off.
 */
import type { ProjectionReply, RunProjection } from "#model/projection-rpc.ts";
import { splitWrite } from "./split-write.ts";
import { type Bounds, lengthOf, Waiting } from "./waiting.ts";

export interface CollectorOptions extends Bounds {
  /** How long the first projection waits for others. */
  gatherMs: number;
  /** From the beginning of one batch to that of the next, unless that one is full. */
  paceMs: number;
  /** A batch without an answer from D1 by then counts as failed. */
  limitMs: number;
  /** Batches into which a failing one is split. */
  splitBatches: number;
}

/**
 * Measured: docs/adr/0050. At this pace D1 sees at most nine batches in a second, and a run that
 * settles alone waits for `gatherMs`.
 */
export const COLLECTOR_OPTIONS: CollectorOptions = {
  gatherMs: 10,
  paceMs: 125,
  limitMs: 5_000,
  splitBatches: 64,
  batchRuns: 200,
  batchLength: 1_000_000,
  heldRuns: 2_000,
  heldLength: 16_000_000,
};

/** What a batch is written with. */
interface Writer {
  /** All or none. */
  write(projections: readonly RunProjection[]): Promise<void>;
  /** Whether a failure is one of what was written, and not of the database. */
  isOfData(error: unknown): boolean;
}

const FULL: ProjectionReply = { ok: false, reason: "too many projections wait" };

export class Collector {
  readonly #writer: Writer;
  readonly #options: CollectorOptions;
  readonly #waiting: Waiting;
  #isWriting = false;
  #begunAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(writer: Writer, options: CollectorOptions = COLLECTOR_OPTIONS) {
    this.#writer = writer;
    this.#options = options;
    this.#waiting = new Waiting(options);
  }

  project(projection: RunProjection): Promise<ProjectionReply> {
    if (this.#waiting.isFull) return Promise.resolve(FULL);
    const { promise, resolve } = Promise.withResolvers<ProjectionReply>();
    const length = lengthOf(projection);
    this.#waiting.add({ projection, length, arrivedAt: Date.now(), answer: resolve });
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    const { oldest, fillsBatch } = this.#waiting;
    if (this.#isWriting || !oldest) return;
    const { gatherMs, paceMs } = this.#options;
    const at = fillsBatch ? 0 : Math.max(oldest.arrivedAt + gatherMs, this.#begunAt + paceMs);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#writeNext(), Math.max(0, at - Date.now()));
  }

  async #writeNext(): Promise<void> {
    const { limitMs, splitBatches: maxBatches } = this.#options;
    this.#isWriting = true;
    this.#begunAt = Date.now();
    // Those that failed before are the likely bad ones: at the end, they spoil one half only.
    const batch = this.#waiting
      .take()
      .toSorted((left, right) => left.projection.failures - right.projection.failures);
    const settle = (entry: (typeof batch)[number], reason: string | null) => {
      this.#waiting.release(entry);
      entry.answer(reason === null ? { ok: true } : { ok: false, reason });
    };
    const result = await splitWrite(batch, {
      write: (entries) => this.#writer.write(entries.map(({ projection }) => projection)),
      isOfData: (error) => this.#writer.isOfData(error),
      settle,
      maxBatches,
      limitMs,
    });
    // Those behind it would wait as long, one batch after the other.
    if (result === "silent") {
      for (const entry of this.#waiting.takeAll()) settle(entry, "the database does not answer");
    }
    this.#isWriting = false;
    this.#schedule();
  }
}
