/** What is said of a JSON Schema, at both doors that take one: workflows and infer. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { type Service, sharedService } from "../support/service.ts";

let service: Service;

beforeAll(async () => {
  service = await sharedService();
});

afterAll(() => service.close());

const inner = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };

const workflow = (id: string, json_schema: JsonValue): JsonObject => ({
  name: "Schemas",
  id,
  start_step: "a",
  steps: [
    {
      id: "a",
      type: "ai_generate",
      name: "A",
      config: {
        template_id: "content_v1",
        variables: ["profile.topic", "profile.audience"],
        json_schema,
      },
    },
  ],
});

const infer = (json_schema: JsonValue) =>
  service.post("/v1/ai/infer", {
    template_id: "content_v1",
    variables: {},
    json_schema,
    mock: true,
  });

const AT = "/steps/0/config/json_schema";

describe("a schema that cannot be meant is refused by both", () => {
  test.each<
    [what: string, schema: JsonObject, pointer: string, words: string, suggestion?: string]
  >([
    ["a wrapper", { name: "a", strict: true, schema: inner }, "", 'the content of "schema"'],
    [
      "a wrapper with a type",
      { type: "json_schema", json_schema: { name: "a", schema: inner } },
      "",
      '"schema" in "json_schema"',
    ],
    ["an example", { category: "billing" }, "", "An example is not a schema"],
    [
      "a draft",
      { $schema: "http://json-schema.org/draft-04/schema#" },
      "/$schema",
      "leave the line out",
    ],
    [
      "a keyword of another draft",
      { properties: { a: { divisibleBy: 2 } } },
      "/properties/a/divisibleBy",
      'write "multipleOf"',
      "multipleOf",
    ],
  ])("%s", async (_what, schema, pointer, words, suggestion) => {
    const meant = suggestion === undefined ? {} : { suggestion };
    const posted = await service.post("/v1/workflows", workflow("schemas_refused", schema));
    expect(posted.status).toBe(422);
    expect(posted.json()).toMatchObject({
      code: "invalid_workflow",
      errors: [
        { code: "invalid_json_schema", severity: "error", pointer: `${AT}${pointer}`, ...meant },
      ],
    });
    expect(posted.text).toContain(JSON.stringify(words).slice(1, -1));

    const inferred = await infer(schema);
    expect(inferred.status).toBe(422);
    expect(inferred.json()).toMatchObject({
      code: "validation_failed",
      errors: [{ pointer: `/json_schema${pointer}`, ...meant }],
    });
    expect(inferred.text).toContain(JSON.stringify(words).slice(1, -1));
  });
});

test("a misspelt keyword is a warning at both", async () => {
  const schema = {
    type: "object",
    properties: { a: { type: "string", maxlength: 3 } },
    requird: ["a"],
  };
  const posted = await service.post("/v1/workflows", workflow("schemas_warned", schema));
  expect(posted.status).toBe(201);
  const found = [
    { severity: "warning", pointer: "/properties/a/maxlength", suggestion: "maxLength" },
    { severity: "warning", pointer: "/requird", suggestion: "required" },
  ];
  const withPlace = (at: string) =>
    found.map((one) => expect.objectContaining({ ...one, pointer: at + one.pointer }) as unknown);
  const { diagnostics } = posted.json() as { diagnostics: { code: string }[] };
  expect(diagnostics.filter(({ code }) => code === "json_schema_keyword")).toEqual(withPlace(AT));

  const inferred = await infer(schema);
  expect(inferred.status).toBe(200);
  const answer = inferred.json() as { diagnostics: object[] };
  expect(answer.diagnostics).toHaveLength(2);
  expect(answer.diagnostics).toEqual(expect.arrayContaining(withPlace("/json_schema")));
});

test("drafts 06 and 07 are taken by both", async () => {
  const schema = { $schema: "http://json-schema.org/draft-07/schema#", ...inner };
  expect((await service.post("/v1/workflows", workflow("schemas_07", schema))).status).toBe(201);
  const inferred = await infer({ ...schema, $schema: "http://json-schema.org/draft-06/schema#" });
  expect(inferred.status).toBe(200);
  expect(inferred.json()).not.toHaveProperty("diagnostics");
});
