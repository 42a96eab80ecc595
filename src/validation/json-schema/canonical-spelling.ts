/**
 * Equality of JSON values in time linear in their size, for `uniqueItems`, `enum` and `const`:
 * they are compared by a canonical spelling, in which members are in one order and 1 and 1.0 are the
 * same.
 */
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";

/** Nodes spelled out for one unit of work. */
const NODES_PER_UNIT = 4;

/** Null when `spend` refuses the work, or when an item is nested too deeply. */
export function hasDuplicates(
  items: readonly JsonValue[],
  spend: (work: number) => boolean,
): boolean | null {
  const spellings = new Set<string>();
  for (const item of items) {
    const spelling = spell(item, LIMITS.jsonSchemaNesting, spend);
    if (spelling === null) return null;
    if (spellings.has(spelling)) return true;
    spellings.add(spelling);
  }
  return false;
}

/** The canonical spelling: equal values have the same one. */
export function spell(
  value: JsonValue,
  depthLeft: number,
  spend: (work: number) => boolean,
): string | null {
  if (depthLeft === 0 || !spend(1 / NODES_PER_UNIT)) return null;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (const item of value) {
      const part = spell(item, depthLeft - 1, spend);
      if (part === null) return null;
      parts.push(part);
    }
    return `[${parts.join(",")}]`;
  }
  for (const name of Object.keys(value).toSorted()) {
    const part = spell(value[name] ?? null, depthLeft - 1, spend);
    if (part === null) return null;
    parts.push(`${JSON.stringify(name)}:${part}`);
  }
  return `{${parts.join(",")}}`;
}
