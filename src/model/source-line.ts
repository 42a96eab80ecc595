/** Lines of a source text and the token at a place in them. Lines and columns count from 1. */

/** Line `line` of the text, without its line end; "" beyond the last. */
export function lineOf(text: string, line: number): string {
  return (text.split("\n", line)[line - 1] ?? "").replace(/\r$/, "");
}

/** Only an opening quote: the text after a closing one is not part of the string. */
const QUOTED = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?=\s*(?:[,:\]}]|$)|\s+#)/;
/** A plain token of YAML or JSON; a colon within it does not end it. */
const WORD = /^(?:[^\s"'[\]{},:]|:(?=[^\s,[\]{}]))+/;

/**
 * Length in UTF-16 units of the token at a column: a quoted string, a word, or one character; 0 at
 * the end of the line.
 */
export function tokenLength(line: string, column: number): number {
  const rest = line.slice(column - 1);
  const token = QUOTED.exec(rest) ?? WORD.exec(rest);
  return token?.[0].length ?? Math.min(rest.length, 1);
}
