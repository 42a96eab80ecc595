/** Everything that a seed decides. mulberry32: 32 bits of state are enough for one schedule. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A stream of its own, so that what is drawn from one does not move the other. */
  fork(label: number): Random {
    return new Random(Math.imul(this.#state ^ (label + 0x9e3779b9), 0x85ebca6b));
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** 0 … `below` − 1. */
  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** From `low` to `high`, whole. */
  between(low: number, high: number): number {
    return low + this.int(high - low + 1);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(all: readonly [T, ...T[]]): T {
    return all[this.int(all.length)] ?? all[0];
  }

  /** Mostly short, now and then long: what a network looks like. */
  latency(usual: number, longest: number): number {
    return this.chance(0.9) ? this.int(usual + 1) : this.int(longest + 1);
  }
}
