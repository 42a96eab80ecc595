/** Takes known values out of JSON: out of texts, keys and numbers. */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { REDACTED } from "../redact.ts";
import type { TextMask } from "./text-mask.ts";

/**
 * Servers echo what they are sent; a secret must not reach the log that way. Throws `TooCostly`: a run
 * that went on with a cover in the place of an answer would do so with a wrong one.
 */
export function maskJson(value: JsonObject, secrets: TextMask): JsonObject;
export function maskJson(value: JsonValue, secrets: TextMask): JsonValue;
export function maskJson(value: JsonValue, secrets: TextMask): JsonValue {
  if (secrets.isEmpty) return value;
  if (typeof value === "string") return secrets.data(value);
  if (typeof value === "number") return secrets.has(String(value)) ? REDACTED : value;
  if (Array.isArray(value)) return value.map((item) => maskJson(item, secrets));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, JsonValue] => [
    secrets.data(key),
    maskJson(item, secrets),
  ]);
  return Object.fromEntries(distinctEntries(entries));
}

/** Keys that became the same are numbered: otherwise all but one of them would be lost. */
export function distinctEntries(
  entries: readonly [string, JsonValue][],
): readonly [string, JsonValue][] {
  const taken = new Set<string>(entries.map(([key]) => key));
  if (taken.size === entries.length) return entries;
  const seen = new Map<string, number>();
  return entries.map(([key, value]) => {
    let count = (seen.get(key) ?? 0) + 1;
    // Another key may have that very number.
    while (count > 1 && taken.has(numbered(key, count))) count += 1;
    seen.set(key, count);
    return [count === 1 ? key : numbered(key, count), value];
  });
}

function numbered(key: string, count: number): string {
  return `${key} (${count})`;
}
