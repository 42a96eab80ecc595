/** "Did you mean": the nearest of some known names, or nothing when none is near. */
import { quote } from "./error.ts";

/** Names looked at, so that a large object costs no more than a small one. */
const CANDIDATES = 500;
const LONGEST = 64;

/** ` Did you mean "topic"?` with a leading space, or the empty text. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  if (nearest === null) return "";
  const shown = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(nearest)
    ? quote(nearest)
    : `[${quote(nearest)}]`;
  return ` Did you mean ${shown}?`;
}

function nearestName(name: string, candidates: Iterable<string>): string | null {
  if (name.length > LONGEST) return null;
  let nearest: string | null = null;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  let seen = 0;
  for (const candidate of candidates) {
    seen += 1;
    if (seen > CANDIDATES) break;
    if (candidate.length > LONGEST) continue;
    const distance = distanceBetween(name, candidate);
    if (distance < least && distance < Math.max(name.length, candidate.length)) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}

function distanceBetween(name: string, candidate: string): number {
  // A step id with a hyphen reads as a subtraction after a dot: `steps.my-step`.
  if (candidate.startsWith(`${name}-`)) return 0;
  // `length` for `len`.
  if (candidate.length > 2 && name.startsWith(candidate)) return 1;
  return editDistance(name, candidate);
}

/** Levenshtein distance, letters in any case counted as equal. */
function editDistance(left: string, right: string): number {
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
