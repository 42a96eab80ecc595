/** Lines of a source text and what stands at a place in them. Lines and columns count from 1. */

/** Line `line` of the text, without its line end; "" beyond the last. */
export function lineOf(text: string, line: number): string {
  return (text.split("\n", line)[line - 1] ?? "").replace(/\r$/, "");
}

/** Only a quote that opens: what follows its end is not more text. */
const QUOTED = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?=\s*(?:[,:\]}]|$)|\s+#)/;
/** A word of YAML or JSON; a colon within it does not end it. */
const WORD = /^(?:[^\s"'[\]{},:]|:(?=[^\s,[\]{}]))+/;

/**
 * UTF-16 units of what stands at a column: a text in quotes, a word, or one character; 0 at the
 * end of the line.
 */
export function tokenLength(line: string, column: number): number {
  const rest = line.slice(column - 1);
  const token = QUOTED.exec(rest) ?? WORD.exec(rest);
  return token?.[0].length ?? Math.min(rest.length, 1);
}
