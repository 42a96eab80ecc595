/**
 * The line that a finding is about, with a mark below it. Owns tabs, wide characters and lines too
 * long to show; columns count from 1 in UTF-16 units.
 */
import { tokenLength } from "#model/source-line.ts";
import { displayWidth, printable } from "../terminal/printable.ts";

export interface Excerpt {
  source: string;
  /** Spaces up to the place, then one `^` for each column of the token. */
  marker: string;
}

/** UTF-16 units that are shown before and after the place, where a line is longer than both. */
const BEFORE = 60;
const AFTER = 60;
const TAB = "    ";
const CUT = "…";

export function excerptOf(line: string, column: number): Excerpt {
  const at = Math.min(column - 1, line.length);
  const end = at + Math.max(tokenLength(line, column), 1);
  const from = at <= BEFORE ? 0 : onCharacter(line, at - BEFORE);
  const to = line.length <= at + AFTER ? line.length : onCharacter(line, at + AFTER);
  const before = (from === 0 ? "" : CUT) + shown(line.slice(from, at));
  const marked = shown(line.slice(at, Math.min(end, to)));
  const rest = shown(line.slice(Math.min(end, to), to)) + (to === line.length ? "" : CUT);
  const marker = " ".repeat(displayWidth(before)) + "^".repeat(Math.max(displayWidth(marked), 1));
  return { source: (before + marked + rest).trimEnd(), marker };
}

/** A place that does not split a character. */
function onCharacter(line: string, at: number): number {
  return /[\uDC00-\uDFFF]/.test(line[at] ?? "") ? at - 1 : at;
}

function shown(text: string): string {
  return text.split("\t").map(printable).join(TAB);
}
