import { Work } from "#model/work.ts";
import type { AttemptOutcome } from "#model/attempt.ts";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "#model/json.ts";
import type { FormField, FormStep } from "#model/workflow.ts";
import { executeForm } from "#executors/form.ts";

const FIELDS: FormField[] = [
  { key: "topic", type: "string", required: true },
  { key: "words", type: "integer", required: false, default: 300 },
];

/** `known`: the start inputs, then the answers of earlier forms. */
function execute(inputs: JsonObject, fields = FIELDS, known = inputs): AttemptOutcome {
  const step: FormStep = {
    id: "form",
    name: "Collect",
    type: "form",
    next: null,
    config: { fields },
  };
  return executeForm(
    {
      runId: "run_1",
      step,
      attempt: 1,
      feedback: [],
      candidate: 0,
      startInputs: inputs,
      context: {
        static: {},
        profile: { topic: "from the profile" },
        runtime: { inputs: known, steps: {} },
      },
    },
    Work.ofTurn(),
  );
}

describe("a form", () => {
  it("completes with its answers when the start inputs hold all that it needs", () => {
    expect(execute({ topic: "Tea", words: 12, other: "not asked for" })).toEqual({
      kind: "completed",
      output: { topic: "Tea", words: 12 },
    });
  });

  it("keeps what an earlier form said in place of a start input", () => {
    expect(execute({ topic: "Tea" }, FIELDS, { topic: "Coffee" })).toEqual({
      kind: "completed",
      output: { topic: "Coffee", words: 300 },
    });
  });

  it("fills in defaults when it completes", () => {
    expect(execute({ topic: "Tea" })).toEqual({
      kind: "completed",
      output: { topic: "Tea", words: 300 },
    });
  });

  it.each<[string, JsonObject]>([
    ["nothing was given", {}],
    ["none of its keys was given", { other: 1 }],
    ["a required one is missing", { words: 3 }],
    ["one is wrong", { topic: "Tea", words: "many" }],
  ])("waits when %s", (_, inputs) => {
    expect(execute(inputs)).toEqual({ kind: "waiting" });
  });

  it("waits when nothing is required and nothing was given", () => {
    expect(execute({}, [{ key: "note", type: "text", required: false }])).toEqual({
      kind: "waiting",
    });
  });
});
