/**
 * The work one evaluation may do. A step is one node of the tree, one element looked at,
 * `UNITS_PER_STEP` characters or items handled in bulk, or `KEYS_PER_STEP` keys of an object listed.
 */
import { LIMITS } from "#model/limits.ts";
import { Failure } from "./error.ts";

/** Bulk work (copying, scanning) is this much cheaper than looking at an element. */
const UNITS_PER_STEP = 256;
/** Listing the keys of a large object costs more: about 0.15 µs a key. */
const KEYS_PER_STEP = 32;

/** Units of work (`model/work.ts`) for a step, and for one of bulk work, which takes longer. */
const WORK_OF_STEP = 0.1;
const WORK_OF_BULK = 2;

export class Budget {
  #left: number = LIMITS.expressionSteps;
  #work = 1;

  /** Units of work that the evaluation took. */
  get work(): number {
    return this.#work;
  }

  /** False when the budget is spent; the caller stops with `TOO_MANY_STEPS`. */
  take(steps = 1): boolean {
    this.#left -= steps;
    this.#work += steps * WORK_OF_STEP;
    return this.#left >= 0;
  }

  /** Pays for handling so many characters or items in bulk. */
  takeBulk(units: number): boolean {
    const steps = Math.floor(units / UNITS_PER_STEP);
    if (!this.take(steps)) return false;
    this.#work += steps * WORK_OF_BULK;
    return true;
  }

  /** Pays for listing so many keys. */
  takeKeys(keys: number): boolean {
    return this.take(Math.floor(keys / KEYS_PER_STEP));
  }
}

export function tooLongString(length: number): Failure | null {
  if (length <= LIMITS.expressionStringLength) return null;
  return new Failure(`The string is longer than ${LIMITS.expressionStringLength} characters.`);
}

export function tooLongList(length: number): Failure | null {
  if (length <= LIMITS.expressionListLength) return null;
  return new Failure(`The list has more than ${LIMITS.expressionListLength} items.`);
}
