import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { checkJsonSchema, judgeJson, validateJson } from "#validation/json-schema/validate.ts";
import { timesFloor } from "../../support/effort.ts";

/** Both the check and the validation, with what they took. */
function attack(schema: JsonObject, value: JsonValue) {
  let problems: string[] = [];
  let keywords: string[] = [];
  const effort = timesFloor(() => {
    problems = checkJsonSchema(schema).map((problem) => problem.code);
    keywords = validateJson(schema, value).map((violation) => violation.keyword);
  });
  return { problems, keywords, effort };
}

function list<T>(length: number, item: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => item(index));
}

function nestedList(depth: number): JsonValue {
  let value: JsonValue = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
}

function tree(depth: number): JsonValue {
  return depth === 0 ? 1 : [tree(depth - 1), tree(depth - 1)];
}

const objects = list(20_000, (index) => ({ id: index, name: `n${index}` }));

const ATTACKS: [name: string, schema: JsonObject, value: JsonValue, keywords: string[]][] = [
  [
    "a pattern that backtracks, by 28 characters",
    { pattern: "^(a+)+$" },
    `${"a".repeat(28)}!`,
    ["pattern"],
  ],
  ["a pattern on a long text", { pattern: "^(a|aa)+$" }, `${"a".repeat(250_000)}!`, ["pattern"]],
  [
    "a large pattern on a long text",
    { pattern: `(?:a|b)*a.{900}c` },
    "ab".repeat(120_000),
    ["work_limit"],
  ],
  [
    "a pattern nested under alternatives",
    { anyOf: [{ not: { pattern: "^(a+)+$" } }, { if: { pattern: "(a*)*b" }, then: false }] },
    `${"a".repeat(10_000)}!`,
    [],
  ],
  [
    "a pattern of property names",
    { patternProperties: { "^(a+)+$": false } },
    { [`${"a".repeat(28)}!`]: 1 },
    [],
  ],
  ["uniqueItems on 20,000 objects", { uniqueItems: true }, objects, []],
  [
    "uniqueItems on 20,000 objects, two the same",
    { uniqueItems: true },
    [...objects, { name: "n1", id: 1 }],
    ["uniqueItems"],
  ],
  ["a value nested 100,000 deep", { items: { $ref: "#" } }, nestedList(100_000), ["work_limit"]],
  ["uniqueItems on a deep value", { uniqueItems: true }, [nestedList(100_000)], ["work_limit"]],
  [
    "alternatives that double at every level of the value",
    { anyOf: list(3, () => ({ maxItems: 0, items: { $ref: "#" } })) },
    tree(12),
    ["work_limit"],
  ],
  [
    "references that double, below the limit of the check, on many items",
    {
      $defs: Object.fromEntries(
        list(12, (level) => {
          const next = level === 11 ? false : { $ref: `#/$defs/a${level + 1}` };
          return [`a${level}`, { anyOf: [next, next] }];
        }),
      ),
      items: { $ref: "#/$defs/a0" },
    },
    list(1_000, () => 1),
    ["work_limit"],
  ],
  [
    "a long list of allowed values, on many items",
    { items: { enum: ["x".repeat(30_000)] } },
    list(100_000, () => 1),
    Array<string>(10).fill("enum"),
  ],
  [
    "a format of a long text, in many alternatives",
    { anyOf: list(700, () => ({ format: "uri", minLength: 1_000_000 })) },
    `http://${"a".repeat(250_000)}`,
    ["work_limit"],
  ],
  [
    "many properties, on many items",
    { items: { properties: Object.fromEntries(list(1_200, (index) => [`p${index}`, true])) } },
    list(50_000, () => ({})),
    ["work_limit"],
  ],
  [
    "many alternatives for an object of many members",
    { anyOf: list(900, () => ({ minProperties: 1_000_000 })) },
    Object.fromEntries(list(20_000, (index) => [`k${index}`, 1])),
    ["work_limit"],
  ],
  [
    "many patterns for many members",
    {
      patternProperties: Object.fromEntries(list(80, (index) => [`^(a|b)*k{1,50}${index}`, true])),
    },
    Object.fromEntries(list(20_000, (index) => [`k${index}`, 1])),
    ["work_limit"],
  ],
];

describe("a schema and a value that mean harm", () => {
  it.each(ATTACKS)("%s: end soon", (_, schema, value, keywords) => {
    const result = attack(schema, value);
    expect(result).toMatchObject({ problems: [], keywords });
    expect(result.effort).toBeLessThan(100);
  });

  it("refers to itself and is refused at once", () => {
    const result = attack({ $ref: "#" }, 1);
    expect(result).toMatchObject({ problems: ["recursive_ref"], keywords: ["schema"] });
    expect(result.effort).toBeLessThan(10);
  });
});

describe("the work of validating", () => {
  const items = (count: number): JsonValue => list(count, () => 1);
  const schema = { items: { type: "integer" } };

  it("is one unit for each schema at each value", () => {
    expect(judgeJson(schema, items(10)).work).toBe(11);
  });

  it("may be 200,000 units and no more", () => {
    expect(LIMITS.jsonSchemaWork).toBe(200_000);
    expect(validateJson(schema, items(199_999))).toEqual([]);
    expect(validateJson(schema, items(200_000))).toEqual([
      { pointer: "", keyword: "work_limit", message: "is too large to check against its schema" },
    ]);
  });

  it("may go 400 evaluations deep and no deeper", () => {
    const deep = { items: { $ref: "#" } };
    // Each level of the value takes two: the item's schema and what it refers to.
    expect(validateJson(deep, nestedList(200))).toEqual([]);
    expect(validateJson(deep, nestedList(201))).toMatchObject([{ keyword: "work_limit" }]);
  });
});
