/** Lowering: no branch that nothing fits, words kept, annotations without effect, order kept. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildValue } from "#ai/mock/value.ts";
import { restoreValue } from "#ai/openai/restore.ts";
import { lowerSchema } from "#ai/openai/lower-schema.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { validateJson } from "#validation/json-schema/validate.ts";
import { strictProblem } from "../../support/fake-openai.ts";
import { acceptsPadded, emptyBranches } from "../../support/lowered.ts";

const closed = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});
const text = { type: "string" };
const nil = { type: "null" };

function strictly(schema: JsonObject | boolean) {
  const lowered = lowerSchema(schema);
  if (lowered.kind !== "strict") throw new Error(JSON.stringify(lowered));
  expect(strictProblem(lowered.schema, "")).toBeNull();
  return lowered;
}

/** What a property of that schema is lowered to. */
function told(schema: JsonValue, more: JsonObject = {}): JsonValue | undefined {
  const { properties } = strictly({ ...closed({ a: schema }), ...more }).schema;
  return (properties as JsonObject)["a"];
}

describe("a branch that nothing fits is not sent", () => {
  it.each<[schema: JsonObject, sent: JsonObject]>([
    [
      { type: ["string", "null"], enum: ["a", "b"] },
      { type: "string", enum: ["a", "b"] },
    ],
    [
      { type: ["null", "integer"], enum: [1] },
      { type: "integer", enum: [1] },
    ],
    [
      { type: ["string", "number", "boolean"], const: "x" },
      { type: "string", const: "x" },
    ],
    [
      { type: ["string", "null"], enum: ["a", null] },
      {
        anyOf: [
          { type: "string", enum: ["a"] },
          { type: "null", enum: [null] },
        ],
      },
    ],
    [
      { type: "string", enum: ["a", 1, null] },
      { type: "string", enum: ["a"] },
    ],
    [
      { type: "string", enum: ["a", "bb", "b"], pattern: "^b", minLength: 2 },
      { type: "string", pattern: "^b", enum: ["bb"] },
    ],
    [
      { type: "integer", enum: [1, 5, 9], minimum: 2, not: { const: 9 } },
      { type: "integer", minimum: 2, enum: [5] },
    ],
    [{ type: ["string", "null"], not: { type: "null" } }, text],
    [{ type: ["string", "null"], not: { const: null } }, text],
    [{ type: ["string", "boolean"], not: { enum: [true, false] } }, text],
    [{ type: ["string", "integer"], minimum: 3, maximum: 2 }, text],
    [{ type: ["string", "integer"], minimum: 1.2, maximum: 1.8 }, text],
    [{ type: ["string", "integer"], minimum: 11, maximum: 19, multipleOf: 10 }, text],
    [{ type: ["string", "number"], exclusiveMinimum: 1, maximum: 1 }, text],
    [{ type: ["integer", "string"], minLength: 3, maxLength: 2 }, { type: "integer" }],
    [{ type: ["array", "string"], items: text, minItems: 3, maxItems: 2 }, text],
    [{ type: ["array", "string"], items: { type: "string", enum: [1] }, minItems: 1 }, text],
    [{ type: ["array", "string"], items: text, contains: false }, text],
    [{ type: ["object", "string"], properties: { b: false }, required: ["b"] }, text],
    [
      {
        type: ["object", "string"],
        properties: { b: text },
        additionalProperties: false,
        required: ["c"],
      },
      text,
    ],
    [
      {
        type: ["object", "string"],
        properties: { b: text },
        additionalProperties: false,
        minProperties: 2,
      },
      text,
    ],
    [
      {
        type: ["object", "string"],
        properties: { b: text, c: text },
        required: ["b", "c"],
        maxProperties: 1,
      },
      text,
    ],
    [{ anyOf: [text, false] }, text],
    [{ anyOf: [text, { type: "integer", enum: ["x"] }, nil] }, { anyOf: [text, nil] }],
    [{ oneOf: [{ type: "string", enum: [1] }, { const: 7 }] }, { type: "number", const: 7 }],
    [
      { type: "string", anyOf: [{ type: "integer" }, { enum: ["a", 1] }, { const: 3 }] },
      { type: "string", enum: ["a"] },
    ],
    [
      { type: ["string", "null"], anyOf: [{ type: "integer" }, nil, { pattern: "^a" }] },
      { anyOf: [nil, { anyOf: [{ type: "string", pattern: "^a" }, nil] }] },
    ],
    [
      {
        type: "integer",
        anyOf: [
          { minimum: 1.2, maximum: 1.8 },
          { type: "number", minimum: 3 },
        ],
      },
      { type: "integer", minimum: 3 },
    ],
    [
      { type: "number", anyOf: [{ type: "integer", minimum: 1 }, text] },
      { type: "integer", minimum: 1 },
    ],
  ])("%j", (schema, sent) => {
    expect(told(schema)).toEqual(sent);
  });

  it("nor a property that takes no value, when it may be left out", () => {
    const { schema } = strictly({
      type: "object",
      properties: { a: text, b: { type: "string", enum: [1] }, c: { anyOf: [false, { not: {} }] } },
      required: ["a"],
    });
    expect(schema).toEqual(closed({ a: text }));
  });

  it("nor a schema that holds itself without end", () => {
    const $defs = { loop: closed({ next: { $ref: "#/$defs/loop" } }) };
    expect(told({ anyOf: [text, { $ref: "#/$defs/loop" }] }, { $defs })).toEqual(text);
    expect(lowerSchema({ ...closed({ a: { $ref: "#/$defs/loop" } }), $defs })).toMatchObject({
      kind: "schema",
      notes: [expect.stringContaining("takes no value") as unknown],
    });
  });

  it("and the history says so", () => {
    const { notes } = strictly(
      closed({ a: { type: ["string", "null"], enum: ["x"] }, b: { anyOf: [text, false] } }),
    );
    expect(notes).toEqual([
      "/properties/a: null left out, nothing fits it",
      "/properties/b/anyOf/1: left out, nothing fits it",
    ]);
  });
});

describe("the words beside a reference are kept", () => {
  const inner = { address: closed({ street: text }, { title: "Address", description: "Inner" }) };

  it("in the place of the reference, over those of its target", () => {
    const reference = { $ref: "#/$defs/address", description: "Where it goes" };
    expect(told(reference, { $defs: inner })).toEqual(
      closed({ street: text }, { title: "Address", description: "Where it goes" }),
    );
    expect(told({ allOf: [{ $ref: "#/$defs/address" }], title: "T" }, { $defs: inner })).toEqual(
      closed({ street: text }, { title: "T", description: "Inner" }),
    );
    expect(told({ $ref: "#/$defs/address" }, { $defs: inner })).toEqual({
      $ref: "#/$defs/address",
    });
  });

  it("through several references, and at the top", () => {
    const chain = {
      $defs: { ...inner, home: { $ref: "#/$defs/address", title: "Home" } },
      $ref: "#/$defs/home",
      description: "Top",
    };
    expect(strictly(chain).schema).toEqual(
      closed({ street: text }, { title: "Home", description: "Top" }),
    );
  });

  it("of a schema that holds itself, beside the reference", () => {
    const node = closed({ next: { $ref: "#/$defs/node", description: "Next" } });
    const schema = {
      $defs: { node: { ...node, required: [] } },
      ...closed({ a: { $ref: "#/$defs/node", description: "First" } }),
    };
    const next = { anyOf: [{ $ref: "#/$defs/node" }], description: "Next" };
    const lowered = closed({ next: { anyOf: [next, nil] } });
    expect(strictly(schema).schema).toEqual({
      ...closed({ a: { ...lowered, description: "First" } }),
      $defs: { node: lowered },
    });
  });

  it.each([
    (name: string): JsonObject => ({ $ref: `#/$defs/${name}`, description: "D" }),
    (name: string): JsonObject => ({ allOf: [{ $ref: `#/$defs/${name}` }] }),
  ])("without growing beyond a bound when references double", (reference) => {
    const $defs: JsonObject = { a14: text };
    for (let level = 0; level < 14; level += 1) {
      const next = reference(`a${level + 1}`);
      $defs[`a${level}`] = { anyOf: [next, next, nil] };
    }
    const { schema } = strictly({ $defs, ...closed({ a: { $ref: "#/$defs/a0" } }) });
    expect(JSON.stringify(schema).length).toBeLessThan(200_000);
  });

  it("beside the reference, where the target inlined would be beyond a limit of strict mode", () => {
    const $defs = { many: { enum: Array.from({ length: 600 }, (_, index) => index) } };
    const lowered = strictly({
      ...closed({
        a: { $ref: "#/$defs/many", description: "A" },
        b: { $ref: "#/$defs/many", description: "B" },
      }),
      $defs,
    });
    const reference = { anyOf: [{ $ref: "#/$defs/many" }] };
    expect(lowered.schema["properties"]).toEqual({
      a: { ...reference, description: "A" },
      b: { ...reference, description: "B" },
    });
  });
});

describe("annotations never switch strict mode off", () => {
  const ANNOTATIONS: JsonObject = {
    "x-order": 1,
    discriminator: { propertyName: "kind" },
    nullable: true,
    example: { a: 1 },
    examples: ["a"],
    default: null,
    title: "T",
    description: "D",
    deprecated: true,
    readOnly: true,
    writeOnly: false,
    $comment: "C",
    format: "int32",
    contentEncoding: "base64",
    contentMediaType: "text/plain",
    id: "old",
    propertyOrdering: ["a"],
    then: { type: "integer" },
    else: false,
  };
  const shapes: [string, JsonValue][] = [
    ["a text", text],
    ["an object", closed({ b: text })],
    ["a list", { type: "array", items: text }],
    ["an enum", { enum: ["a", 1] }],
    ["alternatives", { anyOf: [text, { type: "integer" }] }],
    ["exactly one of", { oneOf: [closed({ b: text }), nil] }],
    ["a reference", { $ref: "#/$defs/d" }],
    ["an allOf of one", { allOf: [{ $ref: "#/$defs/d" }] }],
    ["a type beside a reference", { type: "object", $ref: "#/$defs/d" }],
    [
      "a type beside alternatives",
      { type: "object", anyOf: [closed({ b: text }), closed({ c: text })] },
    ],
    [
      "a type beside references",
      { type: "object", oneOf: [{ $ref: "#/$defs/d" }, closed({ c: text })] },
    ],
  ];

  it.each(shapes)("%s, regardless of what stands beside it", (_what, shape) => {
    const $defs = { d: { ...closed({ x: text }), ...ANNOTATIONS } };
    const plain = told(shape, { $defs: { d: closed({ x: text }) } });
    for (const [key, value] of Object.entries(ANNOTATIONS)) {
      const annotated = { ...(shape as JsonObject), [key]: value };
      const lowered = told(annotated, { $defs: { d: closed({ x: text }) } });
      if (key === "title" || key === "description") {
        expect(lowered).toMatchObject({ [key]: value });
      } else expect(lowered).toEqual(plain);
    }
    told({ ...(shape as JsonObject), ...ANNOTATIONS }, { $defs, ...ANNOTATIONS });
  });

  it("and what restricts still does beside a reference", () => {
    const schema = { ...closed({ a: { $ref: "#/$defs/d", format: "date" } }), $defs: { d: text } };
    expect(lowerSchema(schema).kind).toBe("schema");
  });

  it("alternatives that are all objects are packed at the top", () => {
    const { schema, isWrapped } = strictly({
      type: "object",
      anyOf: [closed({ b: text }), closed({ c: text })],
    });
    expect(isWrapped).toBe(true);
    expect(schema).toEqual(
      closed({ value: { anyOf: [closed({ b: text }), closed({ c: text })] } }),
    );
  });
});

it("keys stand in the order in which they were written", () => {
  const schema = {
    description: "D",
    properties: {
      steps: { description: "S", items: { minimum: 1, type: "integer" }, type: "array" },
      final_answer: { enum: ["z", "a"], title: "F" },
      a: { anyOf: [nil, { const: 1 }] },
    },
    type: "object",
    required: ["a", "final_answer", "steps"],
  };
  expect(JSON.stringify(strictly(schema).schema)).toBe(
    '{"description":"D","properties":{' +
      '"steps":{"description":"S","items":{"minimum":1,"type":"integer"},"type":"array"},' +
      '"final_answer":{"enum":["z","a"],"title":"F","type":"string"},' +
      '"a":{"anyOf":[{"type":"null"},{"const":1,"type":"number"}]}},' +
      '"type":"object","required":["steps","final_answer","a"],"additionalProperties":false}',
  );
});

const leaf = fc.oneof(
  fc.record(
    {
      type: fc.subarray(["string", "integer", "number", "null", "boolean"], { minLength: 1 }),
      enum: fc.uniqueArray(
        fc.constantFrom<JsonValue>("a", "bb", "", 1, 2.5, -3, null, true, false),
        {
          minLength: 1,
        },
      ),
      minimum: fc.integer({ min: -4, max: 4 }),
      maximum: fc.integer({ min: -4, max: 4 }),
      multipleOf: fc.constantFrom(1, 2, 3, 0.5),
      minLength: fc.nat({ max: 3 }),
      maxLength: fc.nat({ max: 3 }),
      not: fc.constantFrom<JsonValue>({ type: "null" }, { const: "a" }, { enum: [1, true] }, {}),
      description: fc.constantFrom("D", "E"),
      "x-note": fc.constant(1),
    },
    { requiredKeys: ["type"] },
  ),
  fc.record({ const: fc.constantFrom<JsonValue>("a", 3, null, true) }),
);

const { schemas } = fc.letrec<{ schemas: JsonValue }>((tie) => ({
  schemas: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    { weight: 3, arbitrary: leaf },
    fc.record({
      $ref: fc.constantFrom("#/$defs/one", "#/$defs/two"),
      description: fc.constant("R"),
    }),
    fc.record({ $ref: fc.constantFrom("#/$defs/one", "#/$defs/two") }),
    fc.record(
      {
        type: fc.constant("array"),
        items: tie("schemas"),
        minItems: fc.nat({ max: 2 }),
        maxItems: fc.nat({ max: 2 }),
      },
      { requiredKeys: ["type", "items"] },
    ) as fc.Arbitrary<JsonValue>,
    fc
      .tuple(
        fc.dictionary(fc.constantFrom("k", "l", "m"), tie("schemas"), { minKeys: 1 }),
        fc.nat(7),
      )
      .map(([properties, which]): JsonValue => ({
        type: "object",
        properties,
        required: Object.keys(properties).filter((_key, index) => (which >> index) % 2 === 1),
        additionalProperties: false,
      })),
    fc.record(
      {
        type: fc.constantFrom<JsonValue>("object", ["string", "null"], "integer"),
        anyOf: fc.array(tie("schemas"), { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: ["anyOf"] },
    ) as fc.Arbitrary<JsonValue>,
  ),
}));

const documents = fc
  .record({ a: schemas, one: schemas, two: schemas })
  .map(({ a, one, two }): JsonObject => ({ ...closed({ a }), $defs: { one, two } }))
  // A reference to itself that goes into no value is refused at the door.
  .filter((schema) => validateJson(schema, 0)[0]?.keyword !== "schema");

describe("for generated schemas", () => {
  it("every branch that is sent has a value", () => {
    let strict = 0;
    fc.assert(
      fc.property(documents, (schema) => {
        const lowered = lowerSchema(schema);
        if (lowered.kind !== "strict") return;
        strict += 1;
        expect(strictProblem(lowered.schema, "")).toBeNull();
        expect(emptyBranches(lowered.schema)).toEqual([]);
      }),
      { numRuns: 400 },
    );
    expect(strict).toBeGreaterThan(40);
  });

  it("every value of the full schema can be written, and comes back as it was", () => {
    let written = 0;
    fc.assert(
      fc.property(documents, fc.constantFrom("1", "2", "3"), (schema, seed) => {
        const lowered = lowerSchema(schema);
        const made = buildValue(schema, seed, {});
        if (lowered.kind !== "strict" || !made.ok) return;
        written += 1;
        expect(acceptsPadded(lowered, made.value)).toBe(true);
        expect(restoreValue(lowered.root, lowered.isWrapped, made.value)).toEqual(made.value);
      }),
      { numRuns: 600 },
    );
    expect(written).toBeGreaterThan(40);
  });
});
