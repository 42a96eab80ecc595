/**
 * Two results, normalised and compared. The rules are those of the contract:
 *
 * 1. Keys of objects have no order. Lists are sorted stably, but for paths that are declared.
 * 2. Texts are trimmed, and white space within them is one space.
 * 3. Numbers are equal within an absolute tolerance.
 *
 * What is left is listed. White space and undeclared order alone never are.
 */
import { pointer } from "#model/pointer.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { ComparableRun } from "./comparable.ts";
import { isOrdered, ORDERED_PATHS } from "./ordered-paths.ts";

/** As the answer of a dual run names the rules. */
export const NORMALIZATION = {
  ordering: "stable",
  whitespace: "trim+single-space",
  numeric_tolerance: 1e-6,
} as const;

/** Shown in a diff for the side that has nothing at the path. */
const ABSENT = "(absent)";

/** `path` is a JSON Pointer; in a list without order it counts as on the old side, if it is there. */
export interface Diff {
  path: string;
  old: JsonValue;
  new: JsonValue;
}

export interface Rules {
  /** Paths of lists whose order counts: see `ORDERED_PATHS`. */
  ordered: readonly string[];
}

export interface Comparison {
  match: boolean;
  diffs: Diff[];
  normalization: typeof NORMALIZATION;
}

const DEFAULT_RULES: Rules = { ordered: ORDERED_PATHS };

/** Compares two runs of one workflow. */
export function compareRuns(
  before: ComparableRun,
  after: ComparableRun,
  rules: Rules = DEFAULT_RULES,
): Comparison {
  const diffs = compareJson(toJson(before), toJson(after), rules);
  return { match: diffs.length === 0, diffs, normalization: NORMALIZATION };
}

/** The differences between two values, by the same rules. */
export function compareJson(
  before: JsonValue,
  after: JsonValue,
  rules: Rules = DEFAULT_RULES,
): Diff[] {
  const diffs: Diff[] = [];
  collect(before, after, [], { rules, diffs });
  return diffs;
}

function toJson(run: ComparableRun): JsonValue {
  const { steps, ...rest } = run;
  return { ...rest, steps: steps.map((step): JsonObject => ({ ...step })) };
}

interface Collecting {
  rules: Rules;
  diffs: Diff[];
}

type Side = JsonValue | undefined;

function collect(before: Side, after: Side, path: readonly string[], into: Collecting): void {
  if (Array.isArray(before) && Array.isArray(after)) {
    const pairs = isOrdered(path, into.rules.ordered)
      ? pairsInOrder(before, after)
      : pairsOfSame(before, after, path, into.rules);
    for (const { old, fresh, at } of pairs) collect(old, fresh, [...path, String(at)], into);
  } else if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of [...keys].toSorted()) {
      collect(own(before, key), own(after, key), [...path, key], into);
    }
  } else if (!isSameScalar(before, after)) {
    into.diffs.push({ path: pointer(...path), old: shown(before), new: shown(after) });
  }
}

/** null is a value, and not the same as none. */
function shown(side: Side): JsonValue {
  return side === undefined ? ABSENT : side;
}

function isObject(value: Side): value is JsonObject {
  return value !== undefined && isJsonObject(value);
}

function own(object: JsonObject, key: string): Side {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isSameScalar(before: Side, after: Side): boolean {
  if (typeof before === "string" && typeof after === "string") {
    return spaced(before) === spaced(after);
  }
  if (typeof before === "number" && typeof after === "number") {
    return Math.abs(before - after) <= NORMALIZATION.numeric_tolerance;
  }
  return before === after;
}

/** Line ends are white space too, so that a text that was wrapped elsewhere is the same. */
function spaced(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}

interface Pair {
  old: Side;
  fresh: Side;
  at: number;
}

function pairsInOrder(before: readonly JsonValue[], after: readonly JsonValue[]): Pair[] {
  const length = Math.max(before.length, after.length);
  return Array.from({ length }, (_, at) => ({ old: before[at], fresh: after[at], at }));
}

interface Placed {
  value: JsonValue;
  at: number;
  key: string;
}

/** Beyond so many comparisons, what is almost the same is no longer looked for. */
const MOST_COMPARISONS = 250_000;

/**
 * Sorted stably, then without what is the same on both sides, so that one item more does not make
 * all that follow it differ. What is left is compared in sorted order.
 */
function pairsOfSame(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  path: readonly string[],
  rules: Rules,
): Pair[] {
  const [some, others] = withoutSameKeys(sorted(before, path, rules), sorted(after, path, rules));
  const isQuick = some.length * others.length <= MOST_COMPARISONS;
  const [old, fresh] = isQuick ? withoutSame(some, others, path, rules) : [some, others];
  const length = Math.max(old.length, fresh.length);
  return Array.from({ length }, (_, index) => ({
    old: old[index]?.value,
    fresh: fresh[index]?.value,
    at: old[index]?.at ?? fresh[index]?.at ?? index,
  }));
}

/** Removes, one for one, what has the same sort key. */
function withoutSameKeys(
  before: readonly Placed[],
  after: readonly Placed[],
): [Placed[], Placed[]] {
  const counts = new Map<string, number>();
  for (const { key } of after) counts.set(key, (counts.get(key) ?? 0) + 1);
  const taken = new Map<string, number>();
  const old = before.filter(({ key }) => {
    const isThere = (taken.get(key) ?? 0) < (counts.get(key) ?? 0);
    if (isThere) taken.set(key, (taken.get(key) ?? 0) + 1);
    return !isThere;
  });
  const fresh = after.filter(({ key }) => {
    const left = taken.get(key) ?? 0;
    if (left > 0) taken.set(key, left - 1);
    return left === 0;
  });
  return [old, fresh];
}

/** Removes, one for one, what the rules call the same: numbers that are almost equal. */
function withoutSame(
  before: readonly Placed[],
  after: readonly Placed[],
  path: readonly string[],
  rules: Rules,
): [Placed[], Placed[]] {
  const fresh = [...after];
  const old = before.filter((item) => {
    const same = fresh.findIndex((other) => isSame(item.value, other.value, path, rules));
    if (same !== -1) fresh.splice(same, 1);
    return same === -1;
  });
  return [old, fresh];
}

function sorted(items: readonly JsonValue[], path: readonly string[], rules: Rules): Placed[] {
  return items
    .map((value, at) => ({ value, at, key: sortKey(value, [...path, "0"], rules) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** The value as text, normalised: what has the same key is the same. */
function sortKey(value: JsonValue, path: readonly string[], rules: Rules): string {
  if (typeof value === "string") return JSON.stringify(spaced(value));
  if (Array.isArray(value)) {
    const keys = value.map((item) => sortKey(item, [...path, "0"], rules));
    return `[${(isOrdered(path, rules.ordered) ? keys : keys.toSorted()).join()}]`;
  }
  if (!isJsonObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${sortKey(item, [...path, key], rules)}`,
  );
  return `{${entries.toSorted().join()}}`;
}

function isSame(
  before: JsonValue,
  after: JsonValue,
  path: readonly string[],
  rules: Rules,
): boolean {
  const diffs: Diff[] = [];
  collect(before, after, [...path, "0"], { rules, diffs });
  return diffs.length === 0;
}
