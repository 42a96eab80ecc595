/** `minimum`, `maximum` and their exclusive forms where no double holds them. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { checkJsonSchema, validateJson } from "#validation/json-schema/validate.ts";
import { withNumericLimits, withStoredLimits } from "#validation/json-schema/limit-places.ts";
import { readLimit } from "#validation/json-schema/limits.ts";

const INT64 = "9223372036854775807";
/** The double nearest to it, one above. */
const NEAREST = 2 ** 63;

describe("a limit", () => {
  it.each<[JsonValue, number | string | null]>([
    [5, 5],
    ["5", 5],
    ["1.50", 1.5],
    ["-0.5e1", -5],
    ["9007199254740991", 9_007_199_254_740_991],
    ["9007199254740992", "9007199254740992"],
    [INT64, INT64],
    [`-${INT64}`, `-${INT64}`],
    ["1e16", "10000000000000000"],
    ["9007199254740993.0", "9007199254740993"],
    ["1e22", 1e22],
    ["1e399", `1${"0".repeat(399)}`],
    ["1e400", null],
    ["9".repeat(400), "9".repeat(400)],
    ["9".repeat(401), null],
    ["", null],
    [" 5", null],
    ["0x10", null],
    ["five", null],
    ["Infinity", null],
    [true, null],
    [null, null],
    [[5], null],
  ])("written %j is stored as %j", (written, stored) => {
    expect(readLimit(written)).toEqual(stored);
    const found = checkJsonSchema({ maximum: written }).map(({ code }) => code);
    expect(found).toEqual(stored === null ? ["invalid_keyword"] : []);
  });
});

describe("a value", () => {
  it.each<[JsonObject, number, boolean]>([
    [{ maximum: INT64 }, NEAREST, false],
    [{ maximum: "9223372036854775808" }, NEAREST, true],
    [{ exclusiveMaximum: "9223372036854775808" }, NEAREST, false],
    [{ exclusiveMaximum: "9223372036854775809" }, NEAREST, true],
    [{ minimum: "9223372036854775808" }, NEAREST, true],
    [{ minimum: "9223372036854775809" }, NEAREST, false],
    [{ exclusiveMinimum: INT64 }, NEAREST, true],
    [{ exclusiveMinimum: "9223372036854775808" }, NEAREST, false],
    [{ minimum: `-${INT64}` }, -NEAREST, false],
    [{ minimum: `-${INT64}`, maximum: INT64 }, 0, true],
    [{ minimum: `-${INT64}`, maximum: INT64 }, 0.5, true],
    [{ minimum: "9007199254740992" }, 9_007_199_254_740_991, false],
    [{ maximum: "5" }, 5, true],
    [{ maximum: "5" }, 5.5, false],
    [{ properties: { a: { maximum: INT64 } }, maximum: 1 }, 2, false],
  ])("%j and %d: %j", (schema, value, fits) => {
    expect(validateJson(schema, value).length === 0).toBe(fits);
  });

  it.each<JsonValue>([INT64, "x", null, true, [], {}])(
    "of another type, %j, is not judged",
    (value) => {
      expect(validateJson({ maximum: INT64, minimum: `-${INT64}` }, value)).toEqual([]);
    },
  );

  it("that misses it gets a message with every digit", () => {
    expect(validateJson({ maximum: INT64 }, NEAREST)).toEqual([
      { pointer: "", keyword: "maximum", message: `must be ${INT64} or less` },
    ]);
  });

  it("that is a text where a number is asked for misses the type", () => {
    expect(validateJson({ type: "integer", maximum: INT64 }, INT64)).toMatchObject([
      { keyword: "type" },
    ]);
  });

  it("is compared with the integer itself, for any two numbers", () => {
    const large = fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n });
    fc.assert(
      fc.property(large, fc.integer({ min: -3, max: 3 }), fc.boolean(), (limit, off, isBelow) => {
        const sign = isBelow ? -1n : 1n;
        const value = Number(sign * (limit + BigInt(off)));
        const text = String(sign * limit);
        // Of 2^70, some are doubles of 22 digits, which are stored as numbers and mean the same.
        expect(validateJson({ maximum: text }, value).length === 0).toBe(
          BigInt(value) <= sign * limit,
        );
        expect(validateJson({ exclusiveMinimum: text }, value).length === 0).toBe(
          BigInt(value) > sign * limit,
        );
      }),
    );
  });
});

describe("a schema", () => {
  const written = {
    title: "t",
    properties: {
      b: { type: "integer", maximum: INT64, minimum: "1.0" },
      a: { anyOf: [{ exclusiveMaximum: "1e16" }, true], enum: ["1e16"] },
      maximum: { const: "5" },
    },
    items: { not: { maximum: "7" } },
    default: { maximum: "5", inner: { maximum: "5.0" } },
    "x-note": { maximum: "5" },
  };

  it("has its limits as they are stored, and all else as it was, in its order", () => {
    expect(JSON.stringify(withStoredLimits(written))).toBe(
      JSON.stringify({
        title: "t",
        properties: {
          b: { type: "integer", maximum: INT64, minimum: 1 },
          a: { anyOf: [{ exclusiveMaximum: "10000000000000000" }, true], enum: ["1e16"] },
          maximum: { const: "5" },
        },
        items: { not: { maximum: 7 } },
        default: { maximum: "5", inner: { maximum: "5.0" } },
        "x-note": { maximum: "5" },
      }),
    );
  });

  it("that is stored already stays as it is", () => {
    const stored = withStoredLimits(written);
    expect(withStoredLimits(stored)).toEqual(stored);
    expect(withStoredLimits(true)).toBe(true);
  });

  it("for a provider has numbers alone", () => {
    expect(withNumericLimits({ maximum: INT64, minimum: "5", items: { maximum: "1e16" } })).toEqual(
      {
        minimum: 5,
        items: {},
      },
    );
  });
});
