/**
 * JSON text as values, with a report of what a double or an object cannot keep: numbers that would
 * change, keys that stand twice, keys that change places. `JSON.parse` decides what is JSON; this
 * module reads the text once more and builds the value itself, because `JSON.parse` does all that
 * in silence.
 *
 * 1. Never recursive: the depth of hostile text costs memory, not stack. Callers bound it.
 * 2. One pass: the work is linear in the length of the text.
 * 3. Of what it reports it names the first `NAMED` places: text of brackets and numbers alone
 *    would otherwise cost its length times its depth.
 */
import type { JsonValue } from "./json.ts";
import { rankOfKey } from "./key-order.ts";
import { pointer } from "./pointer.ts";

/** A number that a double does not hold; in the value its text stands in its place. */
interface InexactNumber {
  /** JSON Pointer from the root. */
  pointer: string;
  /** As it was written. */
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
      /** JSON Pointers of keys that stood more than once, the first ones. The last value won. */
      duplicates: string[];
      /** JSON Pointers of objects that give their keys in another order than the text, the first. */
      reordered: string[];
    }
  /** `message` is the parser's; it can quote the text. */
  | { ok: false; message: string };

/** At most that many places are named, of each kind. */
const NAMED = 100;

/** Reads JSON text. Fails only where `JSON.parse` does. */
export function parseExactJson(text: string): ExactJson {
  try {
    JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, message: error.message };
    throw error;
  }
  return build(text);
}

/**
 * Whether a JSON number would change as a double: not finite, an integer beyond ±(2^53 − 1) and
 * below 10^21 however it is written, or a larger one whose digits are not those of its double
 * (`1e22` is exact). Digits of a fraction beyond a double's are not looked at.
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

/** The digits of a finite number of 2^53 − 1 or more, if it is integral; its sign is left out. */
function integerOf(written: string): string | null {
  const [, whole = "", fraction = "", exponent = "0"] = NUMBER.exec(written) ?? [];
  const all = (whole + fraction).replace(/^0+/, "");
  const significant = all.replace(/0+$/, "");
  // Finite, so this stays below 310 beside the length of what was written.
  const length = all.length - fraction.length + Number(exponent);
  return significant.length > length ? null : significant.padEnd(length, "0");
}

/** Stands for a number until the value is complete; no JSON value is an instance of it. */
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
  readonly duplicates: Set<string>;
  readonly reordered: Set<string>;
  hasInexact: boolean;
}

/** Texts, marks, and words and numbers; what lies between them is white space. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** `text` is JSON. */
function build(text: string): ExactJson {
  const building: Building = {
    root: null,
    stack: [],
    duplicates: new Set(),
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
  const places = { duplicates: [...building.duplicates], reordered: [...building.reordered] };
  const value = building.root;
  if (!building.hasInexact) {
    // Without one, every part is a JSON value.
    return { ok: true, value: value as JsonValue, inexact: [], inexactCount: 0, ...places };
  }
  return { ok: true, ...settle(value), ...places };
}

function noteOrder({ stack, reordered }: Building, open: Open, key: string): void {
  const rank = rankOfKey(key);
  if (rank >= open.rank) open.rank = rank;
  else if (reordered.size < NAMED) {
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
  if (Object.hasOwn(container, key) && building.duplicates.size < NAMED) {
    building.duplicates.add(pointer(...building.stack.map((outer) => outer.key)));
  }
  put(container, key, value);
}

/** Assigning `__proto__` would set the prototype. */
function put(container: Container, key: string, value: Part): void {
  if (key !== "__proto__") Reflect.set(container, key, value);
  else Object.defineProperty(container, key, { value, ...PLAIN_PROPERTY });
}

const PLAIN_PROPERTY = { writable: true, enumerable: true, configurable: true };

type Settled = Pick<Extract<ExactJson, { ok: true }>, "value" | "inexact" | "inexactCount">;

/** Puts the texts in place of the numbers, and names the first ones. */
function settle(root: Part): Settled {
  const inexact: InexactNumber[] = [];
  let inexactCount = 0;
  const top: { [key: string]: Part } = { root };
  const ahead = [{ container: top as Container, key: "root", path: "" }];
  for (let next = ahead.pop(); next; next = ahead.pop()) {
    const { container, key, path } = next;
    const part = Array.isArray(container) ? container[Number(key)] : container[key];
    if (part instanceof Inexact) {
      put(container, key, part.text);
      inexactCount += 1;
      if (inexact.length < NAMED) inexact.push({ pointer: path, text: part.text });
    } else if (typeof part === "object" && part !== null) {
      for (const child of Object.keys(part).toReversed()) {
        ahead.push({ container: part, key: child, path: path + pointer(child) });
      }
    }
  }
  return { value: top["root"] as JsonValue, inexact, inexactCount };
}
