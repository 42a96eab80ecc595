/** "Did you mean": the nearest of some known names, or nothing when none is near. */
import { nearestName } from "#model/nearest-name.ts";
import { quote } from "./error.ts";

/** Names looked at, so that a large object costs no more than a small one. */
const CANDIDATES = 500;

/** ` Did you mean "topic"?` with a leading space, or the empty text. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestOf(name, candidates);
  if (nearest === null) return "";
  const shown = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(nearest)
    ? quote(nearest)
    : `[${quote(nearest)}]`;
  return ` Did you mean ${shown}?`;
}

/** The nearest of some known names, or null. */
export function nearestOf(name: string, candidates: Iterable<string>): string | null {
  const known = [...take(candidates, CANDIDATES)];
  return known.find((one) => isMeant(name, one)) ?? nearestName(name, known);
}

function isMeant(name: string, candidate: string): boolean {
  // A step id with a hyphen reads as a subtraction after a dot: `steps.my-step`; `length` for `len`.
  return candidate.startsWith(`${name}-`) || (candidate.length > 2 && name.startsWith(candidate));
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  let taken = 0;
  for (const item of items) {
    taken += 1;
    if (taken > count) return;
    yield item;
  }
}
