/** Truth of JSON values, for those who decide by the result of an expression. */
import type { JsonValue } from "#model/json.ts";
import { keysOf } from "#model/keys.ts";

/** Python's truth: null, false, 0, "", [] and {} are false, everything else is true. */
export function isTruthy(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null) return keysOf(value).length > 0;
  return Boolean(value);
}
