/** What is said of a schema while it is written: other drafts, wrappers, misspelt keywords. */
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { reviewJsonSchema, validateJson } from "#validation/json-schema/validate.ts";

const said = (schema: JsonValue) => {
  const { errors, warnings } = reviewJsonSchema(schema);
  const line = ({ pointer, code, suggestion }: (typeof errors)[number]) =>
    [pointer === "" ? "(top)" : pointer, code, ...(suggestion ? [`-> ${suggestion}`] : [])].join(
      " ",
    );
  return { errors: errors.map(line), warnings: warnings.map(line) };
};
const message = (schema: JsonValue) => reviewJsonSchema(schema).errors[0]?.message;

describe("$schema", () => {
  it.each([
    ["http://json-schema.org/draft-06/schema#", true],
    ["http://json-schema.org/draft-06/schema", true],
    ["https://json-schema.org/draft-07/schema#", true],
    ["http://json-schema.org/draft-07/schema", true],
    ["https://json-schema.org/draft/2020-12/schema", true],
    ["https://json-schema.org/draft/2020-12/schema#", true],
    ["http://json-schema.org/draft-03/schema#", false],
    ["http://json-schema.org/draft-04/schema#", false],
    ["https://json-schema.org/draft/2019-09/schema", false],
    ["http://json-schema.org/schema#", false],
    ["https://example.com/draft-07/schema#", false],
    ["draft-07", false],
    ["", false],
  ])("%s is taken: %s", (address, isTaken) => {
    const nested = { type: "object", properties: { a: { $schema: address, type: "string" } } };
    for (const schema of [{ $schema: address, type: "string" }, nested]) {
      if (isTaken) expect(said(schema)).toEqual({ errors: [], warnings: [] });
      else expect(message(schema)).toContain("leave the line out");
    }
  });
});

describe("keywords of other drafts", () => {
  it.each<[schema: JsonObject, errors: string[]]>([
    [{ dependencies: { a: ["b"] } }, ["/dependencies forbidden_keyword -> dependentRequired"]],
    [
      { dependencies: { a: { required: ["b"] } } },
      ["/dependencies forbidden_keyword -> dependentSchemas"],
    ],
    [
      { dependencies: { a: ["b"], c: { required: ["b"] } } },
      ["/dependencies forbidden_keyword -> dependentRequired"],
    ],
    [{ items: [{}, {}] }, ["/items invalid_keyword -> prefixItems"]],
    [
      { items: [{}], additionalItems: false },
      ["/items invalid_keyword -> prefixItems", "/additionalItems forbidden_keyword -> items"],
    ],
    [{ items: {}, additionalItems: false }, ["/additionalItems forbidden_keyword -> items"]],
    [{ type: "number", divisibleBy: 2 }, ["/divisibleBy forbidden_keyword -> multipleOf"]],
    [{ disallow: "string" }, ["/disallow forbidden_keyword -> not"]],
    [{ disallow: ["string", { type: "null" }] }, ["/disallow forbidden_keyword -> not"]],
    [{ extends: { type: "object" } }, ["/extends forbidden_keyword -> allOf"]],
    [
      {
        properties: {
          a: {
            items: [{ divisibleBy: 2 }],
            anyOf: [{ not: { extends: {} } }],
            additionalProperties: { disallow: "null" },
          },
        },
        $defs: { d: { dependencies: { a: ["b"] } } },
      },
      [
        "/properties/a/items invalid_keyword -> prefixItems",
        "/properties/a/items/0/divisibleBy forbidden_keyword -> multipleOf",
        "/properties/a/anyOf/0/not/extends forbidden_keyword -> allOf",
        "/properties/a/additionalProperties/disallow forbidden_keyword -> not",
        "/$defs/d/dependencies forbidden_keyword -> dependentRequired",
      ],
    ],
    [{ $recursiveRef: "#" }, ["/$recursiveRef forbidden_keyword -> $ref"]],
    [{ minimum: 1, exclusiveMinimum: true }, ["/exclusiveMinimum invalid_keyword"]],
    [
      { properties: { a: { type: "string", required: true } } },
      ["/properties/a/required invalid_keyword"],
    ],
    [{ type: "any" }, ["/type invalid_keyword"]],
    [{ type: "OBJECT" }, ["/type invalid_keyword -> object"]],
    [{ type: "int" }, ["/type invalid_keyword -> integer"]],
    [{ $id: "#here", type: "string" }, ["/$id invalid_keyword"]],
  ])("%j", (schema, errors) => {
    expect(said(schema).errors.toSorted()).toEqual(errors.toSorted());
  });

  it("are words like any other where no keyword stands", () => {
    const names = ["dependencies", "additionalItems", "divisibleBy", "disallow", "extends", "id"];
    const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
    expect(
      said({
        type: "object",
        properties,
        required: names,
        $defs: properties,
        dependentRequired: { extends: ["disallow"] },
        default: { extends: 1 },
        examples: [{ dependencies: {} }],
        enum: [{ extends: 1 }],
        const: { divisibleBy: 1 },
        "x-note": { disallow: 1 },
      }),
    ).toEqual({ errors: [], warnings: [] });
  });

  it("works: definitions, by $ref", () => {
    const schema = {
      $schema: "http://json-schema.org/draft-07/schema#",
      definitions: { name: { type: "string", minLength: 2 } },
      properties: { a: { $ref: "#/definitions/name" } },
    };
    expect(said(schema)).toEqual({ errors: [], warnings: [] });
    expect(validateJson(schema, { a: "x" })).toHaveLength(1);
    expect(validateJson(schema, { a: "xy" })).toEqual([]);
  });

  it("do not stop a schema that is stored already", () => {
    const stored = { type: "object", dependencies: { a: ["b"] }, requird: ["c"] };
    expect(validateJson(stored, { a: 1 })).toEqual([]);
    expect(validateJson(stored, 1)).toHaveLength(1);
    expect(validateJson({ name: "x", schema: { type: "string" } }, 1)).toEqual([]);
  });

  it.each<[JsonValue, string]>([
    [{ exclusiveMinimum: true }, "the limit itself"],
    [{ properties: { a: { required: true } } }, "the object that contains the property"],
    [{ type: "any" }, "omitted"],
    [{ additionalItems: false, items: {} }, "omit it"],
    [{ additionalItems: false, items: [] }, "prefixItems"],
    [{ $id: "#here" }, "$anchor"],
    [{ dependencies: { a: ["b"], c: {} } }, '"dependentSchemas"'],
  ])("%j says what to write: %s", (schema, words) => {
    const { errors } = reviewJsonSchema(schema);
    expect(errors.map((error) => error.message).join(" ")).toContain(words);
  });
});

const inner = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };

describe("a wrapper pasted whole", () => {
  it.each<[of: string, schema: JsonObject, place: string]>([
    ["OpenAI, the format", { name: "answer", strict: true, schema: inner }, '"schema".'],
    ["the same with a description", { name: "a", description: "D", schema: inner }, '"schema".'],
    [
      "OpenAI, with its type",
      { type: "json_schema", json_schema: { name: "a", strict: true, schema: inner } },
      '"schema" in "json_schema".',
    ],
    ["OpenAI Responses", { type: "json_schema", name: "a", schema: inner }, '"schema".'],
    [
      "OpenAI Responses, whole",
      { text: { format: { type: "json_schema", name: "a", schema: inner } } },
      '"schema" in "format" in "text".',
    ],
    [
      "OpenAI, the setting",
      { response_format: { type: "json_schema", json_schema: { schema: inner } } },
      '"schema" in "json_schema" in "response_format".',
    ],
    [
      "an OpenAI tool",
      { type: "function", function: { name: "f", description: "D", parameters: inner } },
      '"parameters" in "function".',
    ],
    ["an OpenAI function", { name: "f", description: "D", parameters: inner }, '"parameters".'],
    [
      "a list of tools",
      { tools: [{ type: "function", function: { name: "f", parameters: inner } }] },
      '"parameters" in "function" in "tools".',
    ],
    ["an Anthropic tool", { name: "f", input_schema: inner }, '"input_schema".'],
    [
      "Anthropic's format",
      { output_config: { format: { type: "json_schema", schema: inner } } },
      '"schema" in "format" in "output_config".',
    ],
    [
      "Gemini",
      { responseMimeType: "application/json", responseSchema: { type: "OBJECT" } },
      '"responseSchema".',
    ],
    [
      "Gemini, the setting",
      { generationConfig: { responseJsonSchema: inner } },
      '"responseJsonSchema" in "generationConfig".',
    ],
    ["Ollama", { model: "m", format: inner }, '"format".'],
    ["a tool of MCP", { name: "f", title: "F", inputSchema: inner }, '"inputSchema".'],
    [
      "Bedrock",
      { toolSpec: { name: "f", inputSchema: { json: inner } } },
      '"json" in "inputSchema" in "toolSpec".',
    ],
    ["our own key, twice", { json_schema: inner }, '"json_schema".'],
    ["a schema of references", { name: "a", schema: { $ref: "#/x" } }, '"schema".'],
  ])("%s", (_of, schema, place) => {
    expect(said(schema)).toEqual({ errors: ["(top) not_a_schema"], warnings: [] });
    expect(message(schema)).toContain(`paste only the content of ${place}`);
  });

  it("is not a schema that has such properties or annotations", () => {
    const properties = { schema: inner, json_schema: inner, parameters: inner };
    expect(said({ type: "object", properties }).errors).toEqual([]);
    expect(said({ type: "object", schema: inner, name: "x", strict: true }).errors).toEqual([]);
  });
});

describe("a schema that restricts nothing", () => {
  it.each<[of: string, schema: JsonObject, errors: string[], warnings: string[]]>([
    ["an example", { category: "billing", urgency: 3 }, ["(top) not_a_schema"], []],
    ["an example of lists", { rows: [{ a: 1 }] }, ["(top) not_a_schema"], []],
    ["properties", { a: { type: "string" }, b: { enum: [1] } }, ["(top) not_a_schema"], []],
    [
      "properties called title and description",
      { title: { type: "string" }, description: { type: "string" } },
      ["(top) not_a_schema"],
      [],
    ],
    ["remarks alone", { "x-note": "later" }, [], ["(top) not_a_schema"]],
    ["words for people beside others", { title: "T", tags: ["a"] }, [], ["(top) not_a_schema"]],
    ["words for people alone", { title: "T", description: "D", $comment: "C" }, [], []],
    ["nothing", {}, [], []],
  ])("%s", (_of, schema, errors, warnings) => {
    expect(said(schema)).toEqual({ errors, warnings });
  });
});

describe("a misspelt keyword", () => {
  it.each<[schema: JsonObject, meant: string]>([
    [{ requird: ["a"] }, "required"],
    [{ requied: ["a"] }, "required"],
    [{ type: "string", maxlength: 3 }, "maxLength"],
    [{ type: "string", max_length: 3 }, "maxLength"],
    [{ type: "string", "min-length": 3 }, "minLength"],
    [{ type: "string", minLenght: 3 }, "minLength"],
    [{ propertys: {} }, "properties"],
    [{ adittionalProperties: false }, "additionalProperties"],
    [{ additional_properties: false }, "additionalProperties"],
    [{ any_of: [{}] }, "anyOf"],
    [{ oneof: [{}] }, "oneOf"],
    [{ emum: ["a"] }, "enum"],
    [{ enums: ["a"] }, "enum"],
    [{ item: { type: "string" } }, "items"],
    [{ descripton: "D", type: "string" }, "description"],
    [{ max: 3, type: "number" }, "maximum"],
    [{ regex: "^a", type: "string" }, "pattern"],
    [{ defs: {}, type: "string" }, "$defs"],
    [{ patern: "^a", type: "string" }, "pattern"],
  ])("%j -> %s, at the top and further inside", (schema, meant) => {
    const key = Object.keys(schema).find((name) => !["type"].includes(name)) ?? "";
    expect(said(schema)).toEqual({
      errors: [],
      warnings: [`/${key} misspelt_keyword -> ${meant}`],
    });
    const deep = { type: "array", items: { properties: { [key]: { anyOf: [schema] } } } };
    expect(said(deep).warnings).toEqual([
      `/items/properties/${key}/anyOf/0/${key} misspelt_keyword -> ${meant}`,
    ]);
  });

  it.each<[what: string, schema: JsonObject]>([
    ["names of properties", { properties: { requird: {}, maxlength: {} }, $defs: { emum: {} } }],
    ["values", { enum: [{ maxlength: 1 }], default: { requird: 1 }, examples: [{ emum: 1 }] }],
    ["remarks", { type: "string", "x-format": 1, _format: 1, "//pattern": 1, example: "a" }],
    ["words of OpenAPI", { type: "object", nullable: true, discriminator: { propertyName: "a" } }],
    ["words whose value could not stand there", { type: "string", note: "a", form: 1, unit: "m" }],
    ["annotations", { type: "string", contentEncoding: "base64", readOnly: true, $comment: "" }],
    ["words far from all keywords", { type: "string", order: 3, widget: "area", name: "a" }],
  ])("is not found among %s", (_what, schema) => {
    expect(said(schema)).toEqual({ errors: [], warnings: [] });
  });
});
