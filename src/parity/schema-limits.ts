/**
 * Limits of a JSON Schema that stand as digits in quotes, since no double holds them, as doubles
 * that part the doubles in the same way. A value is a double, so nothing is lost.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";

/** What holds values, in which a `maximum` is only a name. */
const VALUES: ReadonlySet<string> = new Set(["enum", "const", "default", "examples"]);
/** What holds schemas by names that people choose. */
const BY_NAME: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "dependentSchemas",
  "$defs",
  "definitions",
]);

export function withDoubleLimits(schema: JsonObject): JsonObject {
  return mapEntries(schema, (key, value) => {
    if (VALUES.has(key)) return value;
    if (typeof value === "string") {
      return /^-?\d+$/.test(value) ? (parts(key, value) ?? value) : value;
    }
    return BY_NAME.has(key) && isJsonObject(value)
      ? mapEntries(value, (_name, inner) => within(inner))
      : within(value);
  });
}

function within(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(within);
  return isJsonObject(value) ? withDoubleLimits(value) : value;
}

function mapEntries(
  object: JsonObject,
  change: (key: string, value: JsonValue) => JsonValue,
): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, change(key, value)]),
  );
}

/** The double on whose sides the same doubles lie; null where the keyword is no limit. */
function parts(keyword: string, digits: string): number | null {
  switch (keyword) {
    case "maximum":
    case "exclusiveMinimum":
      return -doubleFrom(-BigInt(digits));
    case "minimum":
    case "exclusiveMaximum":
      return doubleFrom(BigInt(digits));
    default:
      return null;
  }
}

/** The lowest double that is an integer or more. */
function doubleFrom(integer: bigint): number {
  const nearest = Number(integer);
  if (!Number.isFinite(nearest) || nearest >= integer) return nearest;
  // The doubles of one sign are in the order of their bits.
  const bits = new BigInt64Array(1);
  const double = new Float64Array(bits.buffer);
  double[0] = nearest;
  bits[0] = (bits[0] ?? 0n) + (nearest > 0 ? 1n : -1n);
  return double[0];
}
