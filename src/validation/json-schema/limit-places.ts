/**
 * Where the limits of numbers stand in a JSON Schema: the only places of a document of ours in
 * which an integer that a double does not hold is taken.
 */
import type { TextPlace } from "#model/exact-json.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { ONE_SCHEMA, SCHEMA_LIST, SCHEMA_MAP } from "./keywords.ts";
import { LIMIT_KEYWORDS, readLimit } from "./limits.ts";

const ONE: ReadonlySet<string> = new Set(ONE_SCHEMA);
const SEVERAL: ReadonlySet<string> = new Set([...SCHEMA_LIST, ...SCHEMA_MAP]);
const LIMIT: ReadonlySet<string> = new Set(LIMIT_KEYWORDS);

const IN_A_LIMIT: TextPlace = { takesText: true, below: () => null };
const IN_SCHEMAS: TextPlace = { takesText: false, below: () => IN_SCHEMA };

/** A schema and, below it, the places of its limits. Values in `enum` or `default` are none. */
export const IN_SCHEMA: TextPlace = {
  takesText: false,
  below: (key) => {
    if (LIMIT.has(key)) return IN_A_LIMIT;
    if (ONE.has(key)) return IN_SCHEMA;
    return SEVERAL.has(key) ? IN_SCHEMAS : null;
  },
};

/**
 * A schema with each limit as it is stored. The order of keys stays, and what is no limit stays as
 * it is. The nesting is bounded by the reader of the schema.
 */
export function withStoredLimits(schema: JsonObject | boolean): JsonObject | boolean {
  if (typeof schema === "boolean") return schema;
  return mapLimits(schema, IN_SCHEMA, (limit) => readLimit(limit) ?? limit);
}

/** A schema in which each limit is a number; one that no double holds is left out. */
export function withNumericLimits(schema: JsonObject): JsonObject {
  return mapLimits(schema, IN_SCHEMA, (limit) => {
    const read = readLimit(limit);
    return typeof read === "string" ? undefined : (read ?? limit);
  });
}

type Change = (limit: JsonValue) => JsonValue | undefined;

function mapLimits(schema: JsonObject, place: TextPlace, change: Change): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, item]) => {
      const inner = place.below(key);
      const changed = inner?.takesText === true ? change(item) : mapBelow(item, inner, change);
      return changed === undefined ? [] : [[key, changed] as const];
    }),
  );
}

function mapBelow(value: JsonValue, place: TextPlace | null, change: Change): JsonValue {
  if (place === null) return value;
  if (isJsonObject(value)) return mapLimits(value, place, change);
  if (!Array.isArray(value)) return value;
  return value.map((item, index) => mapBelow(item, place.below(String(index)), change));
}
