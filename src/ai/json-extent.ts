/** Where a JSON object or list ends that begins in the middle of other text. Linear, never recursive. */

/** How much text may still be looked at, in characters. Shared by all searches for one answer. */
export interface ReadingWork {
  left: number;
}

/**
 * The index behind the object or list that begins at `start`; null when it has no end, is closed
 * by the wrong bracket, is nested deeper than `maxDepth`, or the work is used up. Brackets inside
 * texts do not count. What lies between the brackets is not checked.
 */
export function endOfValue(
  text: string,
  start: number,
  maxDepth: number,
  work: ReadingWork,
): number | null {
  const closers: string[] = [];
  for (let index = start; index < text.length; index++) {
    if (--work.left < 0) return null;
    const character = text[index];
    if (character === '"') {
      const end = endOfString(text, index);
      work.left -= (end ?? text.length) - index;
      if (end === null) return null;
      index = end - 1;
    } else if (character === "{" || character === "[") {
      // Hostile text is all openers: it is given up where a value would be refused anyway.
      if (closers.push(character === "{" ? "}" : "]") > maxDepth) return null;
    } else if (character === "}" || character === "]") {
      if (closers.pop() !== character) return null;
      if (closers.length === 0) return index + 1;
    }
  }
  return null;
}

/** The index behind the closing quote. */
function endOfString(text: string, start: number): number | null {
  for (let index = start + 1; index < text.length; index++) {
    const character = text[index];
    if (character === "\\") index++;
    else if (character === '"') return index + 1;
  }
  return null;
}
