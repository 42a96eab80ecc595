/**
 * Changes to a text: what stands where, and what stands there instead. Nothing else of the text is
 * touched, which is what keeps comments, blank lines, quotes and the style of every value.
 *
 * Invariant: the edits of one text do not overlap. Offsets count UTF-16 units.
 */

export interface Edit {
  start: number;
  /** Exclusive; the start itself where text is only inserted. */
  end: number;
  text: string;
}

/** The part of a text from `start` to `end` with the edits made, all of which lie within it. */
export function edited(
  source: string,
  [start, end]: readonly [number, number],
  edits: readonly Edit[],
): string {
  let text = "";
  let at = start;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < at || edit.end > end) throw new Error("edits overlap or leave their part");
    text += source.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + source.slice(at, end);
}

/** Lines moved to the right, or to the left as far as there is white space. Empty ones stay. */
export function indented(text: string, columns: number): string {
  if (columns === 0) return text;
  return text.replaceAll(/^( *)([^\r\n])/gm, (_line, spaces: string, first: string) => {
    return " ".repeat(Math.max(0, spaces.length + columns)) + first;
  });
}

/** Offset of the start of the line that holds an offset. */
export function lineStart(source: string, offset: number): number {
  return source.lastIndexOf("\n", offset - 1) + 1;
}

/** Offset behind the line that holds an offset, its line end included. */
export function lineEnd(source: string, offset: number): number {
  const end = source.indexOf("\n", offset);
  return end === -1 ? source.length : end + 1;
}

/** The white space that a line begins with, by the offset of its start. */
export function indentation(source: string, start: number): string {
  return /^[ \t]*/.exec(source.slice(start, lineEnd(source, start)))?.[0] ?? "";
}
