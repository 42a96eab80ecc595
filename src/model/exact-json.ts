/**
 * JSON text as values, with a report of what a double or an object cannot keep: numbers that would
 * change, duplicate keys, keys that change places. `JSON.parse` decides what is JSON; this module
 * reads the text once more and builds the value itself, because `JSON.parse` changes all that
 * silently.
 *
 * 1. Never recursive: the depth of hostile text costs memory, not stack. Callers bound it.
 * 2. One pass: the work is linear in the length of the text.
 * 3. It reports only the first places: text of brackets and numbers alone would otherwise cost its
 *    length times its depth.
 */
import type { JsonValue } from "./json.ts";
import { rankOfKey } from "./key-order.ts";
import { pointer } from "./pointer.ts";

/** A number beyond the precision of a double; in the value its text replaces it. */
export interface InexactNumber {
  /** JSON Pointer from the root. */
  pointer: string;
  /** The number as written. */
  text: string;
}

export type ExactJson =
  | {
      ok: true;
      /** Each inexact number is replaced by its text. */
      value: JsonValue;
      /** The first ones of the value, in order. */
      inexact: InexactNumber[];
      /** How many there are. */
      inexactCount: number;
      /** JSON Pointers of the first duplicate keys. The last value of a key is kept. */
      duplicates: string[];
      /** How many there are. */
      duplicateCount: number;
      /** JSON Pointers of the first objects whose keys are in another order than in the text. */
      reordered: string[];
      /** How many numbers became strings at the places for them; none of these is inexact. */
      textCount?: number;
    }
  /** `message` is the parser's; it can quote the text. */
  | { ok: false; message: string };

/**
 * A place in the value, seen from its parent, and whether an inexact number may become a string
 * there. Called once for each value, so that no pointer has to be built.
 */
export interface TextPlace {
  readonly takesText: boolean;
  /** Null: no place below accepts one. */
  below(key: string): TextPlace | null;
}

/** Default of `most`: how many places of each kind are reported. */
const NAMED = 100;

interface ReadOptions {
  /** Where numbers may become strings; absent: nowhere. */
  texts?: TextPlace | undefined;
  /** How many places are reported at most. */
  named?: number;
}

/** Reads JSON text. Fails only where `JSON.parse` does. */
export function parseExactJson(text: string, options: ReadOptions = {}): ExactJson {
  try {
    JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, message: error.message };
    throw error;
  }
  return build(text, options);
}

/**
 * Whether a JSON number would change as a double: not finite, an integer beyond ±(2^53 − 1) and
 * below 10^21 however it is written, or a larger one whose digits are not those of its double
 * (`1e22` is exact). Digits of a fraction beyond a double's are ignored.
 */
export function isInexactNumber(written: string): boolean {
  const value = Number(written);
  if (!Number.isFinite(value)) return true;
  // No integer beyond 2^53 − 1 rounds to less than that.
  if (Math.abs(value) < Number.MAX_SAFE_INTEGER) return false;
  const integer = integerOf(written);
  if (integer === null) return false;
  if (integer.length <= MOST_PLAIN_DIGITS) return BigInt(integer) > MOST_EXACT;
  return integer !== integerOf(String(value));
}

const MOST_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
/** Integers below 10^21 have at most this many digits. */
const MOST_PLAIN_DIGITS = 21;
const NUMBER = /^[-+]?(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/;

/**
 * An inexact integer as its plain digits, with its sign: `1e16` is `10000000000000000`. Null if it
 * is not an integer, or has more than `most` digits.
 */
export function plainDigits(written: string, most: number): string | null {
  const [, , , exponent = "0"] = NUMBER.exec(written) ?? [];
  if (!NUMBER.test(written) || Math.abs(Number(exponent)) > most) return null;
  const digits = integerOf(written);
  if (digits === null || digits.length > most) return null;
  return written.startsWith("-") ? `-${digits}` : digits;
}

/** The digits of a number of 2^53 − 1 or more, if it is integral; its sign is left out. */
function integerOf(written: string): string | null {
  const [, whole = "", fraction = "", exponent = "0"] = NUMBER.exec(written) ?? [];
  const all = (whole + fraction).replace(/^0+/, "");
  const significant = withoutLastZeros(all);
  // The number is finite, so this exceeds the length of the text by less than 310.
  const length = all.length - fraction.length + Number(exponent);
  return significant.length > length ? null : significant.padEnd(length, "0");
}

/** Not by `/0+$/`: that looks at each of many zeros before another digit again and again. */
function withoutLastZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end -= 1;
  return digits.slice(0, end);
}

/** Placeholder of a number until the value is complete; no JSON value is an instance of it. */
class Inexact {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = null | boolean | number | string | Inexact | Container;
type Container = Part[] | { [key: string]: Part };

/** A container that is being read. `key` is where its next value goes. */
interface Open {
  container: Container;
  key: string | number;
  /** The highest `rankOfKey` so far. */
  rank: number;
}

interface Building {
  root: Part;
  readonly stack: Open[];
  readonly reordered: Set<string>;
  readonly duplicates: string[];
  duplicateCount: number;
  /** The duplicate keys of each object. */
  readonly repeated: Map<Container, Set<string>>;
  readonly named: number;
  hasInexact: boolean;
}

/** Strings, punctuation, and literals and numbers; between them is white space. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** `text` is JSON. */
function build(text: string, { texts, named = NAMED }: ReadOptions): ExactJson {
  const building: Building = {
    root: null,
    stack: [],
    duplicates: [],
    duplicateCount: 0,
    repeated: new Map(),
    named,
    reordered: new Set(),
    hasInexact: false,
  };
  let isKey = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const open = building.stack.at(-1);
    if (token === "{" || token === "[") {
      const container: Container = token === "{" ? {} : [];
      place(building, container);
      building.stack.push({ container, key: 0, rank: 0 });
      isKey = token === "{";
    } else if (token === "}" || token === "]") {
      building.stack.pop();
    } else if (token === ",") {
      isKey = open !== undefined && !Array.isArray(open.container);
    } else if (token === ":") {
      isKey = false;
    } else if (isKey && open) {
      open.key = readText(token);
      noteOrder(building, open, open.key);
    } else {
      place(building, readScalar(building, token));
    }
  }
  const { root: value, duplicates, duplicateCount } = building;
  const places = { duplicates, duplicateCount, reordered: [...building.reordered] };
  if (!building.hasInexact) {
    return { ok: true, value: settled(value), inexact: [], inexactCount: 0, ...places };
  }
  const { textCount, ...found } = settle(value, texts ?? null, named);
  return { ok: true, ...found, ...places, ...(texts === undefined ? {} : { textCount }) };
}

function noteOrder({ stack, reordered, named }: Building, open: Open, key: string): void {
  const rank = rankOfKey(key);
  if (rank >= open.rank) open.rank = rank;
  else if (reordered.size < named) {
    reordered.add(pointer(...stack.slice(0, -1).map((outer) => outer.key)));
  }
}

function readScalar(building: Building, token: string): Part {
  if (token.startsWith('"')) return readText(token);
  if (!/^[-\d]/.test(token)) return token === "null" ? null : token === "true";
  if (!isInexactNumber(token)) return Number(token);
  building.hasInexact = true;
  return new Inexact(token);
}

function readText(token: string): string {
  return token.includes("\\") ? String(JSON.parse(token)) : token.slice(1, -1);
}

function place(building: Building, value: Part): void {
  const open = building.stack.at(-1);
  if (!open) {
    building.root = value;
    return;
  }
  const { container } = open;
  if (Array.isArray(container)) {
    open.key = container.push(value) - 1;
    return;
  }
  const key = String(open.key);
  if (Object.hasOwn(container, key)) noteDuplicate(building, container, key);
  put(container, key, value);
}

function noteDuplicate(building: Building, container: Container, key: string): void {
  const repeated = building.repeated.get(container) ?? new Set();
  if (repeated.has(key)) return;
  building.repeated.set(container, repeated.add(key));
  building.duplicateCount += 1;
  if (building.duplicates.length >= building.named) return;
  building.duplicates.push(pointer(...building.stack.map((outer) => outer.key)));
}

/** Assigning `__proto__` would set the prototype. */
function put(container: Container, key: string, value: Part): void {
  if (key !== "__proto__") Reflect.set(container, key, value);
  else Object.defineProperty(container, key, { value, ...PLAIN_PROPERTY });
}

const PLAIN_PROPERTY = { writable: true, enumerable: true, configurable: true };

type Read = Required<Extract<ExactJson, { ok: true }>>;
type Settled = Pick<Read, "value" | "inexact" | "inexactCount" | "textCount">;

/** Replaces the placeholders by the texts of the numbers, and reports the first ones. */
function settle(root: Part, texts: TextPlace | null, named: number): Settled {
  const inexact: InexactNumber[] = [];
  let inexactCount = 0;
  let textCount = 0;
  const top: { [key: string]: Part } = { root };
  const ahead = [{ container: top as Container, key: "root", path: "", at: texts }];
  for (let next = ahead.pop(); next; next = ahead.pop()) {
    const { container, key, path, at } = next;
    const part = Array.isArray(container) ? container[Number(key)] : container[key];
    if (part instanceof Inexact) {
      put(container, key, part.text);
      if (at?.takesText === true) {
        textCount += 1;
        continue;
      }
      inexactCount += 1;
      if (inexact.length < named) inexact.push({ pointer: path, text: part.text });
    } else if (typeof part === "object" && part !== null) {
      for (const child of Object.keys(part).toReversed()) {
        const below = at?.below(child) ?? null;
        ahead.push({ container: part, key: child, path: path + pointer(child), at: below });
      }
    }
  }
  return { value: settled(top["root"] ?? null), inexact, inexactCount, textCount };
}

/** The document once it has no placeholder. */
function settled(root: Part): JsonValue {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every part but a placeholder is JSON
  return root as JsonValue;
}
