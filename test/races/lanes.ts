/** Many rounds of a race, some at a time, by a deadline; and a random number that a seed repeats. */

export interface RaceResult {
  /** The race, as in the table of docs/reliability.md. */
  name: string;
  rounds: number;
  /** What was counted, for the reader. */
  figures: Readonly<Record<string, number>>;
  /** What must not happen, and did; the first ones in words. */
  broken: readonly string[];
}

/** Who is raced against whom is drawn by this. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Calls `round` for 0 … count−1, so many at a time; returns how many were begun by the deadline. */
export async function inLanes(
  count: number,
  lanes: number,
  deadline: number,
  round: (index: number) => Promise<void>,
): Promise<number> {
  let next = 0;
  const lane = async () => {
    while (next < count && Date.now() < deadline) {
      const index = next;
      next += 1;
      await round(index);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return next;
}

/** Counts and largest values, by name. */
export class Tally {
  readonly counts: Record<string, number> = {};

  add(name: string, amount = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + amount;
  }

  /** The largest value seen. */
  most(name: string, value: number): void {
    this.counts[name] = Math.max(this.counts[name] ?? 0, value);
  }
}
