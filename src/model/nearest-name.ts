/**
 * "Did you mean": the name nearest to a misspelt one. Owns the distance and what counts as near;
 * which names are offered is the caller's business. Work is bounded: long names are not compared.
 */

const LONGEST_NAME = 80;

/** The nearest candidate, or null when none is near enough to suggest. */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  if (name.length === 0 || name.length > LONGEST_NAME) return null;
  const wanted = fold(name);
  let nearest: string | null = null;
  let least = tolerance(name.length) + 1;
  for (const candidate of candidates) {
    if (candidate === name || candidate.length > LONGEST_NAME) continue;
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(wanted, fold(candidate), least);
    if (distance < least) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
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

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one text into the other;
 * Returns `enough` or more as soon as the distance cannot be below it.
 */
export function editDistance(left: string, right: string, enough: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const same = left[i - 1] === right[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped =
        i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    if (Math.min(...row) >= enough) return enough;
    beforeLast = last;
    last = row;
  }
  return at(last, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
