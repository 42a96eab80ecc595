import { describe, expect, it } from "vitest";
import type { JsonValue } from "#model/json.ts";
import { checkJsonSchema } from "#validation/json-schema/validate.ts";

function codes(schema: JsonValue): string[] {
  return checkJsonSchema(schema).map(({ pointer, code }) => `${pointer} ${code}`);
}

function nested(depth: number): JsonValue {
  let schema: JsonValue = {};
  for (let level = 1; level < depth; level += 1) schema = { not: schema };
  return schema;
}

describe("a usable schema", () => {
  it.each<[string, JsonValue]>([
    ["true", true],
    ["false", false],
    ["an empty object", {}],
    ["one with its draft", { $schema: "https://json-schema.org/draft/2020-12/schema" }],
    ["one with draft-06", { $schema: "http://json-schema.org/draft-06/schema#" }],
    ["one with draft-07", { $schema: "https://json-schema.org/draft-07/schema" }],
    [
      "an address that ends with an empty fragment",
      { $id: "https://example.com/a#", $ref: "#/$defs/b", $defs: { b: {} } },
    ],
    ["one with unknown keywords", { "x-note": 1, title: 2, nullable: true }],
    ["a reference to a definition", { $defs: { a: {} }, $ref: "#/$defs/a" }],
    ["a reference to the older definitions", { definitions: { a: {} }, $ref: "#/definitions/a" }],
    ["a reference to an anchor", { $defs: { a: { $anchor: "here" } }, $ref: "#here" }],
    [
      "a reference to an embedded resource",
      {
        $id: "https://example.com/tree",
        $defs: { a: { $id: "leaf", $defs: { b: {} } } },
        $ref: "leaf#/$defs/b",
      },
    ],
    ["a reference by an escaped pointer", { $defs: { "a/b~c%": {} }, $ref: "#/$defs/a~1b~0c%25" }],
    ["a recursion that goes into the value", { properties: { next: { $ref: "#" } } }],
    ["names that objects inherit", { properties: { constructor: {}, toString: {} } }],
  ])("%s has no problems", (_, schema) => {
    expect(checkJsonSchema(schema)).toEqual([]);
  });
});

describe("an unusable schema", () => {
  it.each<[JsonValue, string[]]>([
    ["string", [" not_a_schema"]],
    [null, [" not_a_schema"]],
    [[], [" not_a_schema"]],
    [{ properties: { a: 1 } }, ["/properties/a not_a_schema"]],
    [{ properties: { "a/b": 1 } }, ["/properties/a~1b not_a_schema"]],
    [{ anyOf: [{}, "x"] }, ["/anyOf/1 not_a_schema"]],
    [{ type: "strng" }, ["/type invalid_keyword"]],
    [{ type: [] }, ["/type invalid_keyword"]],
    [{ type: ["string", "string"] }, ["/type invalid_keyword"]],
    [{ type: 5 }, ["/type invalid_keyword"]],
    [{ required: true }, ["/required invalid_keyword"]],
    [{ required: ["a", 1] }, ["/required invalid_keyword"]],
    [{ required: ["a", "a"] }, ["/required invalid_keyword"]],
    [{ dependentRequired: { a: "b" } }, ["/dependentRequired invalid_keyword"]],
    [{ properties: [] }, ["/properties invalid_keyword"]],
    [{ anyOf: [] }, ["/anyOf invalid_keyword"]],
    [{ allOf: {} }, ["/allOf invalid_keyword"]],
    [{ items: [{}] }, ["/items invalid_keyword"]],
    [{ minimum: "one" }, ["/minimum invalid_keyword"]],
    [{ exclusiveMinimum: true }, ["/exclusiveMinimum invalid_keyword"]],
    [{ multipleOf: 0 }, ["/multipleOf invalid_keyword"]],
    [{ minLength: -1 }, ["/minLength invalid_keyword"]],
    [{ maxItems: 1.5 }, ["/maxItems invalid_keyword"]],
    [{ uniqueItems: "yes" }, ["/uniqueItems invalid_keyword"]],
    [{ enum: "a" }, ["/enum invalid_keyword"]],
    [{ enum: [] }, ["/enum invalid_keyword"]],
    [{ pattern: 1 }, ["/pattern invalid_keyword"]],
    [{ pattern: "(" }, ["/pattern invalid_pattern"]],
    [{ pattern: "(?=a)" }, ["/pattern invalid_pattern"]],
    [{ patternProperties: { "(": {} } }, ["/patternProperties/( invalid_pattern"]],
    [{ $ref: 1 }, ["/$ref invalid_keyword"]],
    [{ $anchor: "no spaces" }, ["/$anchor invalid_keyword"]],
    [{ $id: "x#y" }, ["/$id invalid_keyword"]],
    [{ $schema: "http://json-schema.org/draft-04/schema#" }, ["/$schema unsupported_draft"]],
    [{ $dynamicRef: "#a" }, ["/$dynamicRef forbidden_keyword"]],
    [{ $defs: { a: { $dynamicAnchor: "a" } } }, ["/$defs/a/$dynamicAnchor forbidden_keyword"]],
    [{ $recursiveRef: "#" }, ["/$recursiveRef forbidden_keyword"]],
    [{ $ref: "https://example.com/x" }, ["/$ref remote_ref"]],
    [{ $ref: "other.json#/a" }, ["/$ref remote_ref"]],
    [{ $ref: "#/$defs/none" }, ["/$ref unresolved_ref"]],
    [{ $ref: "#none" }, ["/$ref unresolved_ref"]],
    [{ $ref: "#/%" }, ["/$ref unresolved_ref"]],
    [{ $ref: "http://[" }, ["/$ref unresolved_ref"]],
    [{ properties: {}, $ref: "#/properties" }, ["/$ref unresolved_ref"]],
    [{ $defs: { a: { $anchor: "x" }, b: { $anchor: "x" } } }, ["/$defs/b/$anchor duplicate_id"]],
    [{ $defs: { a: { $id: "x" }, b: { $id: "x" } } }, ["/$defs/b/$id duplicate_id"]],
    [{ $ref: "#" }, ["/$ref recursive_ref"]],
    [{ anyOf: [{ type: "string" }, { $ref: "#" }] }, ["/anyOf/1/$ref recursive_ref"]],
    [
      { $defs: { a: { $ref: "#/$defs/b" }, b: { not: { $ref: "#/$defs/a" } } } },
      ["/$defs/b/not/$ref recursive_ref"],
    ],
    [{ dependentSchemas: { a: { $ref: "#" } } }, ["/dependentSchemas/a/$ref recursive_ref"]],
  ])("%j: %j", (schema, expected) => {
    expect(codes(schema)).toEqual(expected);
  });

  it("gets all its problems at once", () => {
    const schema = {
      type: "strng",
      properties: { a: { minimum: "one" }, b: { pattern: "(" } },
      $ref: "#/nowhere",
    };
    expect(codes(schema).toSorted()).toEqual([
      "/$ref unresolved_ref",
      "/properties/a/minimum invalid_keyword",
      "/properties/b/pattern invalid_pattern",
      "/type invalid_keyword",
    ]);
  });

  it("has a message for what is wrong", () => {
    expect(checkJsonSchema({ type: "strng" })[0]?.message).toBe(
      '"type" must contain only types among array, boolean, integer, null, number, object, string, not "strng".',
    );
    expect(checkJsonSchema({ $ref: "https://example.com/x" })[0]?.message).toBe(
      '"https://example.com/x" is not in this document; nothing is fetched.',
    );
    expect(checkJsonSchema({ items: [{}] })[0]?.message).toBe(
      'A list of schemas by position is written "prefixItems" in draft 2020-12.',
    );
  });
});

describe("the limits of a schema", () => {
  it("may be nested 32 deep and no deeper", () => {
    expect(codes(nested(32))).toEqual([]);
    expect(codes(nested(33))).toEqual([" too_deep"]);
  });

  it("refuses a nesting at which writing the schema out would overflow", () => {
    expect(codes(nested(20_000))).toEqual([" too_deep"]);
  });

  it("may have 32 KiB and no more", () => {
    const filled = (bytes: number): JsonValue => ({ title: "x".repeat(bytes - 12) });
    expect(JSON.stringify(filled(32_768))).toHaveLength(32_768);
    expect(codes(filled(32_768))).toEqual([]);
    expect(codes(filled(32_769))).toEqual([" too_large"]);
  });

  it("may have patterns up to a size of 100,000 together and no more", () => {
    // Each of these has the size 20,000.
    const patterns = ["a", "b", "c", "d", "e"].map((letter) => ({
      pattern: `${letter.repeat(14)}${letter}{999}`,
    }));
    expect(codes({ allOf: patterns })).toEqual([]);
    expect(codes({ allOf: [...patterns, { pattern: "f" }] })).toEqual([
      "/allOf/5/pattern too_complex",
    ]);
  });

  it("may expand its references to 200,000 schemas and no more", () => {
    const doubling = (levels: number): JsonValue => {
      const $defs: Record<string, JsonValue> = { [`a${levels}`]: {} };
      for (let level = 0; level < levels; level += 1) {
        const next = { $ref: `#/$defs/a${level + 1}` };
        $defs[`a${level}`] = { allOf: [next, next] };
      }
      return { $defs, $ref: "#/$defs/a0" };
    };
    // 1 + s(n), with s(n) = 3 + 2 s(n − 1) and s(0) = 1: 131,070 for 15 levels, 262,142 for 16.
    expect(codes(doubling(15))).toEqual([]);
    expect(codes(doubling(16))).toEqual([" too_complex"]);
  });
});
