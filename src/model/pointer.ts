/**
 * JSON Pointers (RFC 6901). Apart from the schemas of `diagnostic.ts`, so that code for the
 * browser can check answers without loading zod.
 */

/** Escapes the segments and joins them. */
export function pointer(...segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => `/${String(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
