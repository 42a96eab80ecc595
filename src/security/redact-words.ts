/** Lists of words, one kind a line, as parts of patterns. */

/** The words of the lines: `"a b", "c"` are three. */
export function wordsIn(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split(" "));
}

/** Any of the words, or of parts of patterns without a space in them. */
export function anyOf(...lines: string[]): string {
  return `(?:${wordsIn(...lines).join("|")})`;
}

/** The same for what has spaces in it: `"a b, c d"` are two. */
export function anyPhrase(...lines: string[]): string {
  return `(?:${lines.flatMap((line) => line.split(", ")).join("|")})`;
}
