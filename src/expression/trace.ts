/**
 * What an evaluation read, so that a person can see why it decided as it did. Kept with the run:
 * small by construction, regardless of the context.
 */
import type { JsonValue } from "#model/json.ts";
import { keysOf } from "#model/keys.ts";
import { Float, isObject, List, type Value } from "./values.ts";

/**
 * A name or chain as written (`inputs.items[0]`, `prices[plan]`) and the value seen there. Long
 * strings are cut, long lists and all objects described in words. Persisted in step outputs.
 */
export interface TraceEntry {
  path: string;
  value: JsonValue;
}

/** Entries kept; what is read after that is not recorded. */
const ENTRIES = 50;
/** Characters of a string, or of all items of a list together, that are shown. */
const SHOWN_LENGTH = 200;
const SHOWN_KEYS = 5;

export class Trace {
  readonly entries: TraceEntry[] = [];
  readonly #paths = new Set<string>();

  /** Records the first reading of a path; the context is frozen, so later ones are the same. */
  add(path: string, value: Value): void {
    if (this.entries.length === ENTRIES || this.#paths.has(path)) return;
    this.#paths.add(path);
    this.entries.push({ path: shortened(path), value: summary(value) });
  }
}

function summary(value: Value): JsonValue {
  if (value instanceof Float) return value.float;
  if (value instanceof List) return listSummary(value.items);
  if (typeof value === "string") return shortened(value);
  return isObject(value) ? objectSummary(keysOf(value)) : value;
}

/** Short lists of scalars as they are; others by their length. */
function listSummary(items: List["items"]): JsonValue {
  const shown: JsonValue[] = [];
  let length = 0;
  for (const item of items) {
    const scalar = item instanceof Float ? item.float : item;
    if (typeof scalar === "object" && scalar !== null) return `a list of ${items.length}`;
    length += String(scalar).length + 1;
    if (length > SHOWN_LENGTH) return `a list of ${items.length}`;
    shown.push(scalar);
  }
  return shown;
}

/** Keys only: values may be read lazily, and showing must not load them. */
function objectSummary(keys: readonly string[]): string {
  if (keys.length === 0) return "an object without keys";
  const more = keys.length > SHOWN_KEYS ? ", …" : "";
  return shortened(`an object with ${keys.slice(0, SHOWN_KEYS).join(", ")}${more}`);
}

function shortened(text: string): string {
  if (text.length <= SHOWN_LENGTH) return text;
  return `${text
    .slice(0, SHOWN_LENGTH)
    .toWellFormed()
    .replace(/\ufffd$/, "")}…`;
}
