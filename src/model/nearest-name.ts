/**
 * "Did you mean": the name nearest to a misspelt one. Owns the distance and what counts as near;
 * which names are offered is the caller's business.
 *
 * Suggestions are a courtesy, so they never decide how long a request takes: long names are not
 * compared, of very many only the first ones of a fitting length, and each comparison looks only at
 * the diagonal band that a near name must stay in. What the budget of the request does not cover is
 * left out.
 */
import { LIMITS } from "./limits.ts";
import { Work } from "./work.ts";

const LONGEST_NAME = 80;
/** Names that one misspelt name is compared with. */
const MOST_COMPARED = 500;
/** Characters of a name that are compared in one unit of work. */
const CHARACTERS_PER_UNIT = 10;
/** Names whose letters alone are compared in one unit of work. */
const GLANCES_PER_UNIT = 20;

/** Of lengths, the nearest first. */
const DIFFERENCES = [0, -1, 1, -2, 2, -3, 3] as const;

interface Candidate {
  name: string;
  folded: string;
  letters: number;
  /** Of two equally near names the first is suggested. */
  order: number;
}

/**
 * The names that misspelt ones are compared with, by length: built once for a document in which
 * many may be misspelt, since only a few lengths are looked at for each.
 */
export class NameIndex {
  readonly #names: ReadonlySet<string>;
  #byLength: Map<number, Candidate[]> | null = null;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** The nearest name, or null when none is near enough to suggest, or the budget does not last. */
  nearest(name: string, work: Work): string | null {
    if (name.length === 0 || name.length > LONGEST_NAME) return null;
    this.#byLength ??= sortByLength(this.#names);
    const wanted = fold(name);
    const letters = lettersOf(wanted);
    const most = tolerance(name.length);
    let nearest: Candidate | null = null;
    let least = most + 1;
    let comparisons = 0;
    for (const difference of DIFFERENCES) {
      if (Math.abs(difference) > most) break;
      for (const candidate of this.#byLength.get(name.length + difference) ?? []) {
        if (!work.afford(1 / GLANCES_PER_UNIT)) return null;
        // A slip takes one letter away and brings another.
        if (bitsIn(letters ^ candidate.letters) > 2 * most || candidate.name === name) continue;
        comparisons += 1;
        if (comparisons > MOST_COMPARED) return nearest?.name ?? null;
        if (!work.afford(candidate.name.length / CHARACTERS_PER_UNIT)) return null;
        const distance = editDistance(wanted, candidate.folded, least + 1);
        const isEarlier = nearest !== null && candidate.order < nearest.order;
        if (distance < least || (distance === least && isEarlier)) {
          nearest = candidate;
          least = distance;
        }
      }
    }
    return nearest?.name ?? null;
  }
}

/** Names that no near name is found among are left out. */
function sortByLength(names: ReadonlySet<string>): Map<number, Candidate[]> {
  const byLength = new Map<number, Candidate[]>();
  let order = 0;
  for (const name of names) {
    order += 1;
    if (name.length === 0 || name.length > LONGEST_NAME) continue;
    const same = byLength.get(name.length) ?? [];
    const folded = fold(name);
    same.push({ name, folded, letters: lettersOf(folded), order });
    byLength.set(name.length, same);
  }
  return byLength;
}

/** The nearest candidate, or null when none is near enough to suggest. */
export function nearestName(
  name: string,
  candidates: Iterable<string> | NameIndex,
  work: Work = new Work(LIMITS.requestWork),
): string | null {
  const index = candidates instanceof NameIndex ? candidates : new NameIndex(candidates);
  return index.nearest(name, work);
}

/** One slip in a short name, two in a longer one, three in a long one. */
function tolerance(length: number): number {
  if (length <= 2) return 0;
  if (length <= 5) return 1;
  return length <= 10 ? 2 : 3;
}

/** `Max-Attempts` and `max_attempts` count as the same name. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

/** The letters that occur, as bits; two letters may share one. */
function lettersOf(text: string): number {
  let bits = 0;
  for (let index = 0; index < text.length; index += 1) bits |= 1 << (text.charCodeAt(index) & 31);
  return bits;
}

function bitsIn(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Rows of the distance table, used again by each comparison: it is synchronous. */
const ROWS = [new Uint8Array(256), new Uint8Array(256), new Uint8Array(256)] as const;

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one text into the other;
 * returns `enough` or more as soon as the distance cannot be below it. Texts have at most 250
 * characters.
 */
export function editDistance(left: string, right: string, enough: number): number {
  const [height, width] = [left.length, right.length];
  if (Math.abs(height - width) >= enough) return enough;
  // What both begin and end with is no difference, and most of two long names.
  let start = 0;
  while (start < height && start < width && left[start] === right[start]) start += 1;
  let end = 0;
  while (
    end < height - start &&
    end < width - start &&
    left[height - end - 1] === right[width - end - 1]
  ) {
    end += 1;
  }
  return bandDistance(left.slice(start, height - end), right.slice(start, width - end), enough);
}

/** Only cells within `enough` of the diagonal are filled in: a way through others costs as much. */
function bandDistance(left: string, right: string, enough: number): number {
  const height = left.length;
  const width = right.length;
  let beforeLast: Uint8Array = ROWS[0];
  let last: Uint8Array = ROWS[1];
  let row: Uint8Array = ROWS[2];
  for (let j = 0; j <= width; j += 1) last[j] = j < enough ? j : enough;
  let previous = -1;
  for (let i = 1; i <= height; i += 1) {
    const letter = left.charCodeAt(i - 1);
    const from = i > enough ? i - enough : 1;
    const to = i + enough < width ? i + enough : width;
    // Beyond the band of the row before nothing was filled in.
    if (to === i + enough) last[to] = enough;
    let before = from === 1 && i < enough ? i : enough;
    row[from - 1] = before;
    let least = before;
    let diagonal = last[from - 1] ?? enough;
    let passed = from > 1 ? right.charCodeAt(from - 2) : -1;
    for (let j = from; j <= to; j += 1) {
      const other = right.charCodeAt(j - 1);
      const above = last[j] ?? enough;
      let cost = letter === other ? diagonal : diagonal + 1;
      if (above < cost) cost = above + 1;
      if (before < cost) cost = before + 1;
      if (letter === passed && previous === other && j > 1) {
        const swapped = (beforeLast[j - 2] ?? enough) + 1;
        if (swapped < cost) cost = swapped;
      }
      if (cost > enough) cost = enough;
      row[j] = cost;
      if (cost < least) least = cost;
      diagonal = above;
      before = cost;
      passed = other;
    }
    if (least >= enough) return enough;
    const oldest = beforeLast;
    beforeLast = last;
    last = row;
    row = oldest;
    previous = letter;
  }
  return last[width] ?? enough;
}
