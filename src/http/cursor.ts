/** Cursors of lists: opaque to callers, a sort key to us. */
import { z } from "zod";
import { ProblemError } from "./problems/problems.ts";

/** The paging parameters that all lists share. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional().meta({ description: "`next_cursor` of the page before." }),
});

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
