import { Validator } from "@cfworker/json-schema";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildValue } from "#ai/mock/value.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { validateJson } from "#validation/json-schema/validate.ts";
import { timesFloor } from "../../support/effort.ts";

const INT64 = "9223372036854775807";

const VARIABLES = { topic: "Launch", audience: "SMB" };

function build(schema: JsonObject | boolean, seed = "42"): JsonValue {
  const made = buildValue(schema, seed, VARIABLES);
  if (!made.ok) throw new Error(`${made.pointer} ${made.keyword}: ${made.message}`);
  return made.value;
}

describe("a value made for a schema", () => {
  it.each<[string, JsonObject | boolean]>([
    ["anything", true],
    ["a boolean", { type: "boolean" }],
    ["null", { type: "null" }],
    ["an enum", { enum: ["a", 1, null] }],
    ["an enum within a type", { enum: ["a", 1, null], type: "integer" }],
    ["two enums", { allOf: [{ enum: [1, 2] }, { enum: [2, 3] }] }],
    ["a constant", { const: { a: [1] } }],
    ["an open interval", { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 0.001 }],
    ["a single number", { type: "number", minimum: 0.1, maximum: 0.1 }],
    ["a negative integer", { type: "integer", maximum: -1_000 }],
    ["an integer of 64 bits", { type: "integer", minimum: "-9223372036854775808", maximum: INT64 }],
    ["an integer up to one of 64 bits", { type: "integer", exclusiveMaximum: INT64, minimum: "7" }],
    ["a large integer", { type: "integer", minimum: 1_000_000 }],
    ["a multiple", { type: "number", multipleOf: 0.05, minimum: 0.01 }],
    ["a multiple of two", { type: "integer", allOf: [{ multipleOf: 4 }, { multipleOf: 6 }] }],
    [
      "an exclusive multiple",
      { type: "integer", exclusiveMinimum: 10, multipleOf: 5, maximum: 15 },
    ],
    ["a short text", { type: "string", maxLength: 3 }],
    ["a long text", { type: "string", minLength: 500, maxLength: 600 }],
    ["a text of one length", { type: "string", minLength: 37, maxLength: 37 }],
    ["a pattern", { type: "string", pattern: "^[A-Z]{3}-\\d{4}$" }],
    ["a pattern with alternatives", { type: "string", pattern: "^(?:re|fwd): \\w+( \\w+)*[.!?]$" }],
    ["a pattern with a length", { type: "string", pattern: "^[a-z]+$", minLength: 40 }],
    ["a negated class", { type: "string", pattern: "^[^a-z]+$" }],
    ["a slug", { type: "string", pattern: "^[a-z0-9]+(?:-[a-z0-9]+)*$" }],
    ["a search", { type: "string", pattern: "@" }],
    ["a list", { type: "array", items: { type: "integer" }, minItems: 5 }],
    ["a list of at most one", { type: "array", items: {}, maxItems: 1 }],
    ["an empty list", { type: "array", items: false }],
    ["a tuple", { type: "array", prefixItems: [{ const: 1 }, { type: "string" }], items: false }],
    ["unique booleans", { type: "array", items: { type: "boolean" }, uniqueItems: true }],
    [
      "many unique texts",
      { type: "array", items: { type: "string" }, uniqueItems: true, minItems: 30 },
    ],
    [
      "what must be contained",
      { contains: { const: "x" }, minContains: 2, items: { type: "string" } },
    ],
    ["required without properties", { type: "object", required: ["a", "b"] }],
    ["at least three properties", { type: "object", minProperties: 3 }],
    ["at most one property", { properties: { a: {}, b: {}, c: {} }, maxProperties: 1 }],
    ["a forbidden property", { properties: { a: false, b: {} }, additionalProperties: false }],
    [
      "pattern properties",
      { patternProperties: { "^n_[a-z]+$": { type: "integer" } }, minProperties: 2 },
    ],
    [
      "names by rule",
      { type: "object", propertyNames: { pattern: "^[a-z]{4}$" }, minProperties: 2 },
    ],
    ["dependents", { required: ["a"], dependentRequired: { a: ["b"] }, type: "object" }],
    [
      "nullable",
      { properties: { a: { anyOf: [{ type: "null" }, { type: "integer" }] } }, required: ["a"] },
    ],
    [
      "exactly one",
      {
        type: "object",
        oneOf: [
          { properties: { kind: { const: "a" } }, required: ["kind"] },
          { properties: { kind: { const: "b" } }, required: ["kind"] },
        ],
      },
    ],
    [
      "a condition",
      { required: ["k"], if: { properties: { k: { const: 1 } } }, then: { required: ["z"] } },
    ],
    ["a negation", { type: "string", not: { minLength: 1 } }],
    [
      "a tree",
      {
        $defs: {
          node: {
            type: "object",
            properties: { name: { type: "string" }, children: { items: { $ref: "#/$defs/node" } } },
            required: ["name", "children"],
          },
        },
        $ref: "#/$defs/node",
      },
    ],
    [
      "a sealed combination",
      {
        allOf: [{ properties: { a: { type: "integer" } }, required: ["a"] }],
        properties: { b: { type: "string" } },
        unevaluatedProperties: false,
      },
    ],
  ])("is %s", (_, schema) => {
    const value = build(schema);
    expect(validateJson(schema, value), JSON.stringify(value)).toEqual([]);
  });

  it.each([
    "date",
    "date-time",
    "time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
    "json-pointer",
    "relative-json-pointer",
  ])("has the format %s", (format) => {
    const value = build({ type: "string", format });
    expect(value).toBeTypeOf("string");
    expect(new Validator({ format }, "2020-12").validate(value)).toEqual({
      valid: true,
      errors: [],
    });
  });

  it("mentions what the template was given", () => {
    const schema = {
      type: "object",
      properties: { draft: { type: "string" } },
      required: ["draft"],
    };
    expect(build(schema)).toEqual({
      draft: expect.stringMatching(/^Draft about Launch for SMB\. [A-Z].*\.$/) as unknown,
    });
  });

  it("has the optional properties too, in the order of the schema", () => {
    const schema = {
      properties: { title: { type: "string" }, call_to_action: { type: "string" } },
      required: ["call_to_action"],
    };
    const value = build(schema);
    expect(Object.entries(value ?? {})).toEqual([
      ["title", "Title about Launch for SMB"],
      ["call_to_action", "Call to action about Launch for SMB"],
    ]);
  });

  it("takes an example of the schema where there is one", () => {
    expect(build({ type: "string", examples: [5, "Q3 launch"] })).toBe("Q3 launch");
  });

  it("is the same for the same seed and differs for others", () => {
    const schema = { type: "array", items: { type: "integer" }, minItems: 5, maxItems: 5 };
    expect(build(schema, "1")).toEqual(build(schema, "1"));
    const values = ["1", "2", "3", "4"].map((seed) => JSON.stringify(build(schema, seed)));
    expect(new Set(values).size).toBe(4);
  });
});

describe("a schema that nothing satisfies", () => {
  it.each<[JsonObject | boolean, string, string]>([
    [false, "", "false"],
    [{ not: {} }, "", "not"],
    [{ type: "integer", minimum: INT64 }, "", "minimum"],
    [{ type: "integer", minimum: 10, maximum: 5 }, "", "maximum"],
    [{ type: "string", minLength: 5, maxLength: 2 }, "", "minLength"],
    [{ enum: [1, 2], minimum: 3 }, "", "minimum"],
    [{ type: "string", pattern: "^a$", minLength: 3 }, "", "minLength"],
    [
      { type: "object", properties: {}, required: ["a"], additionalProperties: false },
      "/a",
      "additionalProperties",
    ],
    [
      { type: "array", items: { type: "boolean" }, uniqueItems: true, minItems: 3 },
      "",
      "uniqueItems",
    ],
    [{ type: "array", minItems: 1_000_000 }, "", "minItems"],
    [{ $ref: "#" }, "", "schema"],
  ])("%j is reported by its place %j and keyword %s", (schema, pointer, keyword) => {
    expect(buildValue(schema, "42", VARIABLES)).toMatchObject({ ok: false, pointer, keyword });
  });

  it.each<[string, JsonObject]>([
    ["a huge text", { type: "string", minLength: 1_000_000_000 }],
    [
      "a huge list of long texts",
      { type: "array", minItems: 1_000_000, items: { type: "string", minLength: 10_000 } },
    ],
    ["a huge object", { type: "object", minProperties: 1_000_000 }],
    ["many contained items", { type: "array", contains: { type: "string" }, minContains: 1e9 }],
    [
      "twenty thousand different booleans",
      { type: "array", minItems: 20_000, uniqueItems: true, items: { type: "boolean" } },
    ],
    [
      "a tree of many alternatives",
      {
        $defs: {
          x: {
            anyOf: Array.from({ length: 200 }, () => ({
              type: "object",
              required: ["a", "b"],
              properties: { a: { $ref: "#/$defs/x" }, b: { $ref: "#/$defs/x" } },
            })),
          },
        },
        $ref: "#/$defs/x",
      },
    ],
  ])("such as %s is given up soon", (_, schema) => {
    let isBuilt = true;
    const effort = timesFloor(() => {
      isBuilt = buildValue(schema, "42", VARIABLES).ok;
    });
    expect(isBuilt).toBe(false);
    // 150 floors are about a second and a half on a machine of 2026; it takes 60.
    expect(effort).toBeLessThan(150);
  });
});

const bounds = fc
  .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }))
  .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);

const satisfiable = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small" },
    bounds.map(([minLength, maxLength]): JsonObject => ({ type: "string", minLength, maxLength })),
    bounds.map(([minimum, maximum]): JsonObject => ({ type: "integer", minimum, maximum })),
    bounds.map(([minimum, maximum]): JsonObject => ({ type: "number", minimum, maximum })),
    fc
      .constantFrom("date", "email", "uri", "uuid")
      .map((format): JsonObject => ({ type: "string", format })),
    fc.array(fc.jsonValue(), { minLength: 1, maxLength: 3 }).map((list): JsonObject => ({
      enum: list as JsonValue[],
    })),
    fc.constant<JsonObject>({ type: ["boolean", "null"] }),
    fc.tuple(tie("schema"), bounds).map(([items, [minItems, maxItems]]): JsonObject => ({
      type: "array",
      items,
      minItems: Math.min(minItems, 4),
      maxItems: Math.min(maxItems, 4),
    })),
    fc
      .tuple(
        fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("schema"), {
          noNullPrototype: true,
        }),
        fc.boolean(),
      )
      .map(([properties, additionalProperties]): JsonObject => ({
        type: "object",
        properties,
        required: Object.keys(properties).slice(0, 2),
        additionalProperties,
      })),
    fc
      .tuple(tie("schema"), tie("schema"))
      .map(([one, other]): JsonObject => ({ anyOf: [one, other] })),
  ),
})).schema;

describe("the mock's builder", () => {
  it("makes a valid value for every simple schema, for any seed", () => {
    fc.assert(
      fc.property(satisfiable, fc.string(), (schema, seed) => {
        const value = build(schema, seed);
        const library = new Validator(structuredClone(schema), "2020-12");
        expect(library.validate(value).valid).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
