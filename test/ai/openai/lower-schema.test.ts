/** What part of a JSON Schema the provider's strict mode gets, and the way back. */
import { describe, expect, it } from "vitest";
import { restoreValue } from "#ai/openai/restore.ts";
import { lowerSchema } from "#ai/openai/lower-schema.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { validateJson } from "#validation/json-schema/validate.ts";
import { strictProblem } from "../../support/fake-openai.ts";
import { FACTS, readYaml } from "../../workflow/reading.ts";
import { seedNames, seedText } from "../../workflow/seeds.ts";

const closed = (properties: JsonObject): JsonObject => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  ...more,
});
const text = { type: "string" };

function strictly(schema: JsonObject | boolean) {
  const lowered = lowerSchema(schema);
  if (lowered.kind !== "strict") throw new Error(JSON.stringify(lowered));
  expect(strictProblem(lowered.schema, "")).toBeNull();
  return lowered;
}

describe("strict mode is sent", () => {
  it.each<[what: string, schema: JsonObject, told: JsonObject, notes: string[]]>([
    ["an object, closed", object({ a: text }), closed({ a: text }), []],
    [
      "limits as numbers, and none that would be rounded",
      object({ a: { type: "integer", minimum: "1", maximum: "9223372036854775807" } }),
      closed({ a: { type: "integer", minimum: 1 } }),
      ["/properties/a: maximum dropped"],
    ],
    [
      "an optional property as one that may be null",
      object({ a: text }, { required: [] }),
      closed({ a: { anyOf: [text, { type: "null" }] } }),
      [],
    ],
    [
      "an optional property that may be null as it is",
      object({ a: { type: ["string", "null"] } }, { required: [] }),
      closed({ a: { anyOf: [text, { type: "null" }] } }),
      [],
    ],
    [
      "the keywords that it knows",
      object({
        a: { type: "string", pattern: "^[a-z]+$", format: "email", title: "T", description: "D" },
        b: { type: "integer", minimum: 1, maximum: 9, multipleOf: 2 },
        c: {
          type: "array",
          items: { type: "number", exclusiveMinimum: 0 },
          minItems: 1,
          maxItems: 3,
        },
        d: { enum: ["x", "y"] },
        e: { const: 7 },
      }),
      closed({
        a: { type: "string", pattern: "^[a-z]+$", format: "email", title: "T", description: "D" },
        b: { type: "integer", minimum: 1, maximum: 9, multipleOf: 2 },
        c: {
          type: "array",
          items: { type: "number", exclusiveMinimum: 0 },
          minItems: 1,
          maxItems: 3,
        },
        d: { type: "string", enum: ["x", "y"] },
        e: { type: "number", const: 7 },
      }),
      [],
    ],
    [
      "nothing of the keywords that it does not know, and the history says so",
      object(
        {
          a: { type: "string", minLength: 1, maxLength: 5, format: "uri", pattern: "\\p{L}" },
          b: { type: "array", items: text, uniqueItems: true, contains: { const: "x" } },
          c: { type: "number", not: { const: 3 }, default: 1, examples: [2] },
        },
        { minProperties: 1, dependentRequired: { a: ["b"] } },
      ),
      closed({ a: text, b: { type: "array", items: text }, c: { type: "number" } }),
      [
        "the top: minProperties dropped",
        "the top: dependentRequired dropped",
        "/properties/a: minLength dropped",
        "/properties/a: maxLength dropped",
        "/properties/a: format dropped",
        "/properties/a: pattern dropped",
        "/properties/b: uniqueItems dropped",
        "/properties/b: contains dropped",
        "/properties/c: not dropped",
      ],
    ],
    [
      "several types one by one, each with its own keywords",
      object({ a: { type: ["string", "integer"], pattern: "^a", minimum: 2, enum: ["ab", 3] } }),
      closed({
        a: {
          anyOf: [
            { type: "string", pattern: "^a", enum: ["ab"] },
            { type: "integer", minimum: 2, enum: [3] },
          ],
        },
      }),
      [],
    ],
    [
      "alternatives",
      object({ a: { oneOf: [object({ k: { const: "x" } }), text], description: "Either." } }),
      closed({
        a: { anyOf: [closed({ k: { type: "string", const: "x" } }), text], description: "Either." },
      }),
      ["/properties/a: oneOf sent as anyOf"],
    ],
    [
      "references under $defs, however they are written",
      {
        ...object({
          a: { $ref: "#/definitions/node" },
          b: { allOf: [{ $ref: "#/definitions/node" }] },
        }),
        definitions: { node: object({ next: { $ref: "#/definitions/node" } }, { required: [] }) },
      },
      {
        ...closed({
          a: { $ref: "#/$defs/node" },
          b: closed({ next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } }),
        }),
        $defs: { node: closed({ next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } }) },
      },
      [],
    ],
    [
      "no property that must not be",
      object({ a: text, b: false }, { required: ["a"] }),
      closed({ a: text }),
      [],
    ],
  ])("%s", (_what, schema, told, notes) => {
    const lowered = strictly(schema);
    expect(lowered.schema).toEqual(told);
    expect(lowered.notes).toEqual(notes);
    expect(lowered.isWrapped).toBe(false);
  });

  it.each<[what: string, schema: JsonObject, told: JsonObject]>([
    ["a list", { type: "array", items: text }, { type: "array", items: text }],
    ["a choice of texts", { enum: ["a", "b"] }, { type: "string", enum: ["a", "b"] }],
    ["alternatives", { anyOf: [text, { type: "null" }] }, { anyOf: [text, { type: "null" }] }],
  ])("of %s at the top inside an object", (_what, schema, told) => {
    const lowered = strictly(schema);
    expect(lowered.schema).toEqual(closed({ value: told }));
    expect(lowered.isWrapped).toBe(true);
  });

  it("the schemas of all seed workflows", () => {
    const facts = { ...FACTS, templateIds: new Set(seedNames("templates")) };
    const schemas = seedNames("workflows").flatMap((name) => {
      const { definition } = readYaml(seedText(`workflows/${name}.yaml`), facts);
      const steps = definition?.steps ?? [];
      return steps.flatMap((step) =>
        step.type === "ai_generate" ? [step.config.json_schema] : [],
      );
    });
    expect(schemas.length).toBeGreaterThan(4);
    for (const schema of schemas) strictly(schema);
  });
});

describe("strict mode is not used", () => {
  const nested = (levels: number): JsonObject =>
    levels === 0 ? text : object({ a: nested(levels - 1) });
  const listing = (count: number) =>
    object({ a: { enum: Array.from({ length: count }, (_, index) => index) } });

  it.each<[what: string, schema: JsonObject, why: string]>([
    ["an open object", { type: "object" }, "the top is open to properties of any name"],
    [
      "a map",
      object({ a: { type: "object", additionalProperties: text } }),
      "/properties/a is open to properties of any name",
    ],
    [
      "an object that is open by its words",
      object({ a: text }, { additionalProperties: true }),
      "the top is open to properties of any name",
    ],
    [
      "names by pattern",
      object({}, { patternProperties: { "^a": text } }),
      'the top has "patternProperties"',
    ],
    [
      "a property without a description",
      object({ a: text }, { required: ["a", "b"] }),
      'the top requires "b" and does not describe it',
    ],
    [
      "conditions",
      object({ a: text }, { if: { required: ["a"] }, then: object({ b: text }) }),
      'the top has "if"',
    ],
    [
      "several schemas at once",
      object({ a: { allOf: [object({ b: text }), object({ c: text })] } }),
      '/properties/a has "allOf"',
    ],
    [
      "alternatives beside a shape",
      object({ a: text }, { anyOf: [object({ b: text })] }),
      'the top has "type" beside "anyOf"',
    ],
    [
      "a tuple",
      object({ a: { type: "array", prefixItems: [text], items: false } }),
      '/properties/a has "prefixItems"',
    ],
    [
      "a list of anything",
      object({ a: { type: "array" } }),
      "/properties/a does not describe its items",
    ],
    ["any value", object({ a: {} }), "/properties/a has no type"],
    ["true", object({ a: true }), "/properties/a takes any value"],
    [
      "constraints beside a reference",
      { ...object({ a: { $ref: "#/$defs/t", minLength: 1 } }), $defs: { t: text } },
      '/properties/a has "minLength" beside "$ref"',
    ],
    [
      "eleven levels",
      nested(11),
      `${"/properties/a".repeat(10)} is more than 10 levels deep`.replace(
        /^.{120}.*( is)/,
        (all, is: string) => `${all.slice(0, 119)}…${is}`,
      ),
    ],
    ["1001 values of enums", listing(1_001), "/properties/a is beyond 1000 values of enums"],
  ])("for %s: the schema goes out as it is", (_what, schema, why) => {
    expect(lowerSchema(schema)).toEqual({
      kind: "schema",
      schema,
      notes: [`not enforced while the model writes: ${why}`],
    });
  });

  it("but for ten levels and 1000 values of enums it is", () => {
    strictly(nested(10));
    strictly(listing(1_000));
  });

  it.each<[JsonObject | boolean, boolean]>([
    [true, false],
    [{}, false],
    [{ properties: { a: true } }, true],
    [{ type: "array" }, false],
    [{ type: "nonsense" }, false],
  ])("and of %j nothing is sent", (schema, isObject) => {
    expect(lowerSchema(schema)).toMatchObject({ kind: "none", isObject });
  });
});

describe("the way back", () => {
  const address = object({ street: text, unit: text }, { required: ["street"] });
  const shape = {
    oneOf: [
      object({ kind: { const: "a" }, x: text, note: text }, { required: ["kind", "x"] }),
      object({ kind: { const: "b" }, x: text, note: text }, { required: ["kind", "x"] }),
      text,
    ],
  };

  it.each<[what: string, schema: JsonObject, written: JsonValue, value: JsonValue]>([
    ["takes out a null that means nothing", address, { street: "s", unit: null }, { street: "s" }],
    [
      "keeps a null that is a value",
      object({ a: { type: ["string", "null"] } }, { required: [] }),
      { a: null },
      { a: null },
    ],
    ["keeps a null that is wrong", object({ a: text }), { a: null }, { a: null }],
    [
      "goes into lists",
      object({ l: { type: "array", items: address } }),
      { l: [{ street: "s", unit: null }] },
      { l: [{ street: "s" }] },
    ],
    [
      "goes through references",
      { ...object({ a: { $ref: "#/$defs/x" } }), $defs: { x: address } },
      { a: { street: "s", unit: null } },
      { a: { street: "s" } },
    ],
    [
      "goes into the alternative that was meant",
      object({ s: shape }),
      { s: { kind: "b", x: "1", note: null } },
      { s: { kind: "b", x: "1" } },
    ],
    [
      "goes into the only object of several kinds",
      object({ s: { anyOf: [address, text] } }),
      { s: { street: "s", unit: null } },
      { s: { street: "s" } },
    ],
    [
      "unpacks what is no object",
      { type: "array", items: address },
      { value: [{ street: "s", unit: null }] },
      [{ street: "s" }],
    ],
    ["takes what was not packed", { type: "array", items: text }, ["a"], ["a"]],
    [
      "leaves other answers as they are",
      address,
      { street: 5, more: null },
      { street: 5, more: null },
    ],
  ])("%s", (_what, schema, written, value) => {
    const lowered = strictly(schema);
    expect(restoreValue(lowered.root, lowered.isWrapped, written)).toEqual(value);
  });

  it("ends in a value that fits the full schema where the written one did not", () => {
    const lowered = strictly(address);
    const written = { street: "s", unit: null };
    expect(validateJson(address, written)).not.toEqual([]);
    expect(validateJson(address, restoreValue(lowered.root, false, written))).toEqual([]);
  });
});
