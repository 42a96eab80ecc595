/**
 * Takes known values out of texts, in every spelling in which they may come back: as they are,
 * percent-encoded, as forms, JSON strings and HTML write them, in base64 and hexadecimal, and in
 * these within each other. The one engine for the values of secrets and for sensitive answers.
 *
 * 1. Spellings are not listed. The text is decoded, with the place of each unit kept, and the
 *    values are looked for in each of the results: mixed spellings are found as well.
 * 2. Linear in the text and in the values together; the decodings are bounded in number.
 * 3. Of a text that was cut, which ends in `…` or has it inside, the start of a value before the
 *    sign is taken out too: half of a value is not recognised as one.
 * 4. Values that are too short to be recognised are not looked for; see `isRecognisable`.
 * 5. Masking twice changes nothing.
 * 6. Each search draws on a budget. A text for which it does not last is covered as a whole: what
 *    was not searched is never shown.
 */
import { TooCostly, Work } from "#model/work.ts";
import { Automaton } from "./automaton.ts";
import { decodeBase64, decodeHex } from "./binary.ts";
import { Ranges } from "./ranges.ts";
import { isSpace, SPACE } from "./units.ts";
import { unescape } from "./unescape.ts";
import { endOf, isCutSign, startOf, type View, viewOf } from "./view.ts";

export interface TextMask {
  /** Whether there is nothing to mask. */
  readonly isEmpty: boolean;
  /** Never throws: beyond the budget the whole text is covered. */
  readonly text: (text: string) => string;
  /**
   * For what a run goes on with, where a cover in the place of a text would be a wrong answer:
   * throws `TooCostly` beyond the budget.
   */
  readonly data: (text: string) => string;
  /** Whether the text is one of the values, and nothing else. */
  readonly has: (text: string) => boolean;
  /** The same values with another budget: tables are made once, and searched by many readers. */
  readonly within: (work: Work) => TextMask;
}

/** Units of the values that a unit of work puts into the tables. */
const BUILT_PER_UNIT = 5;

/**
 * `cover` replaces each value; it has no character that any of the spellings escape. `work` pays for
 * the tables and for what this mask searches. Values that are too many for it are looked for in
 * no text: then all texts are covered.
 */
export function createTextMask(
  values: Iterable<string>,
  cover: string,
  work = Work.ofTurn(),
): TextMask {
  const known = new Set<string>();
  for (const value of values) {
    // Else the cover would be covered, again with each pass.
    if (!isRecognisable(value) || cover.includes(value.trim())) continue;
    known.add(value);
  }
  if (known.size === 0) return NOTHING;
  const search = searchFor(known, work);
  const has = (text: string) => known.has(text);
  function within(budget: Work): TextMask {
    function data(given: string): string {
      if (search instanceof TooCostly) throw search;
      return search.findIn(given, budget)?.cover(given, cover) ?? given;
    }
    function text(given: string): string {
      try {
        return data(given);
      } catch (error) {
        if (error instanceof TooCostly) return cover;
        throw error;
      }
    }
    return { isEmpty: false, text, data, has, within };
  }
  return within(work);
}

function searchFor(values: Iterable<string>, work: Work): ValueSearch | TooCostly {
  const forms = new Set<string>();
  try {
    for (const value of values) {
      work.spend(value.length / BUILT_PER_UNIT, "masks");
      for (const form of formsOf(value)) {
        // The first is the value itself, more or less, and paid.
        if (form.length < value.length) work.spend(form.length / BUILT_PER_UNIT, "masks");
        forms.add(form);
      }
    }
  } catch (error) {
    if (error instanceof TooCostly) return error;
    throw error;
  }
  return new ValueSearch([...forms]);
}

const NOTHING: TextMask = {
  isEmpty: true,
  text: (text) => text,
  data: (text) => text,
  has: () => false,
  within: () => NOTHING,
};

/** What a search costs before its first unit. */
const WORK_OF_SEARCH = 0.3;
/** Units of a text that a unit of work searches, and of what was decoded from it. */
const PLAIN_PER_UNIT = 40;
const DECODED_PER_UNIT = 12;

/** In UTF-8. */
const SHORTEST_BYTES = 4;

/**
 * Whether a value says enough to be found by. One to three characters, such as `42` or `yes`, stand
 * all over a text by chance: a mask in their place would hide half of it, and a reader could tell
 * the value from what is missing. Two characters of a script that writes words with them, as in
 * `李明`, are a name.
 */
function isRecognisable(value: string): boolean {
  const trimmed = value.trim();
  if (trimmed.length >= SHORTEST_BYTES) return true;
  return (
    new TextEncoder().encode(trimmed).length >= SHORTEST_BYTES && Array.from(trimmed).length > 1
  );
}

const CUT = /…|\.\.\./;

/** Levels of escapes that are undone: JSON in JSON in a URL in a page are four. */
const ESCAPES = 4;
/** The same inside of base64 and hexadecimal. */
const INNER_ESCAPES = 2;
/** Base64 and hexadecimal within each other. */
const BINARIES = 2;
/** In longer ones they are not looked for once more: all of it could be digits again. */
const NESTED_UNITS = 192 * 1024;

/**
 * The value as the search sees it, and what is left of it when what looks like an escape in it is
 * undone: a value such as `100%25` is decoded together with the text around it.
 */
function formsOf(value: string): string[] {
  const forms: string[] = [];
  let view: View | null = viewOf(value);
  for (let level = 0; view !== null && level <= ESCAPES; level++) {
    const form = folded(view);
    if (isRecognisable(form)) forms.push(form);
    view = unescape(view);
  }
  return forms;
}

function folded({ units, length }: View): string {
  let text = "";
  for (let index = 0; index < length; index++) {
    const unit = units[index] ?? 0;
    if (!isSpace(unit)) text += String.fromCharCode(unit);
    else if (!text.endsWith(" ")) text += " ";
  }
  return text.trim();
}

/** What one search found so far, and what pays for it. */
interface Found {
  readonly ranges: Ranges;
  readonly work: Work;
}

class ValueSearch {
  readonly #automaton: Automaton;
  readonly #shortest: number;
  /** Reused: most texts are short and many. */
  #units = new Uint16Array(256);
  #seen = new Int32Array(256);

  constructor(forms: readonly string[]) {
    this.#automaton = new Automaton(forms);
    this.#shortest = forms.reduce((least, { length }) => Math.min(least, length), Infinity);
  }

  /** null: nothing was found. Throws `TooCostly`. */
  findIn(text: string, work: Work): Ranges | null {
    // No spelling is shorter than what it spells, but for one that was cut.
    if (text.length < this.#shortest && !CUT.test(text)) return null;
    work.spend(WORK_OF_SEARCH, "masks");
    if (text.length > this.#units.length) this.#units = new Uint16Array(2 * text.length);
    const ranges = new Ranges();
    this.#search(viewOf(text, this.#units), ESCAPES, BINARIES, { ranges, work });
    return ranges.isEmpty ? null : ranges;
  }

  #search(view: View, escapes: number, binaries: number, into: Found): void {
    const perUnit = view.places === null ? PLAIN_PER_UNIT : DECODED_PER_UNIT;
    into.work.spend(view.length / perUnit, "masks");
    this.#scan(view, into.ranges);
    if (binaries === BINARIES || (binaries > 0 && view.length <= NESTED_UNITS)) {
      for (const decoded of this.#binaries(view)) {
        if (decoded === null) continue;
        this.#search(decoded, Math.min(escapes, INNER_ESCAPES), binaries - 1, into);
      }
    }
    const plain = escapes > 0 ? unescape(view) : null;
    if (plain !== null) this.#search(plain, escapes - 1, binaries, into);
  }

  /** In UTF-8 a value has at least as many bytes as it has units here. */
  #binaries(view: View): (View | null)[] {
    return [decodeBase64(view, this.#shortest), decodeHex(view, this.#shortest)];
  }

  #scan(view: View, ranges: Ranges): void {
    const { units, length } = view;
    if (length > this.#seen.length) this.#seen = new Int32Array(2 * length);
    // The indexes of the units without those that repeat a space.
    const seen = this.#seen;
    let count = 0;
    let state = 0;
    let beforeSpace = 0;
    let isAfterSpace = false;
    for (let index = 0; index < length; index++) {
      const unit = units[index] ?? 0;
      if (count > 0 && isCutSign(view, index)) {
        const [cut, end] = isAfterSpace ? [beforeSpace, count - 1] : [state, count];
        this.#addStart(view, cut, end, ranges);
      }
      const isBlank = isSpace(unit);
      if (isBlank && isAfterSpace) continue;
      if (isBlank) beforeSpace = state;
      isAfterSpace = isBlank;
      seen[count] = index;
      count += 1;
      state = this.#automaton.next(state, isBlank ? SPACE : unit);
      const found = this.#automaton.longestAt(state);
      if (found > 0) ranges.add(startOf(view, seen[count - found] ?? 0), endOf(view, index));
    }
  }

  /** The start of a value of which the rest was cut off. */
  #addStart(view: View, state: number, end: number, ranges: Ranges): void {
    const length = this.#automaton.startedAt(state);
    if (length < SHORTEST_BYTES) return;
    const from = this.#seen[end - length] ?? 0;
    ranges.add(startOf(view, from), endOf(view, this.#seen[end - 1] ?? 0));
  }
}
