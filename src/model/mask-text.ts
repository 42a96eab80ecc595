/**
 * The text shown in place of a sensitive value. An answer that contains it is a masked value sent
 * back: if accepted, it would replace the true one.
 */
import { isJsonObject, type JsonValue } from "./json.ts";

export const MASK_TEXT = "[SENSITIVE]";

/** Whether any text of the value contains the mask, at any depth. Keys are ignored. */
export function holdsMask(value: JsonValue): boolean {
  // An explicit stack: recursion over a deeply nested body would overflow the call stack.
  const ahead: JsonValue[] = [value];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (typeof next === "string" && next.includes(MASK_TEXT)) return true;
    if (Array.isArray(next)) for (const item of next) ahead.push(item);
    else if (isJsonObject(next)) for (const item of Object.values(next)) ahead.push(item);
  }
  return false;
}
