/**
 * What is shown in place of a sensitive value. An answer that holds it is a masked value on its way
 * back: taken, it would replace the true one.
 */
import { isJsonObject, type JsonValue } from "./json.ts";

export const MASK_TEXT = "[SENSITIVE]";

/** Whether the mask stands in any text of the value, at any depth. Keys are not looked at. */
export function holdsMask(value: JsonValue): boolean {
  // A list of its own instead of recursion: the depth of what was sent costs no stack.
  const ahead: JsonValue[] = [value];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (typeof next === "string" && next.includes(MASK_TEXT)) return true;
    if (Array.isArray(next)) for (const item of next) ahead.push(item);
    else if (isJsonObject(next)) for (const item of Object.values(next)) ahead.push(item);
  }
  return false;
}
