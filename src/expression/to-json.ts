/**
 * The way back from values to JSON. Values of the context leave as they are, not copied; lists that
 * the expression built are converted, and refused when they would be too large written out: their
 * items may be shared (`[xs] * 1000`), and JSON shares nothing.
 */
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { Failure } from "./error.ts";
import { Float, type Item, List } from "./values.ts";

export function toJson(value: Item): JsonValue | Failure {
  if (value instanceof List && value.built && !fitsWritten(value)) {
    return new Failure(`The result is larger than ${LIMITS.stepOutputBytes} bytes.`);
  }
  return converted(value);
}

/** Recursion only enters lists that were built, and those nest no deeper than the source. */
function converted(value: Item): JsonValue {
  // Minus zero is written as zero.
  if (value instanceof Float) return value.float + 0;
  if (!(value instanceof List)) return value;
  return value.items.map((item) => converted(item));
}

/** A lower bound of the written length: one for each value, and the characters of strings. */
function fitsWritten(list: List): boolean {
  let left: number = LIMITS.stepOutputBytes;
  const pending: Item[] = [list];
  while (pending.length > 0) {
    const item = pending.pop() ?? null;
    left -= typeof item === "string" ? item.length + 2 : 1;
    const children = childrenOf(item);
    if (left < children.length) return false;
    for (const child of children) pending.push(child);
  }
  return true;
}

function childrenOf(item: Item): readonly Item[] {
  if (item instanceof List) return item.items;
  if (Array.isArray(item)) return item;
  if (typeof item !== "object" || item === null || item instanceof Float) return [];
  return Object.values(item);
}
