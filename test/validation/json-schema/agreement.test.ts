import { Validator } from "@cfworker/json-schema";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { validateJson } from "#validation/json-schema/validate.ts";

/** Values so few that schemas and values often speak of the same. */
const scalar = fc.constantFrom<JsonValue>(null, true, 0, 1, 2.5, -3, "", "a", "ab", "long text");
const value = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;

const count = fc.integer({ min: 0, max: 3 });
const type = fc.constantFrom("string", "integer", "number", "object", "array", "null", "boolean");

const schema = fc.letrec<{ schema: JsonObject | boolean }>((tie) => {
  const one = tie("schema");
  const several = fc.array(one, { minLength: 1, maxLength: 3 });
  const named = fc.dictionary(fc.constantFrom("a", "b", "c"), one, {
    maxKeys: 2,
    noNullPrototype: true,
  });
  const keyword = fc.oneof(
    fc.record({ type }),
    fc.record({ enum: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
    fc.record({ const: scalar }),
    fc.record({ required: fc.uniqueArray(fc.constantFrom("a", "b"), { maxLength: 2 }) }),
    fc.record({ minLength: count }),
    fc.record({ maxItems: count }),
    fc.record({ minProperties: count }),
    fc.record({ minimum: fc.integer({ min: -3, max: 3 }) }),
    fc.record({ multipleOf: fc.constantFrom(1, 2, 0.5) }),
    fc.record({ uniqueItems: fc.boolean() }),
    fc.record({ properties: named }),
    fc.record({ additionalProperties: one }),
    fc.record({ propertyNames: one }),
    fc.record({ dependentSchemas: named }),
    fc.record({ items: one }),
    fc.record({ prefixItems: several }),
    fc.record({ contains: one, maxContains: fc.integer({ min: 1, max: 2 }) }),
    fc.record({ allOf: several }),
    fc.record({ anyOf: several }),
    fc.record({ oneOf: several }),
    fc.record({ not: one }),
    fc.record({ if: one, then: one, else: one }),
  );
  return {
    schema: fc.oneof(
      { depthSize: "small" },
      fc.boolean(),
      fc.array(keyword, { maxLength: 3 }).map((parts) => Object.assign({}, ...parts) as JsonObject),
    ),
  };
}).schema;

describe("our walk along a schema", () => {
  it("agrees with the library walking by itself, where that is safe and right", () => {
    fc.assert(
      fc.property(schema, value, (someSchema, someValue) => {
        const library = new Validator(structuredClone(someSchema), "2020-12", false);
        const fits = library.validate(someValue).valid;
        expect(validateJson(someSchema, someValue).length === 0).toBe(fits);
      }),
      { numRuns: 2_000 },
    );
  });
});
