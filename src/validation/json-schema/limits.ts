/**
 * The limits of numbers in a JSON Schema: `minimum`, `maximum` and their exclusive forms. They
 * alone may be integers that a double does not hold, such as those of int64, written as a number
 * or in quotes. Owns where such a text may stand, how it reads, and the exact comparison.
 *
 * A value is a double (or a text, which no limit of numbers concerns), so comparing it with a
 * bigint is exact: the language compares the two by their mathematical values.
 */
import { isInexactNumber, plainDigits } from "#model/exact-json.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";

export const LIMIT_KEYWORDS = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
] as const;
type LimitKeyword = (typeof LIMIT_KEYWORDS)[number];

const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

/**
 * A limit as it is stored: a number where a double holds it, else its digits as a text. Null for
 * what is no number, and for one beyond `LIMITS.jsonSchemaLimitDigits` digits.
 */
export function readLimit(written: JsonValue): number | string | null {
  if (typeof written === "number") return written;
  if (typeof written !== "string" || !NUMBER.test(written)) return null;
  if (!isInexactNumber(written)) return Number(written);
  return plainDigits(written, LIMITS.jsonSchemaLimitDigits);
}

/** A limit that only digits hold. */
export interface LargeLimit {
  keyword: LimitKeyword;
  digits: string;
  value: bigint;
}

/** The limits of one schema (not of those inside it) that only digits hold. */
export function largeLimits(schema: JsonObject): LargeLimit[] {
  return LIMIT_KEYWORDS.flatMap((keyword) => {
    const digits = readLimit(schema[keyword] ?? null);
    return typeof digits === "string" ? [{ keyword, digits, value: BigInt(digits) }] : [];
  });
}

/** Whether a number keeps a limit, exactly. */
export function keepsLimit(value: number, { keyword, value: limit }: LargeLimit): boolean {
  switch (keyword) {
    case "minimum":
      return value >= limit;
    case "maximum":
      return value <= limit;
    case "exclusiveMinimum":
      return value > limit;
    case "exclusiveMaximum":
      return value < limit;
  }
}
