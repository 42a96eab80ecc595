/**
 * The order in which an object lists its keys: array indices first, ascending, then the others as
 * they were written. Where order has a meaning, that can change it.
 */

/** Array indices end below 2^32 − 1; larger whole numbers are keys like any other. */
const INDEX = /^(?:0|[1-9]\d{0,9})$/;
const INDEX_END = 2 ** 32 - 1;

/** Where an object puts a key: its index, or behind all indices. */
export function rankOfKey(key: string): number {
  const index = INDEX.test(key) ? Number(key) : INDEX_END;
  return Math.min(index, INDEX_END);
}

/** Whether an object would list these distinct keys in this order. */
export function keepsOrder(keys: Iterable<string>): boolean {
  let last = 0;
  for (const key of keys) {
    const rank = rankOfKey(key);
    if (rank < last) return false;
    last = rank;
  }
  return true;
}
