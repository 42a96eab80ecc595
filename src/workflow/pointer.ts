/** JSON Pointers (RFC 6901) taken apart; `model/diagnostic.ts` puts them together. */

/** The segments of a pointer, unescaped: `/a~1b/0` → `["a/b", "0"]`. */
export function fromPointer(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}
