/**
 * A JSON value that did not come from YAML text: what it may not hold, and the order of its parts
 * (its "places", see `places.ts`). Also the rule for numbers, which both formats share.
 */
import { type InexactNumber, isInexactNumber, type TextPlace } from "#model/exact-json.ts";
import { isJsonObject, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { IN_SCHEMA } from "#validation/json-schema/limit-places.ts";
import { quote, type Report } from "../findings.ts";
import type { Origin, Path, Place } from "./places.ts";
import { fromPointer } from "#model/pointer.ts";

export interface JsonReading {
  /** Undefined when the value is too deep to be looked at. */
  value: JsonValue | undefined;
  origin: Origin;
}

/**
 * Checks a JSON value and returns it with numbers made plain; findings go to `report`. `inexact`
 * are numbers of its text that stand in the value as texts.
 */
export function readJson(
  value: JsonValue,
  inexact: readonly InexactNumber[],
  report: Report,
): JsonReading {
  const walk: Walk = { report, count: 0, tooDeep: false };
  for (const { pointer, text } of inexact) {
    const message = numberProblem(text);
    if (message !== null) report({ code: "number_not_exact", message, path: fromPointer(pointer) });
  }
  const reading = readValue(walk, value, []);
  const origin = { root: reading.place, text: null, lineStarts: [0] };
  return { value: walk.tooDeep ? undefined : reading.value, origin };
}

/** Where a workflow takes a number that a double does not hold: in the limits of a json_schema. */
export const IN_WORKFLOW: TextPlace = at(
  "steps",
  atEach(at("config", at("json_schema", IN_SCHEMA))),
);

function at(name: string, inner: TextPlace): TextPlace {
  return { takesText: false, below: (key) => (key === name ? inner : null) };
}

function atEach(inner: TextPlace): TextPlace {
  return { takesText: false, below: () => inner };
}

/** Whether the value at a path of a workflow is such a limit. */
export function isLargeLimit(path: Path): boolean {
  const place = path.reduce<TextPlace | null>(
    (outer, key) => outer?.below(String(key)) ?? null,
    IN_WORKFLOW,
  );
  return place?.takesText === true;
}

/** What is wrong with a number, as it is written, or null. */
export function numberProblem(written: string): string | null {
  const decimal = inDecimal(written);
  if (!isInexactNumber(decimal)) return null;
  if (!Number.isFinite(Number(decimal))) {
    return `${quote(written)} is not a number that JSON can represent; put it in quotes if it is text.`;
  }
  return `The number ${quote(written)} is beyond ±${Number.MAX_SAFE_INTEGER}, where numbers stop being exact; put it in quotes to keep every digit.`;
}

/**
 * Hexadecimal and octal numbers of YAML in decimal digits, others as they are. Those beyond a double
 * are refused in any notation, and 64,000 digits take a time that grows with their square.
 */
export function inDecimal(written: string): string {
  const isConverted = /^0[xo]/.test(written) && Number.isFinite(Number(written));
  return isConverted ? BigInt(written).toString() : written;
}

/** JSON text has no negative zero and nothing that is not finite. */
export function plainNumber(value: number): number {
  return Number.isFinite(value) && value !== 0 ? value : 0;
}

interface Walk {
  report: Report;
  count: number;
  tooDeep: boolean;
}

interface ValueReading {
  value: JsonValue;
  place: Place;
}

function readValue(walk: Walk, value: JsonValue, path: Path): ValueReading {
  const start = walk.count;
  walk.count += 1;
  const place: Place = { start, keyStart: start };
  if (path.length > LIMITS.bodyDepth) {
    if (!walk.tooDeep) {
      const message = `Values are nested more than ${LIMITS.bodyDepth} levels deep.`;
      walk.report({ code: "too_deep", message, path: [], offset: start });
    }
    walk.tooDeep = true;
    return { value: null, place };
  }
  if (typeof value === "number") {
    const message = numberProblem(String(value));
    if (message !== null) walk.report({ code: "number_not_exact", message, path, offset: start });
    return { value: plainNumber(value), place };
  }
  if (Array.isArray(value)) return readList(walk, value, path, place);
  if (isJsonObject(value)) return readMembers(walk, Object.entries(value), path, place);
  return { value, place };
}

function readList(walk: Walk, list: JsonValue[], path: Path, place: Place): ValueReading {
  const children = new Map<string, Place>();
  const value = list.map((item, index) => {
    const reading = readValue(walk, item, [...path, index]);
    children.set(String(index), reading.place);
    return reading.value;
  });
  return { value, place: { ...place, children } };
}

function readMembers(
  walk: Walk,
  entries: [string, JsonValue][],
  path: Path,
  place: Place,
): ValueReading {
  const children = new Map<string, Place>();
  const kept: [string, JsonValue][] = [];
  for (const [key, item] of entries) {
    if (key === "__proto__") {
      const message = `The key ${quote(key)} is not allowed.`;
      walk.report({ code: "forbidden_key", message, path, offset: walk.count });
      continue;
    }
    const reading = readValue(walk, item, [...path, key]);
    children.set(key, reading.place);
    kept.push([key, reading.value]);
  }
  return { value: Object.fromEntries(kept), place: { ...place, children } };
}
