/**
 * Finds many texts in one pass: the automaton of Aho and Corasick. Each unit of a text is looked at
 * once, however many patterns there are and however much they have in common; the tables take about
 * 30 bytes for each unit of all patterns.
 */

/** The two multipliers spread numbers that follow each other over the table. */
const SPREAD_STATE = 0x9e37_79b1;
const SPREAD_UNIT = 0x85eb_ca6b;

export class Automaton {
  /** By state: the one before it, and the unit that leads from there to it. */
  readonly #parents: Int32Array;
  readonly #units: Uint16Array;
  /** By state: how many units of a pattern have been seen. */
  readonly #depths: Int32Array;
  /** By state: the longest end of it that is the start of a pattern as well. */
  readonly #fallbacks: Int32Array;
  /** By state: the length of the longest pattern that ends here; 0: none does. */
  readonly #longest: Int32Array;
  /** States by a hash of parent and unit; 0: free. */
  readonly #slots: Int32Array;
  /** The states of ASCII characters after the first state, where most of a text is read. */
  readonly #first = new Int32Array(128);
  /** Patterns come from callers: without it, they could choose such that share one slot. */
  readonly #seed: number;
  #size = 1;

  constructor(patterns: readonly string[]) {
    const most = patterns.reduce((sum, { length }) => sum + length, 1);
    this.#parents = new Int32Array(most);
    this.#units = new Uint16Array(most);
    this.#depths = new Int32Array(most);
    this.#fallbacks = new Int32Array(most);
    this.#longest = new Int32Array(most);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * most)));
    [this.#seed = 0] = crypto.getRandomValues(new Uint32Array(1));
    for (const pattern of patterns) this.#insert(pattern);
    for (let unit = 0; unit < this.#first.length; unit++) this.#first[unit] = this.#child(0, unit);
    for (const state of this.#byDepth()) this.#link(state);
  }

  /** The state after one more unit; the first state is 0. */
  next(state: number, unit: number): number {
    let from = state;
    for (;;) {
      if (from === 0 && unit < this.#first.length) return this.#first[unit] ?? 0;
      const child = this.#child(from, unit);
      if (child !== 0 || from === 0) return child;
      from = this.#fallbacks[from] ?? 0;
    }
  }

  /** The length of the longest pattern that ends in this state; 0: none does. */
  longestAt(state: number): number {
    return this.#longest[state] ?? 0;
  }

  /** How many of the last units are the start of a pattern. */
  startedAt(state: number): number {
    return this.#depths[state] ?? 0;
  }

  #insert(pattern: string): void {
    let state = 0;
    for (let index = 0; index < pattern.length; index++) {
      const unit = pattern.charCodeAt(index);
      const known = this.#child(state, unit);
      state = known === 0 ? this.#add(state, unit) : known;
    }
    this.#longest[state] = pattern.length;
  }

  #add(parent: number, unit: number): number {
    const state = this.#size;
    this.#size += 1;
    this.#parents[state] = parent;
    this.#units[state] = unit;
    this.#depths[state] = (this.#depths[parent] ?? 0) + 1;
    const last = this.#slots.length - 1;
    let slot = this.#slotOf(parent, unit);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & last;
    this.#slots[slot] = state;
    return state;
  }

  #child(parent: number, unit: number): number {
    const last = this.#slots.length - 1;
    let slot = this.#slotOf(parent, unit);
    for (;;) {
      const state = this.#slots[slot] ?? 0;
      if (state === 0) return 0;
      if (this.#parents[state] === parent && this.#units[state] === unit) return state;
      slot = (slot + 1) & last;
    }
  }

  #slotOf(parent: number, unit: number): number {
    let hash = Math.imul(parent ^ this.#seed, SPREAD_STATE) + Math.imul(unit + 1, SPREAD_UNIT);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, SPREAD_STATE);
    return (hash ^ (hash >>> 13)) & (this.#slots.length - 1);
  }

  /** A fallback is shorter than its state, so it is linked before it. */
  #byDepth(): Int32Array {
    const depths = this.#depths.subarray(0, this.#size);
    const deepest = depths.reduce((most, depth) => Math.max(most, depth), 0);
    const starts = new Int32Array(deepest + 2);
    for (const depth of depths) starts[depth + 1] = (starts[depth + 1] ?? 0) + 1;
    for (let depth = 1; depth < starts.length; depth++) {
      starts[depth] = (starts[depth] ?? 0) + (starts[depth - 1] ?? 0);
    }
    const ordered = new Int32Array(this.#size);
    for (let state = 0; state < this.#size; state++) {
      const depth = depths[state] ?? 0;
      const place = starts[depth] ?? 0;
      ordered[place] = state;
      starts[depth] = place + 1;
    }
    return ordered.subarray(1);
  }

  #link(state: number): void {
    const parent = this.#parents[state] ?? 0;
    if (parent === 0) return;
    const fallback = this.next(this.#fallbacks[parent] ?? 0, this.#units[state] ?? 0);
    this.#fallbacks[state] = fallback;
    if (this.#longest[state] === 0) this.#longest[state] = this.#longest[fallback] ?? 0;
  }
}
