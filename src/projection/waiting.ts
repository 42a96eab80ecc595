/**
 * The projections that wait for a batch, and which of them the next one takes. Bounded: what is
 * beyond the bounds is refused at the door, and its run comes again later.
 *
 * 1. The projection that waited longest is always taken, so none starves.
 * 2. The others of the batch fit into `batchLength` together, without the first: so a run of many
 *    megabytes holds up those behind it by nothing but the size of its own part.
 * 3. A run is at most once in a batch: the statements compare its rows with those before the batch.
 */
import type { ProjectionReply, RunProjection } from "#model/projection-rpc.ts";

/** One call of a run. */
export interface Entry {
  projection: RunProjection;
  /** Characters. */
  length: number;
  /** Epoch ms. */
  arrivedAt: number;
  answer(reply: ProjectionReply): void;
}

export interface Bounds {
  /** Runs of one batch. */
  batchRuns: number;
  /** Characters of one batch, beside the projection that waited longest. */
  batchLength: number;
  /** Projections that are not answered yet; beyond it they are refused. */
  heldRuns: number;
  /** Their characters: no further one is taken once there are as many. */
  heldLength: number;
}

export class Waiting {
  readonly #bounds: Bounds;
  #entries: Entry[] = [];
  /** Waiting and taken. */
  #heldRuns = 0;
  #heldLength = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get oldest(): Entry | undefined {
    return this.#entries[0];
  }

  get isFull(): boolean {
    const { heldRuns, heldLength } = this.#bounds;
    return this.#heldRuns >= heldRuns || this.#heldLength >= heldLength;
  }

  /** Whether a batch would be no larger for waiting longer. */
  get fillsBatch(): boolean {
    const { batchRuns, batchLength } = this.#bounds;
    if (this.#entries.length >= batchRuns) return true;
    let length = 0;
    for (const entry of this.#entries) length += entry.length;
    return length >= batchLength;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#heldRuns += 1;
    this.#heldLength += entry.length;
  }

  /** The next batch; empty: none waits. Each entry is to be released once it is answered. */
  take(): Entry[] {
    const [first, ...others] = this.#entries;
    if (!first) return [];
    const { batchRuns, batchLength } = this.#bounds;
    const taken = [first];
    const runIds = new Set([first.projection.runId]);
    const left: Entry[] = [];
    let length = 0;
    for (const entry of others) {
      const { runId } = entry.projection;
      const fits = taken.length < batchRuns && length + entry.length <= batchLength;
      if (!fits || runIds.has(runId)) {
        left.push(entry);
        continue;
      }
      taken.push(entry);
      runIds.add(runId);
      length += entry.length;
    }
    this.#entries = left;
    return taken;
  }

  /** All that wait; none does any more. */
  takeAll(): Entry[] {
    const all = this.#entries;
    this.#entries = [];
    return all;
  }

  release(entry: Entry): void {
    this.#heldRuns -= 1;
    this.#heldLength -= entry.length;
  }
}

/** Characters of a projection: a bound of its memory, and of what D1 is sent. */
export function lengthOf({ row, tags, steps, increments }: RunProjection): number {
  let length = row.length + (tags?.length ?? 0) + increments.length;
  for (const step of steps) length += step.length;
  return length;
}
