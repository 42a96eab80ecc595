/** Limits of one schema that leave no room for a value. Says so only where it is certain. */
import type { JsonObject } from "#model/json.ts";
import { readLimit } from "#validation/json-schema/limits.ts";

/** Whether a lower count is above the upper one. */
export function isEmptyCount(source: JsonObject, least: string, most: string): boolean {
  return numberAt(source, least, 0) > numberAt(source, most, Infinity);
}

/** Whether no number, or no integer, lies between the limits. */
export function isEmptyRange(source: JsonObject, type: "number" | "integer"): boolean {
  const low = limitAt(source, "minimum", -Infinity);
  const high = limitAt(source, "maximum", Infinity);
  const above = limitAt(source, "exclusiveMinimum", -Infinity);
  const below = limitAt(source, "exclusiveMaximum", Infinity);
  const from = Math.max(low, above);
  const to = Math.min(high, below);
  if (from > to || (from === to && (above === from || below === to))) return true;
  const step = stepOf(source, type);
  if (step === null) return false;
  // A step that is no integer makes quotients that are a little off; then nothing is claimed.
  const slack = Number.isInteger(step) ? 0 : 1e-9;
  const first = firstMultiple(from / step - slack, above === from);
  const last = -firstMultiple(-to / step - slack, below === to);
  return first > last;
}

/** The first whole number from `start` on, or after it. */
function firstMultiple(start: number, isExclusive: boolean): number {
  const first = Math.ceil(start);
  return isExclusive && first === start ? first + 1 : first;
}

/** What all values are multiples of, or null. */
function stepOf(source: JsonObject, type: "number" | "integer"): number | null {
  const { multipleOf } = source;
  const isStep = typeof multipleOf === "number" && multipleOf > 0;
  if (type === "number") return isStep ? multipleOf : null;
  return isStep && Number.isInteger(multipleOf) ? multipleOf : 1;
}

/** Digits in quotes count as the double nearest to them, which keeps the order of limits. */
function limitAt(source: JsonObject, keyword: string, otherwise: number): number {
  const limit = readLimit(source[keyword] ?? null);
  return limit === null ? otherwise : Number(limit);
}

function numberAt(source: JsonObject, keyword: string, otherwise: number): number {
  const value = source[keyword];
  return typeof value === "number" ? value : otherwise;
}
