/**
 * JSON Pointers (RFC 6901). Separate from the schemas of `diagnostic.ts`, so that code for the
 * browser can check answers without loading zod.
 */

/** Escapes the segments and joins them. */
export function pointer(...segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => `/${String(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

/** The segments of a pointer, unescaped: `/a~1b/0` → `["a/b", "0"]`. */
export function fromPointer(text: string): string[] {
  if (text === "") return [];
  return text
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}
