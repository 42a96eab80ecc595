import { Validator } from "@cfworker/json-schema";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { VALID_WORKFLOW } from "../../features/fixtures/fixtures.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { workflowJsonSchema } from "#workflow/json-schema.ts";
import { fixtureNames, fixtureText } from "./reading.ts";
import { seedText } from "./seeds.ts";

const validator = new Validator(workflowJsonSchema(), "2020-12", false);

function problems(value: unknown): string[] {
  return validator
    .validate(value)
    .errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`);
}

describe("the JSON Schema for editors accepts every sound workflow", () => {
  test.each(fixtureNames("good/"))("%s", (name) => {
    expect(problems(parse(fixtureText(`good/${name}`)))).toEqual([]);
  });

  test("the seed and the fixture of the contract", () => {
    expect(problems(parse(seedText("workflows/content_draft_flow.yaml")))).toEqual([]);
    expect(problems(VALID_WORKFLOW)).toEqual([]);
  });
});

describe("and refuses what is structurally wrong", () => {
  test.each([
    "missing-start-step.yaml",
    "unknown-key-in-config.yaml",
    "unknown-key-of-another-level.yaml",
    "wrong-types.yaml",
    "wrong-numbers.yaml",
    "wrong-enums.yaml",
    "wrong-ids.yaml",
    "step-type-misspelt.yaml",
    "no-fields.yaml",
    "approver-not-an-email.yaml",
  ])("%s", (name) => {
    expect(problems(parse(fixtureText(`broken/${name}`)))).not.toEqual([]);
  });
});

test("every key that an editor completes has a description", () => {
  const undescribed: string[] = [];
  const visit = (schema: JsonValue, place: string): void => {
    if (!isJsonObject(schema)) return;
    for (const [key, value] of Object.entries((schema["properties"] ?? {}) as JsonObject)) {
      const described = isJsonObject(value) && typeof value["description"] === "string";
      const isTag = isJsonObject(value) && "const" in value;
      if (!described && !isTag) undescribed.push(`${place}.${key}`);
      visit(value, `${place}.${key}`);
    }
    for (const [name, value] of Object.entries((schema["$defs"] ?? {}) as JsonObject))
      visit(value, name);
  };
  visit(workflowJsonSchema(), "workflow");

  expect(undescribed).toEqual([]);
});

test("it says what it is", () => {
  expect(workflowJsonSchema()).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Workflow",
    required: ["name", "start_step", "steps"],
    additionalProperties: false,
  });
});
