/**
 * Makes a text that a simple regular expression accepts: letters, classes, escapes, groups,
 * alternatives, repetitions. Owns no verdict: the caller checks the text with the real engine,
 * and an expression with constructs beyond these returns null.
 */
import { Work } from "#model/work.ts";
import type { Random } from "./prng.ts";

/**
 * Atoms read for one text. A group that makes nothing, such as `(^*)*`, is as long as no text, so
 * that the length of the text bounds nothing.
 */
const ATOMS_PER_SAMPLE = 20_000;
const ATOMS_PER_UNIT = 3;
/** Longer texts are not made. */
const MAX_LENGTH = 4_000;

interface Reader {
  readonly source: string;
  offset: number;
  readonly random: Random;
  /** How many times beyond the least an open repetition may go. */
  readonly stretch: number;
  /** Atoms that may still be read: repetitions in repetitions multiply. */
  left: number;
}

/** A text for the pattern, or null, also when that would take too long; more `stretch` makes it longer where repetitions allow. */
export function samplePattern(
  source: string,
  random: Random,
  stretch: number,
  work = Work.ofRequest(),
): string | null {
  const reader: Reader = { source, offset: 0, random, stretch, left: ATOMS_PER_SAMPLE };
  const text = readAlternatives(reader);
  work.spend((ATOMS_PER_SAMPLE - reader.left) / ATOMS_PER_UNIT + 1, "mock");
  return reader.offset === source.length && text !== null ? text : null;
}

function peek(reader: Reader): string {
  return reader.source.charAt(reader.offset);
}

function take(reader: Reader, wanted: RegExp): string | null {
  const match = wanted.exec(reader.source.slice(reader.offset));
  if (match === null) return null;
  reader.offset += match[0].length;
  return match[0];
}

function readAlternatives(reader: Reader): string | null {
  const first = readSequence(reader);
  const texts: [string | null, ...(string | null)[]] = [first];
  while (peek(reader) === "|") {
    reader.offset += 1;
    texts.push(readSequence(reader));
  }
  return texts.includes(null) ? null : reader.random.pick(texts);
}

function readSequence(reader: Reader): string | null {
  let text = "";
  while (reader.offset < reader.source.length && peek(reader) !== "|" && peek(reader) !== ")") {
    const from = reader.offset;
    let piece = readAtom(reader);
    const end = reader.offset;
    const times = readQuantifier(reader);
    if (piece === null || times === null) return null;
    const next = reader.offset;
    let repeated = times === 0 ? "" : piece;
    for (let count = 1; count < times && repeated.length < MAX_LENGTH; count += 1) {
      reader.offset = from;
      piece = readAtom(reader);
      if (piece === null || reader.offset !== end) return null;
      repeated += piece;
    }
    reader.offset = next;
    text += repeated;
    if (text.length > MAX_LENGTH) return null;
  }
  return text;
}

/** How often the atom before is wanted. */
function readQuantifier(reader: Reader): number | null {
  const sign = take(reader, /^(?:[?*+]|\{\d+(?:,\d*)?\})/);
  if (sign === null) return 1;
  take(reader, /^\?/);
  if (sign === "?") return reader.random.integer(0, 1);
  const [least, most] = bounds(sign);
  return least > MAX_LENGTH
    ? null
    : reader.random.integer(least, Math.min(most, least + reader.stretch));
}

function bounds(sign: string): [least: number, most: number] {
  if (sign === "*") return [0, Infinity];
  if (sign === "+") return [1, Infinity];
  const [least = "0", most] = sign.slice(1, -1).split(",");
  return [
    Number(least),
    most === undefined ? Number(least) : most === "" ? Infinity : Number(most),
  ];
}

function readAtom(reader: Reader): string | null {
  reader.left -= 1;
  if (reader.left < 0) return null;
  const sign = peek(reader);
  if (sign === "(") return readGroup(reader);
  if (sign === "[") return readClass(reader);
  if (sign === "\\") return pickFrom(readEscape(reader), reader);
  const letter = take(reader, /^[^]/u);
  if (sign === "^" || sign === "$") return "";
  if (sign === ".") return pickFrom(WORD, reader);
  return letter;
}

function readGroup(reader: Reader): string | null {
  if (take(reader, /^\((?:\?(?::|P?<[A-Za-z]\w*>)|(?!\?))/) === null) return null;
  const text = readAlternatives(reader);
  if (peek(reader) !== ")") return null;
  reader.offset += 1;
  return text;
}

/** Characters as ranges of code points. */
type Ranges = [low: number, high: number][];

const code = (letter: string): number => letter.codePointAt(0) ?? 0;
const LOWER: Ranges = [[code("a"), code("z")]];
const UPPER: Ranges = [[code("A"), code("Z")]];
const DIGITS: Ranges = [[code("0"), code("9")]];
const WORD: Ranges = [...LOWER, ...UPPER, ...DIGITS];
const PRINTABLE: Ranges = [[0x20, 0x7e]];

const ESCAPES: Readonly<Record<string, Ranges>> = {
  d: DIGITS,
  w: WORD,
  s: [[0x20, 0x20]],
  D: LOWER,
  W: [[code("-"), code("-")]],
  S: WORD,
  t: [[9, 9]],
  n: [[10, 10]],
  r: [[13, 13]],
};

const PROPERTIES: Readonly<Record<string, Ranges>> = {
  L: [...LOWER, ...UPPER],
  Ll: LOWER,
  Lu: UPPER,
  N: DIGITS,
  Nd: DIGITS,
};

function readEscape(reader: Reader): Ranges | null {
  const property = take(reader, /^\\p(?:\{\w+\}|[A-Z])/);
  if (property !== null) return PROPERTIES[property.replaceAll(/^\\p\{?|\}$/g, "")] ?? null;
  const unicode = take(reader, /^\\(?:u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2})/);
  if (unicode !== null) return single(String.fromCodePoint(Number.parseInt(unicode.slice(2), 16)));
  if (take(reader, /^\\[bAz]/) !== null) return [];
  const letter = take(reader, /^\\[^]/u)?.slice(1);
  if (letter === undefined) return null;
  if (Object.hasOwn(ESCAPES, letter)) return ESCAPES[letter] ?? null;
  return /[A-Za-z0-9]/.test(letter) ? null : single(letter);
}

function single(letter: string): Ranges {
  return [[code(letter), code(letter)]];
}

function readClass(reader: Reader): string | null {
  const negated = take(reader, /^\[\^?/) === "[^";
  const ranges: Ranges = [];
  while (peek(reader) !== "]" || ranges.length === 0) {
    const low = readClassPart(reader);
    if (low === null) return null;
    const [first] = low;
    const dash = low.length === 1 && first !== undefined ? take(reader, /^-(?!\])/) : null;
    const high = dash === null ? null : readClassPart(reader);
    if (dash !== null && (high?.length !== 1 || high[0] === undefined)) return null;
    if (first !== undefined && high?.[0] !== undefined) ranges.push([first[0], high[0][1]]);
    else ranges.push(...low);
  }
  reader.offset += 1;
  return pickFrom(negated ? complement(ranges) : ranges, reader);
}

function readClassPart(reader: Reader): Ranges | null {
  if (peek(reader) === "\\") return readEscape(reader);
  const letter = take(reader, /^[^]/u);
  return letter === null || (letter === "[" && peek(reader) === ":") ? null : single(letter);
}

/** The printable ASCII characters that are in none of the ranges, letters first. */
function complement(ranges: Ranges): Ranges {
  for (const candidates of [LOWER, UPPER, DIGITS, PRINTABLE]) {
    const left = candidates
      .flatMap(([low, high]) => Array.from({ length: high - low + 1 }, (_, index) => low + index))
      .filter((point) => !ranges.some(([low, high]) => point >= low && point <= high));
    if (left.length > 0) return left.map((point) => [point, point]);
  }
  return [];
}

/** A character of the ranges; the empty text for none, such as a word boundary. */
function pickFrom(ranges: Ranges | null, { random }: Reader): string | null {
  const [first, ...rest] = ranges ?? [];
  if (ranges === null) return null;
  if (first === undefined) return "";
  const [low, high] = random.pick([first, ...rest]);
  return String.fromCodePoint(random.integer(low, high));
}
