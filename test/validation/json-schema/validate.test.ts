import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { validateJson } from "#validation/json-schema/validate.ts";

type Case = [schema: JsonObject | boolean, right: JsonValue[], wrong: JsonValue[]];

/** Cases in the spirit of the official suite of draft 2020-12, by keyword. */
const CASES: Record<string, Case[]> = {
  "boolean schemas": [
    [true, [null, 1, "a", {}, []], []],
    [false, [], [null, 1, "a", {}, []]],
  ],
  type: [
    [{ type: "integer" }, [1, 1.0, -5], [1.1, "1", null, true]],
    [{ type: "number" }, [1, 1.5], ["1", null]],
    [{ type: "string" }, ["", "a"], [1, null, [], {}]],
    [{ type: "object" }, [{}], [[], null, "{}"]],
    [{ type: "array" }, [[]], [{}, null]],
    [{ type: "null" }, [null], [0, "", false]],
    [{ type: ["integer", "string"] }, [1, "a"], [1.5, null, true]],
  ],
  "enum and const": [
    [
      { enum: [6, "foo", [], true, { foo: 12 }] },
      [[], { foo: 12 }, true],
      [{ foo: "12" }, 1, "true"],
    ],
    [{ const: { a: 1, b: [2] } }, [{ b: [2], a: 1 }], [{ a: 1 }, { a: 1, b: [2], c: 3 }]],
    [{ const: false }, [false], [0, null, "", []]],
    [{ const: null }, [null], [0, "null"]],
    [{ const: 1 }, [1, 1.0], [true, "1"]],
  ],
  numbers: [
    [{ minimum: 1.1 }, [1.1, 2, "x"], [0.6]],
    [{ exclusiveMaximum: 3 }, [2.9, "x"], [3, 4]],
    [{ multipleOf: 0.01 }, [0.07, 19.99, 4.35], [0.075]],
    [{ multipleOf: 2 }, [10, "x"], [7]],
  ],
  strings: [
    [{ minLength: 2 }, ["fo", "💩💩", 100], ["f", "💩"]],
    [{ maxLength: 2 }, ["💩💩"], ["foo"]],
    [{ pattern: "^a*$" }, ["", "aaa", true, 12], ["abc"]],
    [{ pattern: "a+" }, ["xxaayy"], ["xxyy"]],
    [{ format: "date" }, ["2024-02-29", 12], ["2026-02-29", "2026-1-1", "x"]],
    [{ format: "date-time" }, ["2026-01-01T10:00:00Z"], ["2026-01-01", "2026-01-01T10:00:00"]],
    [{ format: "email" }, ["joe@example.com"], ["joe", "@example.com"]],
    [{ format: "uri" }, ["https://example.com/a?b#c", "urn:a:b"], ["//example.com", "a b"]],
    [{ format: "uuid" }, ["2eb8aa08-aa98-11ea-b4aa-73b441d16380"], ["2eb8aa08"]],
    [{ format: "ipv4" }, ["192.0.2.1"], ["256.0.0.1"]],
    [{ format: "unknown" }, ["anything"], []],
  ],
  arrays: [
    [{ items: { type: "integer" } }, [[1, 2], [], {}], [[1, "x"]]],
    [{ items: false }, [[]], [[1]]],
    [{ prefixItems: [{ type: "integer" }, { type: "string" }] }, [[1, "a", 5], [1], []], [["a"]]],
    [{ prefixItems: [{}], items: { type: "integer" } }, [["a", 2]], [["a", "b"]]],
    [{ minItems: 1, maxItems: 2 }, [[1], [1, 2], "x"], [[], [1, 2, 3]]],
    [{ contains: { const: 5 } }, [[3, 5], {}], [[], [3]]],
    [
      { contains: { const: 1 }, minContains: 2, maxContains: 3 },
      [
        [1, 1],
        [1, 1, 1],
      ],
      [[1], [1, 1, 1, 1]],
    ],
    [{ contains: { const: 1 }, minContains: 0 }, [[], [2]], []],
    [
      { uniqueItems: true },
      [[1, true], [0, false], [[1], [true]], [{ a: 1 }, { a: 2 }], ["1", 1], []],
      [
        [1, 1],
        [
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ],
        [[1], [1]],
        [null, null],
        [1, 1.0],
      ],
    ],
    [{ uniqueItems: false }, [[1, 1]], []],
  ],
  objects: [
    [{ required: ["a"] }, [{ a: null }, [], "x"], [{}, { b: 1 }]],
    [{ required: ["toString", "__proto__"] }, [], [{}]],
    [{ properties: { a: { type: "integer" }, b: false } }, [{ a: 1 }, {}], [{ a: "x" }, { b: 1 }]],
    [
      { properties: { constructor: { type: "number" } } },
      [{}, { constructor: 1 }],
      [{ constructor: "x" }],
    ],
    [
      {
        properties: { foo: {} },
        patternProperties: { "^v": { type: "integer" } },
        additionalProperties: { type: "boolean" },
      },
      [{ foo: 1, vroom: 2, other: true }],
      [{ other: 1 }, { vroom: "x" }],
    ],
    [{ additionalProperties: false }, [{}], [{ a: 1 }]],
    [{ propertyNames: { maxLength: 3 } }, [{ abc: 1 }, {}], [{ abcd: 1 }]],
    [{ minProperties: 1, maxProperties: 2 }, [{ a: 1 }], [{}, { a: 1, b: 2, c: 3 }]],
    [{ dependentRequired: { a: ["b"] } }, [{}, { b: 1 }, { a: 1, b: 2 }], [{ a: 1 }]],
    [{ dependentSchemas: { a: { required: ["b"] } } }, [{ b: 1 }, { a: 1, b: 2 }], [{ a: 1 }]],
  ],
  combinations: [
    [{ allOf: [{ minimum: 1 }, { maximum: 3 }] }, [2], [0, 4]],
    [{ anyOf: [{ type: "integer" }, { minimum: 2 }] }, [1, 2.5], [1.5]],
    [{ oneOf: [{ type: "integer" }, { minimum: 2 }] }, [1, 2.5], [3, 1.5]],
    [{ not: { type: "integer" } }, ["x", 1.5], [1]],
    [{ not: { pattern: "^a" } }, ["b"], ["a", 1]],
    [
      { if: { pattern: "^a" }, then: { maxLength: 2 }, else: { minLength: 3 } },
      ["ab", "bcd"],
      ["abc", "b"],
    ],
    [{ then: false, else: false }, [1], []],
  ],
  references: [
    [
      { $defs: { a: { type: "integer" } }, properties: { x: { $ref: "#/$defs/a" } } },
      [{ x: 1 }],
      [{ x: "1" }],
    ],
    [{ $defs: { a: { minimum: 2 } }, $ref: "#/$defs/a", maximum: 3 }, [2, 3], [1, 4]],
    [
      { properties: { value: { type: "number" }, next: { $ref: "#" } }, required: ["value"] },
      [{ value: 1, next: { value: 2 } }],
      [{ value: 1, next: {} }],
    ],
    [{ $defs: { a: { $anchor: "n", type: "null" } }, items: { $ref: "#n" } }, [[null]], [[1]]],
    [
      {
        $id: "https://example.com/root",
        $defs: { a: { $id: "item", $defs: { s: { type: "string" } }, $ref: "#/$defs/s" } },
        $ref: "item",
      },
      ["x"],
      [1],
    ],
  ],
  unevaluated: [
    [
      { allOf: [{ properties: { a: {} } }], properties: { b: {} }, unevaluatedProperties: false },
      [{ a: 1, b: 2 }],
      [{ c: 1 }],
    ],
    [
      {
        anyOf: [
          { properties: { kind: { const: "x" }, x: {} }, required: ["x"] },
          { properties: { kind: { const: "y" }, y: {} }, required: ["y"] },
        ],
        unevaluatedProperties: false,
      },
      [
        { kind: "x", x: 1 },
        { kind: "y", y: 1 },
      ],
      [{ kind: "x", x: 1, y: 1 }],
    ],
    [
      {
        if: { properties: { a: { const: 1 } }, required: ["a"] },
        then: { properties: { b: {} } },
        unevaluatedProperties: false,
      },
      [{ a: 1, b: 2 }],
      [{ a: 2 }, { b: 2 }],
    ],
    [{ not: { not: { properties: { a: {} } } }, unevaluatedProperties: false }, [{}], [{ a: 1 }]],
    [
      { patternProperties: { "^a": {} }, unevaluatedProperties: { type: "null" } },
      [{ ab: 1, c: null }],
      [{ c: 1 }],
    ],
    [{ prefixItems: [{}], unevaluatedItems: false }, [[1], []], [[1, 2]]],
    [
      { contains: { type: "string" }, unevaluatedItems: { type: "integer" } },
      [["a", 1]],
      [["a", null]],
    ],
    [{ allOf: [{ prefixItems: [{}, {}] }], unevaluatedItems: false }, [[1, 2]], [[1, 2, 3]]],
    [{ items: {}, unevaluatedItems: false }, [[1, 2, 3]], []],
  ],
};

describe.each(Object.entries(CASES))("%s", (_, cases) => {
  it.each(cases)("%j", (schema, right, wrong) => {
    for (const value of right) {
      expect(validateJson(schema, value), JSON.stringify(value)).toEqual([]);
    }
    for (const value of wrong) {
      expect(validateJson(schema, value), JSON.stringify(value)).not.toEqual([]);
    }
  });
});

describe("a violation", () => {
  it.each<[JsonObject, JsonValue, string[]]>([
    [
      { properties: { a: { type: "string" } } },
      { a: 1 },
      ["/a type: must be of type string, but is a number"],
    ],
    [{ type: ["string", "null"] }, [], [" type: must be of type string or null, but is an array"]],
    [{ required: ["a", "b"] }, { a: 1 }, [' required: lacks the required property "b"']],
    [
      { required: ["a", "b", "c"] },
      {},
      [' required: lacks the required properties "a", "b" and "c"'],
    ],
    [{ enum: ["a", "b"] }, "c", [' enum: must be one of "a" or "b"']],
    [{ const: { a: 1 } }, 2, [' const: must be exactly {"a":1}']],
    [{ minLength: 1 }, "", [" minLength: must have at least 1 character"]],
    [{ maxItems: 2 }, [1, 2, 3], [" maxItems: must have at most 2 items"]],
    [{ minProperties: 2 }, {}, [" minProperties: must have at least 2 properties"]],
    [{ minimum: 5 }, 1, [" minimum: must be 5 or more"]],
    [{ format: "email" }, "x", [" format: must be a valid email"]],
    [{ pattern: "^a" }, "b", [" pattern: must match the pattern ^a"]],
    [
      { additionalProperties: false, properties: { a: true } },
      { a: 1, "b/c": 2 },
      ["/b~1c additionalProperties: is not allowed here"],
    ],
    [
      { propertyNames: { pattern: "^a" } },
      { b: 1 },
      ["/b propertyNames: has a name that must match the pattern ^a"],
    ],
    [
      { dependentRequired: { a: ["b", "c"] } },
      { a: 1, b: 2 },
      [' dependentRequired: has "a" and so must have "c" too'],
    ],
    [{ not: {} }, 1, [' not: must not fit the schema of "not"']],
    [{ oneOf: [{}, {}] }, 1, [" oneOf: must fit exactly one of the alternatives, but fits 2"]],
    [{ uniqueItems: true }, [1, 1], [" uniqueItems: must not contain an item twice"]],
    [
      { contains: { const: 1 } },
      [2],
      [" contains: must contain at least 1 matching items, but has 0"],
    ],
  ])("of %j by %j says %j", (schema, value, expected) => {
    const told = validateJson(schema, value).map(
      ({ pointer, keyword, message }) => `${pointer} ${keyword}: ${message}`,
    );
    expect(told).toEqual(expected);
  });

  it("is reported once, where it is, and not again by every schema around it", () => {
    const schema = {
      $defs: { item: { type: "object", properties: { id: { type: "integer" } } } },
      properties: { list: { allOf: [{ items: { $ref: "#/$defs/item" } }] } },
    };
    expect(validateJson(schema, { list: [{ id: "x" }] })).toEqual([
      {
        pointer: "/list/0/id",
        keyword: "type",
        message: "must be of type integer, but is a string",
      },
    ]);
  });

  it("of alternatives that differ in type names them together", () => {
    const schema = { anyOf: [{ type: "string" }, { type: "null" }] };
    expect(validateJson(schema, 1)).toEqual([
      {
        pointer: "",
        keyword: "anyOf",
        message:
          "must be of type string, but is a number, or must be of type null, but is a number",
      },
    ]);
  });

  it("of alternatives told apart by a constant is about the one that was meant", () => {
    const schema = {
      oneOf: [
        { properties: { kind: { const: "a" }, x: { type: "integer" } }, required: ["kind", "x"] },
        { properties: { kind: { const: "b" }, y: { type: "integer" } }, required: ["kind", "y"] },
      ],
    };
    expect(validateJson(schema, { kind: "b", y: "no" })).toEqual([
      { pointer: "/y", keyword: "type", message: "must be of type integer, but is a string" },
    ]);
  });

  it("of a wrong type hides what else is missed by the same value", () => {
    const schema = { type: "string", minimum: 5, not: { type: "number" } };
    expect(validateJson(schema, 1).map((violation) => violation.keyword)).toEqual(["type"]);
  });

  it("is one of ten at most", () => {
    const schema = { items: { type: "string" } };
    expect(validateJson(schema, Array<number>(10).fill(1))).toHaveLength(10);
    expect(validateJson(schema, Array<number>(11).fill(1))).toHaveLength(10);
  });

  it("of an unusable schema says so", () => {
    expect(validateJson({ type: "strng" }, "x")).toEqual([
      {
        pointer: "",
        keyword: "schema",
        message: expect.stringContaining(
          'cannot be checked, the schema is not usable: "type"',
        ) as unknown,
      },
    ]);
  });
});

describe("a schema", () => {
  it("is not written to, and may be frozen", () => {
    const schema = Object.freeze({ type: "string", $defs: Object.freeze({ a: true }) });
    expect(validateJson(schema, "x")).toEqual([]);
    expect(Object.getOwnPropertyNames(schema)).toEqual(["type", "$defs"]);
  });

  it("takes a member named __proto__ as any other", () => {
    const value = JSON.parse('{"__proto__": {"a": 1}}') as JsonValue;
    expect(validateJson({ additionalProperties: { type: "string" } }, value)).toEqual([
      {
        pointer: "/__proto__",
        keyword: "type",
        message: "must be of type string, but is an object",
      },
    ]);
  });
});
