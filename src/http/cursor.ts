/** Cursors of lists: opaque to callers, a sort key to us. */
import { ProblemError } from "./problems.ts";

export function encodeCursor(key: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(key)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

export function decodeCursor(cursor: string | undefined): string {
  if (cursor === undefined) return "";
  try {
    const bytes = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const text = Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
  } catch {
    // Not a cursor that we issued.
    throw new ProblemError({ code: "invalid_parameter", detail: "The cursor is not valid." });
  }
}
