/** One rule for names, the same for every reader: expressions, templates, `variables` and `output`. */
import { describe, expect, test } from "vitest";
import { lookupPath, type RunContext } from "#model/context.ts";
import type { JsonValue } from "#model/json.ts";

const context: RunContext = {
  static: { limit: 10, everywhere: "static", shared: "static" },
  profile: { email: "ada@example.org", everywhere: "profile", shared: "profile" },
  runtime: {
    inputs: {
      topic: "space",
      everywhere: "input",
      profile: "hidden",
      secrets: "hidden",
      list: [7],
    },
    steps: { draft: { output: { title: "To space" } }, call: { error: { code: "http_error" } } },
  },
};

describe("a path", () => {
  test.each<[string, JsonValue | undefined]>([
    ["static.limit", 10],
    ["profile.email", "ada@example.org"],
    ["runtime.inputs.topic", "space"],
    ["inputs.topic", "space"],
    ["runtime.steps.draft.output.title", "To space"],
    ["steps.draft.output.title", "To space"],
    ["steps.call.error.code", "http_error"],
    ["list.0", 7],
    ["list.1", undefined],
    ["list.-1", undefined],
    ["topic.0", undefined],
    ["steps.later.output", undefined],
  ])("%s is %j", (path, value) => {
    expect(lookupPath(context, path)).toEqual(value);
  });
});

describe("a bare name", () => {
  test.each<[string, JsonValue | undefined]>([
    ["everywhere", "input"],
    ["shared", "profile"],
    ["limit", 10],
    ["nothing", undefined],
  ])("is looked up in the inputs, then the profile, then the constants: %s", (name, value) => {
    expect(lookupPath(context, name)).toEqual(value);
  });

  test("of a root is the root, regardless of the inputs", () => {
    expect(lookupPath(context, "profile.everywhere")).toBe("profile");
    expect(lookupPath(context, "secrets")).toBeUndefined();
    expect(lookupPath(context, "inputs.secrets")).toBe("hidden");
  });

  test.each(["constructor", "__proto__", "toString", "topic.length", "inputs.hasOwnProperty"])(
    "finds nothing that objects inherit: %s",
    (path) => {
      expect(lookupPath(context, path)).toBeUndefined();
    },
  );
});
