/** The reference's own reading of limits in quotes, against the engine's and against integers. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "#model/json.ts";
import { judge } from "#parity/model-answer.ts";
import { withDoubleLimits } from "#parity/schema-limits.ts";
import { validateJson } from "#validation/json-schema/validate.ts";

const INT64 = "9223372036854775807";

describe("limits in quotes", () => {
  it("become doubles where they are limits, and stay texts where they are values", () => {
    const schema = {
      maximum: INT64,
      minimum: INT64,
      exclusiveMaximum: INT64,
      exclusiveMinimum: `-${INT64}`,
      enum: [{ maximum: INT64 }],
      properties: { enum: { maximum: "9223372036854775808" }, minimum: { const: INT64 } },
      anyOf: [{ not: { minimum: "9007199254740993" } }],
    };
    expect(withDoubleLimits(schema)).toEqual({
      maximum: 9223372036854774784,
      minimum: 2 ** 63,
      exclusiveMaximum: 2 ** 63,
      exclusiveMinimum: -(2 ** 63),
      enum: [{ maximum: INT64 }],
      properties: { enum: { maximum: 2 ** 63 }, minimum: { const: INT64 } },
      anyOf: [{ not: { minimum: 9007199254740994 } }],
    });
  });

  it("of hundreds of digits part nothing", () => {
    const huge = "9".repeat(400);
    expect(judge("1e308", { maximum: huge, minimum: `-${huge}` }).fits).toBe(true);
    expect(judge("1e308", { minimum: huge }).fits).toBe(false);
  });

  it("judge as the engine does", () => {
    const limit = fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n });
    const keyword = fc.constantFrom("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");
    // Doubles of 10^21 and more are exact as JSON numbers; smaller ones could not be answered.
    const answer = fc
      .oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(1e21, 1e22, 2 ** 75, -(2 ** 75)))
      .map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(limit, fc.boolean(), keyword, answer, (digits, isBelow, name, text) => {
        const schema: JsonObject = { [name]: String(isBelow ? -digits : digits) };
        const fits = validateJson(schema, JSON.parse(text)).length === 0;
        expect(judge(text, schema).fits).toBe(fits);
      }),
    );
  });
});
