/**
 * Undoes one level of escapes: percent-encoding, JSON and JavaScript strings, HTML, JSON Pointers.
 * All in one pass, since a value can pass through several encoders that each change a part of it.
 */
import { characterNamed } from "#model/html-names.ts";
import { hexDigit, isLetterOrDigit, SPACE } from "./units.ts";
import { codePointOf, isUnfinished, utf8Length } from "./utf8.ts";
import { endOf, isCutSign, startOf, unitAt, type View, ViewBuilder } from "./view.ts";

const AMPERSAND = 0x26;
const BACKSLASH = 0x5c;
const HASH = 0x23;
const PERCENT = 0x25;
const SEMICOLON = 0x3b;
const TILDE = 0x7e;
const LOWER_U = 0x75;
const LOWER_X = 0x78;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The longest name that HTML has for a character. */
const LONGEST_NAME = 32;
/** With its ampersand. Words with one in them are long, and mean what they say. */
const LONGEST_CUT_NAME = 9;
/** Digits of a number that could still be a character. */
const LONGEST_NUMBER = 8;

/** The view with what its escapes mean; null: it has none. Never longer than the view. */
export function unescape(view: View): View | null {
  const { units, length } = view;
  let first = 0;
  while (first < length && !isEscape(units[first] ?? 0)) first++;
  if (first === length) return null;
  const decoded = new ViewBuilder(length);
  let isChanged = false;
  for (let index = 0; index < length;) {
    const unit = units[index] ?? 0;
    const used = isEscape(unit) ? readEscape(view, index, unit, decoded) : 0;
    if (used === 0) decoded.add(unit, startOf(view, index), endOf(view, index));
    else isChanged = true;
    index += Math.max(used, 1);
  }
  return isChanged ? decoded.build() : null;
}

function isEscape(unit: number): boolean {
  return unit === PERCENT || unit === BACKSLASH || unit === AMPERSAND || unit === TILDE;
}

/** How many units the escape at `at` takes; 0: there is none. */
function readEscape(view: View, at: number, unit: number, decoded: ViewBuilder): number {
  switch (unit) {
    case PERCENT:
      return readPercent(view, at, decoded);
    case BACKSLASH:
      return readBackslash(view, at, decoded);
    case AMPERSAND:
      return readEntity(view, at, decoded);
    default:
      return readPointer(view, at, decoded);
  }
}

const bytes = new Uint8Array(4);

/** `%c3%a9`, also `%u00e9` as JavaScript's `escape` writes it. */
function readPercent(view: View, at: number, decoded: ViewBuilder): number {
  if ((unitAt(view, at + 1) | 0x20) === LOWER_U) return readHex(view, at, 4, decoded);
  let count = 0;
  while (count < bytes.length && unitAt(view, at + 3 * count) === PERCENT) {
    const byte = hexNumber(view, at + 3 * count + 1, 2);
    if (byte === -1) break;
    bytes[count] = byte;
    count += 1;
  }
  const next = at + 3 * count;
  if (count === 0) return cutShort(view, at, at + 1, 1);
  if (isUnfinished(bytes, 0, count)) {
    const isNext = unitAt(view, next) === PERCENT;
    const used = cutShort(view, at, isNext ? next + 1 : next, isNext ? 1 : 0);
    if (used > 0) return used;
  }
  const length = utf8Length(bytes, 0, count);
  const used = 3 * length;
  const place = [startOf(view, at), endOf(view, at + used - 1)] as const;
  decoded.addCodePoint(codePointOf(bytes, 0, length), ...place);
  return used;
}

const CONTROLS: Readonly<Record<string, number>> = {
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
};

function readBackslash(view: View, at: number, decoded: ViewBuilder): number {
  const next = unitAt(view, at + 1);
  if (next === LOWER_U && unitAt(view, at + 2) === OPEN_BRACE) return readBraces(view, at, decoded);
  if (next === LOWER_U) return readHex(view, at, 4, decoded);
  if (next === LOWER_X) return readHex(view, at, 2, decoded);
  const control = next < 0x80 ? CONTROLS[String.fromCharCode(next)] : undefined;
  // All that is no letter or digit means itself: in JSON `\/`, in shells, patterns and Markdown all others.
  const isItself = next > 0x20 && next < 0x7f && !isLetterOrDigit(next);
  if (control === undefined && !isItself) return cutShort(view, at, at + 1, 0);
  decoded.add(control ?? next, startOf(view, at), endOf(view, at + 1));
  return 2;
}

/** So many digits behind two units. */
function readHex(view: View, at: number, digits: number, decoded: ViewBuilder): number {
  const unit = hexNumber(view, at + 2, digits);
  if (unit === -1) return cutShort(view, at, at + 2, digits - 1);
  decoded.add(unit, startOf(view, at), endOf(view, at + digits + 1));
  return digits + 2;
}

/** `\u{e9}` */
function readBraces(view: View, at: number, decoded: ViewBuilder): number {
  const end = endOfDigits(view, at + 3, true);
  if (unitAt(view, end) !== CLOSE_BRACE) return cutShort(view, at, at + 3, LONGEST_NUMBER);
  if (end === at + 3) return 0;
  const codePoint = hexNumber(view, at + 3, end - at - 3);
  if (codePoint > 0x10_ffff) return 0;
  decoded.addCodePoint(codePoint, startOf(view, at), endOf(view, end));
  return end + 1 - at;
}

function readEntity(view: View, at: number, decoded: ViewBuilder): number {
  if (unitAt(view, at + 1) === HASH) return readNumber(view, at, decoded);
  let end = at + 1;
  let name = "";
  while (end - at <= LONGEST_NAME && isLetterOrDigit(unitAt(view, end))) {
    name += String.fromCharCode(unitAt(view, end));
    end += 1;
  }
  const isClosed = unitAt(view, end) === SEMICOLON;
  const text = isClosed || BARE.has(name) ? characterNamed(name) : undefined;
  if (text === undefined) return end - at <= LONGEST_CUT_NAME ? cutShort(view, at, end, 0) : 0;
  const used = end - at + (isClosed ? 1 : 0);
  decoded.add(text.charCodeAt(0), startOf(view, at), endOf(view, at + used - 1));
  return used;
}

/** What pages also write without a semicolon. */
const BARE: ReadonlySet<string> = new Set(["amp", "lt", "gt", "quot", "nbsp"]);

/** `&#233;`, `&#xe9;`, with or without the semicolon. */
function readNumber(view: View, at: number, decoded: ViewBuilder): number {
  const isHex = (unitAt(view, at + 2) | 0x20) === LOWER_X;
  const start = at + (isHex ? 3 : 2);
  const end = endOfDigits(view, start, isHex);
  const codePoint = numberAt(view, start, end, isHex ? 16 : 10);
  if (end === start || codePoint > 0x10_ffff) return cutShort(view, at, end, 0);
  const used = end - at + (unitAt(view, end) === SEMICOLON ? 1 : 0);
  decoded.addCodePoint(codePoint, startOf(view, at), endOf(view, at + used - 1));
  return used;
}

/** `~0` and `~1`. */
function readPointer(view: View, at: number, decoded: ViewBuilder): number {
  const next = unitAt(view, at + 1);
  if (next !== 0x30 && next !== 0x31) return 0;
  decoded.add(next === 0x30 ? TILDE : 0x2f, startOf(view, at), endOf(view, at + 1));
  return 2;
}

/**
 * An escape that was cut together with its text means nothing: so many digits at most, then the
 * sign. Were it left, what stands before it would not be known as the start of a value.
 */
function cutShort(view: View, at: number, digits: number, most: number): number {
  let end = digits;
  while (end - digits < most && hexDigit(unitAt(view, end)) !== -1) end += 1;
  const isSpaced = unitAt(view, end) === SPACE && isCutSign(view, end + 1);
  return isSpaced || isCutSign(view, end) ? end - at : 0;
}

function endOfDigits(view: View, start: number, isHex: boolean): number {
  let end = start;
  while (end - start < LONGEST_NUMBER && isDigit(unitAt(view, end), isHex)) end++;
  return end;
}

function isDigit(unit: number, isHex: boolean): boolean {
  const digit = hexDigit(unit);
  return digit !== -1 && (isHex || digit < 10);
}

function hexNumber(view: View, start: number, digits: number): number {
  for (let index = 0; index < digits; index++) {
    if (hexDigit(unitAt(view, start + index)) === -1) return -1;
  }
  return numberAt(view, start, start + digits, 16);
}

function numberAt(view: View, start: number, end: number, base: number): number {
  let number = 0;
  for (let index = start; index < end; index++) {
    number = number * base + hexDigit(unitAt(view, index));
  }
  return number;
}
