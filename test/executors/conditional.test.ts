import { Work } from "#model/work.ts";
import type { AttemptOutcome } from "#model/attempt.ts";
import { describe, expect, it } from "vitest";
import type { RunContext } from "#model/context.ts";
import type { ConditionalStep } from "#model/workflow.ts";
import { executeConditional } from "#executors/conditional.ts";

const CONTEXT: RunContext = {
  static: { limit: 10 },
  profile: {},
  runtime: { inputs: { amount: 12, tags: [] }, steps: { form: { output: { vip: true } } } },
};

function execute(
  when: string,
  branches: { then: string | null; else: string | null },
): AttemptOutcome {
  const step: ConditionalStep = {
    id: "decide",
    name: "Decide",
    type: "conditional",
    next: "after",
    config: { when, ...branches },
  };
  return executeConditional(
    {
      runId: "run_1",
      step,
      attempt: 1,
      feedback: [],
      candidate: 0,
      startInputs: {},
      context: CONTEXT,
    },
    Work.ofTurn(),
  );
}

const BRANCHES = { then: "yes", else: "no" };

describe("a conditional", () => {
  it("takes the first branch when it holds, and tells what it saw", () => {
    expect(execute("amount > limit and steps.form.output.vip", BRANCHES)).toEqual({
      kind: "completed",
      next: "yes",
      output: {
        result: true,
        trace: [
          { path: "amount", value: 12 },
          { path: "limit", value: 10 },
          { path: "steps.form.output.vip", value: true },
        ],
      },
    });
  });

  it("takes the other branch when it does not hold", () => {
    expect(execute("amount < limit", BRANCHES)).toMatchObject({
      kind: "completed",
      next: "no",
      output: { result: false },
    });
  });

  it.each<[string, boolean]>([
    ["1", true],
    ["0", false],
    ["'x'", true],
    ["''", false],
    ["tags", false],
    ["[0]", true],
    ["None", false],
    ["amount or 0", true],
  ])("goes by the truth of %s", (when, result) => {
    expect(execute(when, BRANCHES)).toMatchObject({
      next: result ? "yes" : "no",
      output: { result },
    });
  });

  it("can end the run by a branch", () => {
    expect(execute("True", { then: null, else: "no" })).toMatchObject({ next: null });
    expect(execute("False", { then: "yes", else: null })).toMatchObject({ next: null });
  });

  it.each<[string, string, RegExp]>([
    ["cannot be parsed", "amount >", /\(line 1, column 9\)$/],
    ["cannot be evaluated", "amount >\n  'ten'", /\(line \d, column \d+\)$/],
    ["names what is not there", "nothing_here == 1", /nothing_here.*\(line 1, column 1\)$/],
  ])("fails for good when the expression %s", (_, when, message) => {
    // Twice: the second time the parsed expression is remembered.
    for (const outcome of [execute(when, BRANCHES), execute(when, BRANCHES)]) {
      expect(outcome).toMatchObject({
        kind: "failed",
        class: "terminal",
        failure: { code: "expression_error" },
      });
      expect(outcome.kind === "failed" && outcome.failure.message).toMatch(message);
    }
  });

  it("decides each of many expressions by its own source", () => {
    const sources = Array.from({ length: 500 }, (_, index) => `amount > ${index}`);
    const results = [...sources, ...sources].map((when) => execute(when, BRANCHES));
    expect(
      results.filter((outcome) => outcome.kind === "completed" && outcome.next === "yes"),
    ).toHaveLength(24);
  });
});
