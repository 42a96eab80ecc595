import { describe, expect, it } from "vitest";
import { collectVariables, renderPrompt } from "#ai/prompt.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";

const VALUES: Record<string, JsonValue> = {
  topic: "Launch",
  "steps.form.output.audience": "SMB",
  "profile.company": { name: "Acme", tags: ["a", "b"] },
};

describe("the variables of a step", () => {
  it("are named by their last segment", () => {
    const paths = ["topic", "steps.form.output.audience", "profile.company"];
    expect(collectVariables(paths, (path) => VALUES[path])).toEqual({
      topic: "Launch",
      audience: "SMB",
      company: { name: "Acme", tags: ["a", "b"] },
    });
  });

  it("are empty where nothing was found", () => {
    expect(collectVariables(["nowhere", "steps.x.output"], () => undefined)).toEqual({
      nowhere: "",
      output: "",
    });
  });

  it("of the same name are the later one", () => {
    expect(collectVariables(["a.topic", "topic"], (path) => path)).toEqual({ topic: "topic" });
  });
});

describe("a prompt", () => {
  const variables: JsonObject = {
    topic: 'A & B <"C">',
    company: { name: "Acme", tags: ["a", "b"] },
  };

  it("shows the values as they are, dotted paths and list items too", () => {
    const template = {
      system: "You work for {{company.name}}.",
      prompt: "On {{topic}}: {{company.tags.1}}, {{missing}}.",
    };
    expect(renderPrompt(template, variables)).toEqual({
      ok: true,
      value: { system: "You work for Acme.", prompt: 'On A & B <"C">: b, .' },
    });
  });

  it("may have no system message", () => {
    expect(renderPrompt({ prompt: "Hi" }, {})).toEqual({ ok: true, value: { prompt: "Hi" } });
  });

  it("does not show what objects inherit", () => {
    const template = { prompt: "[{{constructor}}{{company.constructor.name}}{{toString}}]" };
    expect(renderPrompt(template, variables)).toEqual({ ok: true, value: { prompt: "[]" } });
  });

  it("that cannot be rendered says which part it is", () => {
    expect(renderPrompt({ prompt: "{{{x}}}" }, {})).toEqual({
      ok: false,
      error: expect.stringMatching(/^prompt: /) as unknown,
    });
    expect(renderPrompt({ system: "{{> x}}", prompt: "a" }, {})).toEqual({
      ok: false,
      error: expect.stringMatching(/^system: /) as unknown,
    });
  });
});
