/**
 * The place of each value in the text that it was written in. A tree beside the value, not a map
 * by pointer: with long keys the pointers of all values together would outgrow the text by far.
 *
 * Offsets count UTF-16 units from the start of the text. For a document that came as JSON there
 * is no text; offsets are then the order of the values, and there is no line or column.
 */

export type Path = readonly (string | number)[];

export type ScalarStyle = "plain" | "single" | "double" | "block";

/** A string as it is written: needed to find a place inside it. */
interface WrittenString {
  style: ScalarStyle;
  end: number;
  value: string;
}

export interface Place {
  start: number;
  /** Where its key stands; the start itself for items of a list and for the document. */
  keyStart: number;
  written?: WrittenString;
  children?: Map<string, Place>;
}

export interface Origin {
  root: Place;
  text: string | null;
  lineStarts: readonly number[];
}

export function originOfText(text: string, root: Place): Origin {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    lineStarts.push(at + 1);
  }
  return { root, text, lineStarts };
}

/** What a finding is about: the value at the path, its key, or a place within its text. */
export type Spot = "value" | "key" | number;

/** The offset of a spot; for a value that is not there, of the nearest value around it. */
export function offsetOf(origin: Origin, path: Path, spot: Spot): number {
  let place = origin.root;
  for (const segment of path) {
    const child = place.children?.get(String(segment));
    if (child === undefined) return place.start;
    place = child;
  }
  if (spot === "key") return place.keyStart;
  if (spot === "value" || origin.text === null || place.written === undefined) return place.start;
  return offsetWithin(origin.text, place.start, place.written, spot) ?? place.start;
}

/** Line and column from 1, in UTF-16 units; undefined when there is no text. */
export function lineAndColumn(
  origin: Origin,
  offset: number,
): { line: number; column: number } | undefined {
  if (origin.text === null) return undefined;
  let low = 0;
  let high = origin.lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((origin.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - (origin.lineStarts[low] ?? 0) + 1 };
}

/**
 * Walks text and value side by side. A run of white space in one matches a run in the other,
 * which covers indentation and folded lines; undefined when the two fall out of step.
 */
function offsetWithin(
  text: string,
  start: number,
  written: WrittenString,
  within: number,
): number | undefined {
  const { style, end, value } = written;
  let at = contentStart(text, start, style);
  let index = 0;
  while (index < within || (isSpace(text[at]) && !isSpace(value[index]))) {
    if (at >= end) return undefined;
    const escape = escapeAt(text, at, style);
    if (escape !== undefined) {
      at += escape.length;
      index += escape.units;
    } else if (isSpace(text[at])) {
      while (isSpace(text[at])) at += 1;
      while (isSpace(value[index])) index += 1;
    } else if (text[at] === value[index]) {
      at += 1;
      index += 1;
    } else {
      return undefined;
    }
  }
  return at <= end ? at : undefined;
}

function contentStart(text: string, start: number, style: ScalarStyle): number {
  if (style === "plain") return start;
  return style === "block" ? text.indexOf("\n", start) + 1 : start + 1;
}

const ESCAPE_LENGTHS: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10, "\n": 2, "\r": 3 };

/** The escape sequence at an offset: its length in the text, and in the value. */
function escapeAt(
  text: string,
  at: number,
  style: ScalarStyle,
): { length: number; units: number } | undefined {
  if (style === "single" && text.startsWith("''", at)) return { length: 2, units: 1 };
  if (style !== "double" || text[at] !== "\\") return undefined;
  const kind = text[at + 1] ?? "";
  const length = ESCAPE_LENGTHS[kind] ?? 2;
  if (kind === "\n" || kind === "\r") return { length, units: 0 };
  const astral = kind === "U" && Number.parseInt(text.slice(at + 2, at + 10), 16) > 0xffff;
  return { length, units: astral ? 2 : 1 };
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\n" || character === "\r" || character === "\t";
}
