/**
 * The keys of objects that are read again and again. Listing those of an object with 20,000 takes
 * 3 ms, since it is a dictionary by then; 400 conditionals over one, each of which says in its trace
 * what it read, would take a minute.
 */
import type { JsonObject } from "./json.ts";

const known = new WeakMap<object, readonly string[]>();

/** The own keys. The object must not change after this, unless `keysChanged` is called. */
export function keysOf(object: Readonly<JsonObject>): readonly string[] {
  const keys = known.get(object) ?? Object.keys(object);
  known.set(object, keys);
  return keys;
}

/** The object has other keys now. */
export function keysChanged(object: object): void {
  known.delete(object);
}
