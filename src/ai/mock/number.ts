/** Numbers within bounds, small and round where the schema leaves room. */
import { isInexactNumber } from "#model/exact-json.ts";
import { atLeast, atMost, type Facets, numbers } from "./facets.ts";
import type { Random } from "./prng.ts";

/** How far above the lower bound a number is looked for. */
const SPREAD = 100;

const { MAX_SAFE_INTEGER: MOST, MIN_SAFE_INTEGER: LEAST } = Number;

/** A number for what the schemas ask, and one that JSON text keeps; the validator judges it. */
export function makeNumber(facets: Facets, integer: boolean, random: Random): number {
  const number = numberWithin(facets, integer, random);
  return isInexactNumber(String(number)) ? Math.min(MOST, Math.max(LEAST, number)) : number;
}

function numberWithin(facets: Facets, integer: boolean, random: Random): number {
  const lowest = Math.max(
    atLeast(facets, "minimum", -Infinity),
    atLeast(facets, "exclusiveMinimum", -Infinity),
  );
  const highest = Math.min(
    atMost(facets, "maximum", Infinity),
    atMost(facets, "exclusiveMaximum", Infinity),
  );
  // Limits such as those of int64 leave all the room there is.
  const low = lowest < LEAST ? -Infinity : lowest;
  const high = highest > MOST ? Infinity : highest;
  // Nothing lies between; the validator says which bound is missed.
  if (low > high) return low;
  const from = low > -Infinity ? low : Math.min(1, high - (high < Infinity ? SPREAD : 0));
  const to = Math.min(high, from + SPREAD);
  const step = commonStep(
    integer ? [1, ...numbers(facets, "multipleOf")] : numbers(facets, "multipleOf"),
  );
  const open = {
    low: atLeast(facets, "exclusiveMinimum", -Infinity) === from,
    high: atMost(facets, "exclusiveMaximum", Infinity) === to,
  };
  if (step === null) return between(from, to, open, random);
  let first = Math.ceil(from / step);
  let last = Math.floor(Math.max(to, Math.min(high, from + 2 * step)) / step);
  if (open.low && tidy(first * step) <= from) first += 1;
  if (open.high && tidy(last * step) >= to) last -= 1;
  return tidy(random.integer(first, Math.max(first, last)) * step);
}

function between(
  from: number,
  to: number,
  open: { low: boolean; high: boolean },
  random: Random,
): number {
  const share = open.low || open.high ? 0.1 + 0.8 * random.next() : random.next();
  const exact = from + (to - from) * share;
  const rounded = Math.round(exact * 100) / 100;
  const inside =
    open.low || open.high ? rounded > from && rounded < to : rounded >= from && rounded <= to;
  return inside ? rounded : exact;
}

/** A step that is a multiple of all, or null when there are none. */
function commonStep(steps: readonly number[]): number | null {
  const [first, ...rest] = steps;
  if (first === undefined) return null;
  return rest.reduce((step, other) => {
    for (let factor = 1; factor <= 1_000; factor += 1) {
      const candidate = tidy(step * factor);
      if (Number.isInteger(tidy(candidate / other))) return candidate;
    }
    return step * other;
  }, first);
}

/** Without the last digits that binary fractions leave: 0.1 × 3 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(15));
}
