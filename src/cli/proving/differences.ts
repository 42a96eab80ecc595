/** The differences between two JSON values, compared exactly: order and white space count. */
import { isJsonObject, type JsonValue } from "#model/json.ts";
import { pointer } from "#model/pointer.ts";

export interface Difference {
  /** JSON Pointer. */
  path: string;
  /** Absent where a side has no value. */
  old?: JsonValue;
  new?: JsonValue;
}

export function differencesOf(before: JsonValue, after: JsonValue): Difference[] {
  const found: Difference[] = [];
  collect(before, after, [], found);
  return found;
}

type Side = JsonValue | undefined;

function collect(before: Side, after: Side, path: readonly string[], found: Difference[]): void {
  const [old, present] = [childrenOf(before), childrenOf(after)];
  if (old !== null && present !== null && Array.isArray(before) === Array.isArray(after)) {
    for (const key of new Set([...old.keys(), ...present.keys()])) {
      collect(old.get(key), present.get(key), [...path, key], found);
    }
    return;
  }
  if (before === after) return;
  found.push({
    path: pointer(...path),
    ...(before === undefined ? {} : { old: before }),
    ...(after === undefined ? {} : { new: after }),
  });
}

function childrenOf(value: Side): Map<string, JsonValue> | null {
  if (Array.isArray(value)) return new Map(value.map((item, index) => [String(index), item]));
  return value !== undefined && isJsonObject(value) ? new Map(Object.entries(value)) : null;
}
