/** Reading a JSON object that may hold anything: own members only, with their types. */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";

/** The own value under a key; undefined when there is none. */
export function memberOf(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The string under a key; null when there is none. */
export function stringIn(object: JsonObject, key: string): string | null {
  const value = memberOf(object, key);
  return typeof value === "string" ? value : null;
}

/** The mapping under a key; an empty one when there is none. */
export function objectIn(object: JsonObject, key: string): JsonObject {
  const value = memberOf(object, key);
  return isJsonObject(value) ? value : {};
}

/** The list under a key; an empty one when there is none. */
export function listIn(object: JsonObject, key: string): JsonValue[] {
  const value = memberOf(object, key);
  return Array.isArray(value) ? value : [];
}
