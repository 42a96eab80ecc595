import { describe, expect, test } from "vitest";
import { toJsonText } from "#model/json-text.ts";
import { parsedDefinition, parsedTemplates } from "#run/definitions.ts";
import { definition, form } from "../support/definitions.ts";

const textOf = (name: string) => toJsonText(definition([form("ask")], { name }));

describe("a definition", () => {
  test("is parsed once, by its text", () => {
    const parsed = parsedDefinition(textOf("One"));
    // Another string of the same text, as each start brings one.
    expect(parsedDefinition(textOf("One"))).toBe(parsed);
    expect(parsedDefinition(textOf("Two"))).not.toBe(parsed);
    expect(parsed.workflow.steps.get("ask")).toBe(parsed.workflow.definition.steps[0]);
  });

  test("cannot be changed by one of the runs that share it", () => {
    const { workflow } = parsedDefinition(textOf("Shared"));
    expect(() => Object.assign(workflow.definition.static, { a: 1 })).toThrow(TypeError);
    const [step] = workflow.definition.steps;
    expect(() => Object.assign(step?.config ?? {}, { fields: [] })).toThrow(TypeError);
  });

  test("that was not used for long is forgotten, and what is used stays", () => {
    const [first, used] = [parsedDefinition(textOf("First")), parsedDefinition(textOf("Used"))];
    for (let index = 0; index < 5; index++) {
      parsedDefinition(textOf(`${index}${"x".repeat(2_000_000)}`));
      expect(parsedDefinition(textOf("Used"))).toBe(used);
    }
    expect(parsedDefinition(textOf("First"))).not.toBe(first);
  });
});

test("templates are found by their id, and are parsed once too", () => {
  const template = { id: "__proto__", version: 1, prompt: "Hello" };
  const text = toJsonText([template]);
  expect(parsedTemplates(text)["__proto__"]).toEqual(template);
  expect(parsedTemplates(toJsonText([template]))).toBe(parsedTemplates(text));
});
