/**
 * What an expression read, in order and each path once: at most 50 entries. Texts are cut at 200
 * characters; long lists, lists of more than scalars, and all objects are described.
 */
import type { JsonValue } from "#model/json.ts";
import { isDict, isList, type Value } from "./values.ts";

export interface TraceEntry {
  path: string;
  value: JsonValue;
}

const MOST_ENTRIES = 50;
const MOST_CHARACTERS = 200;
const MOST_KEYS = 5;

export class Trace {
  readonly entries: TraceEntry[] = [];
  readonly #known = new Set<string>();

  add(path: string, value: Value): void {
    if (this.entries.length >= MOST_ENTRIES || this.#known.has(path)) return;
    this.#known.add(path);
    this.entries.push({ path: cut(path), value: shown(value) });
  }
}

/** Only values of the context have a path, so a list here is one of JSON. */
function shown(value: Value): JsonValue {
  if (isDict(value)) return cut(describe(Object.keys(value.json)));
  if (isList(value)) return shownList(value.json ?? []);
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" ? cut(value) : value;
}

function shownList(items: readonly JsonValue[]): JsonValue {
  const words = items.map((item) => (typeof item === "object" && item !== null ? null : `${item}`));
  const characters = words.reduce((sum, word) => sum + (word?.length ?? Infinity) + 1, 0);
  return characters > MOST_CHARACTERS ? `a list of ${items.length}` : [...items];
}

function describe(keys: readonly string[]): string {
  if (keys.length === 0) return "an object without keys";
  const more = keys.length > MOST_KEYS ? ", …" : "";
  return `an object with ${keys.slice(0, MOST_KEYS).join(", ")}${more}`;
}

/** A pair of units that the cut would split is left out. */
function cut(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  const start = text.slice(0, MOST_CHARACTERS).toWellFormed();
  return `${start.endsWith("\ufffd") ? start.slice(0, -1) : start}…`;
}
