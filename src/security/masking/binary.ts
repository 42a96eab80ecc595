/**
 * What runs of base64 and hexadecimal digits mean. Where a run really begins is not known: letters
 * before it look like a part of it. So it is read from each of its first digits, four for base64
 * and two for hexadecimal, which finds a value wherever it stands among the bytes.
 */
import { ELLIPSIS } from "./units.ts";
import { codePointOf, isUnfinished, utf8Length } from "./utf8.ts";
import { endOf, isCutSign, startOf, type View, ViewBuilder } from "./view.ts";

interface Digits {
  bits: 4 | 6;
  /** By ASCII code: the value of a digit, or one of the three below. */
  values: Int8Array;
}

/** Ends a run. */
const OTHER = -1;
/** May stand between two digits. */
const SEPARATOR = -2;
const LINE_BREAK = -3;

/** The two alphabets together: `+` and `-` are 62, `/` and `_` are 63. */
const BASE64: Digits = {
  bits: 6,
  values: valuesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", {
    "-": 62,
    _: 63,
    "\n": LINE_BREAK,
    "\r": LINE_BREAK,
  }),
};
const HEX: Digits = {
  bits: 4,
  values: valuesOf("0123456789abcdef", {
    A: 10,
    B: 11,
    C: 12,
    D: 13,
    E: 14,
    F: 15,
    ":": SEPARATOR,
    "-": SEPARATOR,
    " ": SEPARATOR,
    "\n": LINE_BREAK,
    "\r": LINE_BREAK,
  }),
};

function valuesOf(alphabet: string, others: Readonly<Record<string, number>>): Int8Array {
  const values = new Int8Array(128).fill(OTHER);
  for (const [value, digit] of Array.from(alphabet).entries()) values[digit.charCodeAt(0)] = value;
  for (const [sign, value] of Object.entries(others)) values[sign.charCodeAt(0)] = value;
  return values;
}

/** Runs that are too short for `leastBytes` are left out; null: there are no others. */
export function decodeBase64(view: View, leastBytes: number): View | null {
  return decode(view, BASE64, leastBytes);
}

export function decodeHex(view: View, leastBytes: number): View | null {
  return decode(view, HEX, leastBytes);
}

/** A run of digits, and where in the text each begins and ends. */
interface Run {
  length: number;
  readonly digits: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

function decode(view: View, kind: Digits, leastBytes: number): View | null {
  const phases = kind.bits === 6 ? 4 : 2;
  const found = runsOf(view, kind, Math.ceil((8 * leastBytes) / kind.bits));
  if (found.count === 0) return null;
  const { longest, digits } = found;
  const run: Run = {
    length: 0,
    digits: new Uint8Array(longest),
    starts: new Int32Array(longest),
    ends: new Int32Array(longest),
  };
  // Every phase of a run has a sign at its end.
  const decoded = new ViewBuilder(phases * (Math.ceil((digits * kind.bits) / 8) + found.count));
  for (let index = 0; index < found.places.length; index += 2) {
    const end = found.places[index + 1] ?? 0;
    collect(view, found.places[index] ?? 0, end, kind, run);
    const sign = isCutSign(view, end) ? ELLIPSIS : 0;
    for (let phase = 0; phase < phases; phase++) {
      const bytes = bytesOf(run, phase, kind.bits);
      const isCut = sign === ELLIPSIS;
      read(run, isCut ? withoutUnfinished(bytes) : bytes, phase, kind.bits, decoded);
      const last = run.ends[run.length - 1] ?? 0;
      decoded.add(sign, last, last);
    }
  }
  return decoded.build();
}

/** Digits of a run that was cut, from which on the start of a value in it can be recognised. */
const LEAST_CUT = 6;

/** Runs of at least so many digits: where each begins and ends, in pairs. */
interface Runs {
  places: number[];
  count: number;
  digits: number;
  longest: number;
}

function runsOf(view: View, { values }: Digits, least: number): Runs {
  const { units, length } = view;
  const runs: Runs = { places: [], count: 0, digits: 0, longest: 0 };
  let start = 0;
  let last = 0;
  let digits = 0;
  for (let index = 0; index <= length;) {
    const value = index < length ? (values[units[index] ?? 0] ?? OTHER) : OTHER;
    if (value >= 0) {
      if (digits === 0) start = index;
      digits += 1;
      index += 1;
      last = index;
      continue;
    }
    if (digits > 0 && value !== OTHER) {
      index = value === SEPARATOR ? index + 1 : behindLineBreak(units, length, index);
      continue;
    }
    if (digits >= least || (digits >= LEAST_CUT && isCutSign(view, last))) {
      runs.places.push(start, last);
      runs.count += 1;
      runs.digits += digits;
      runs.longest = Math.max(runs.longest, digits);
    }
    digits = 0;
    index += 1;
  }
  return runs;
}

/** Line breaks with what indents the next line. */
function behindLineBreak(units: Uint16Array, length: number, index: number): number {
  let end = index;
  while (end < length && (units[end] === 0x0a || units[end] === 0x0d)) end++;
  while (end < length && (units[end] === 0x20 || units[end] === 0x09 || units[end] === 0xa0)) end++;
  return end;
}

function collect(view: View, start: number, end: number, { values }: Digits, run: Run): void {
  let count = 0;
  for (let index = start; index < end; index++) {
    const value = values[view.units[index] ?? 0] ?? OTHER;
    if (value < 0) continue;
    run.digits[count] = value;
    run.starts[count] = startOf(view, index);
    run.ends[count] = endOf(view, index);
    count += 1;
  }
  run.length = count;
}

/** The bytes, if the first of them began with the digit `phase`. */
function bytesOf({ digits, length }: Run, phase: number, bits: 4 | 6): Uint8Array {
  const bytes = new Uint8Array(Math.floor(((length - phase) * bits) / 8));
  let kept = 0;
  let keptBits = 0;
  let count = 0;
  for (let index = phase; count < bytes.length; index++) {
    kept = ((kept << bits) | (digits[index] ?? 0)) & 0x3fff;
    keptBits += bits;
    if (keptBits < 8) continue;
    keptBits -= 8;
    bytes[count] = (kept >> keptBits) & 0xff;
    count += 1;
  }
  return bytes;
}

/** The bytes of a run that was cut, without the beginning of a character at their end. */
function withoutUnfinished(bytes: Uint8Array): Uint8Array {
  for (let at = Math.max(0, bytes.length - 3); at < bytes.length; at++) {
    if (isUnfinished(bytes, at, bytes.length)) return bytes.subarray(0, at);
  }
  return bytes;
}

/**
 * Adds the text that the bytes are. A digit that holds bits of the character beside it is not a
 * part of either's place: it says little of a value, and stays.
 */
function read(
  { starts, ends }: Run,
  bytes: Uint8Array,
  phase: number,
  bits: 4 | 6,
  decoded: ViewBuilder,
): void {
  const count = bytes.length;
  for (let at = 0; at < count;) {
    const byte = bytes[at] ?? 0;
    const length = byte < 0x80 ? 1 : utf8Length(bytes, at, count);
    const first = phase + (((8 * at + bits - 1) / bits) | 0);
    const last = phase + (((8 * (at + length)) / bits) | 0) - 1;
    const start = starts[first] ?? 0;
    const end = ends[last] ?? 0;
    if (byte < 0x80) decoded.add(byte, start, end);
    else decoded.addCodePoint(codePointOf(bytes, at, length), start, end);
    at += length;
  }
}
