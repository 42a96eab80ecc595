/**
 * The one order in which everything happens: a queue of entries by virtual time, and the hash of
 * what happened. Entries of the same time are taken in an order that the seed decides.
 *
 * After each entry the microtasks are drained, so that an entry and all that follows from it without
 * waiting is one turn, as in an isolate: nothing else happens in between.
 */
import type { Random } from "./random.ts";

export interface Entry {
  at: number;
  order: number;
  what: string;
  run: () => void;
  isCanceled: boolean;
}

/** The clock of the simulation begins here, epoch ms. */
export const EPOCH = Date.UTC(2026, 0, 1);

const drain = setImmediate;

export class Timeline {
  readonly #random: Random;
  readonly #heap: Entry[] = [];
  readonly #trace: ((line: string) => void) | null;
  #hash = 0x811c9dc5;
  #entries = 0;
  now = EPOCH;
  /** Called after each turn. */
  onTurn: () => void = () => {};

  constructor(random: Random, trace: ((line: string) => void) | null) {
    this.#random = random;
    this.#trace = trace;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Of everything that was noted so far. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  after(delayMs: number, what: string, run: () => void): Entry {
    // A clock of whole milliseconds, as `Date` has.
    const at = this.now + Math.max(0, Math.ceil(delayMs));
    const entry = { at, order: this.#random.next(), what, run, isCanceled: false };
    this.#push(entry);
    return entry;
  }

  sleep(delayMs: number, what: string): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, what, resolve));
  }

  /** Part of the trace: what is noted differently is another history. */
  note(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      this.#hash = Math.imul(this.#hash ^ text.charCodeAt(at), 0x01000193);
    }
    this.#trace?.(`${String(this.now - EPOCH).padStart(9)} ${text}`);
  }

  /** Until nothing is left to happen, or `until`, or too much has happened. false: it never rests. */
  async run(until: number, most: number): Promise<boolean> {
    for (;;) {
      const next = this.#pop();
      if (!next) return true;
      if (next.isCanceled) continue;
      if (next.at > until || this.#entries >= most) return false;
      this.now = next.at;
      this.#entries += 1;
      this.note(next.what);
      next.run();
      await new Promise((resolve) => void drain(resolve));
      this.onTurn();
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    heap.push(entry);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap, at, parent)) return;
      swap(heap, at, parent);
      at = parent;
    }
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isBefore(heap, child, least)) least = child;
      }
      if (least === at) return first;
      swap(heap, at, least);
      at = least;
    }
  }
}

function isBefore(heap: readonly Entry[], left: number, right: number): boolean {
  const [one, other] = [heap[left], heap[right]];
  if (!one || !other) return false;
  return one.at === other.at ? one.order < other.order : one.at < other.at;
}

function swap(heap: Entry[], left: number, right: number): void {
  const [one, other] = [heap[left], heap[right]];
  if (one && other) [heap[left], heap[right]] = [other, one];
}
