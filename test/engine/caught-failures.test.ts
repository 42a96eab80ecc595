/** Where a step that does not succeed leads to: `on_error`, `on_expire`, `on_reject`. */
import { indexWorkflow } from "#model/workflow-index.ts";
import { describe, expect, test } from "vitest";
import { advance, timersOf } from "#engine/advance.ts";
import type { Command } from "#engine/command.ts";
import type { RunState } from "#engine/state.ts";
import type { AttemptOutcome } from "#model/attempt.ts";
import type { Caller } from "#model/caller.ts";
import type { JsonValue } from "#model/json.ts";
import type { Step } from "#model/workflow.ts";
import { ai, api, approval, conditional, definition, form, RETRY } from "../support/definitions.ts";

const T0 = "2026-01-01T00:00:00.000Z";
const LATER = "2026-01-01T01:00:00.000Z";

type Told = Command extends infer C ? (C extends Command ? Omit<C, "at"> : never) : never;

/** A run of the step and a form called `rescue`, told what happens. */
function play(step: Step, happens: readonly Told[], createdBy: Caller = { id: "dev" }) {
  const workflow = indexWorkflow(definition([step, form("rescue"), form("other")]));
  const outputs: Record<string, JsonValue> = {};
  let state: RunState | null = null;
  let refused: string | null = null;
  function tell(command: Command) {
    const result = advance(workflow, state, command);
    refused = result.ok ? null : result.refusal.reason;
    if (!result.ok) return;
    state = result.state;
    Object.assign(outputs, result.outputs);
  }
  const facts = {
    workflow_version: 1,
    created_by: createdBy,
    provider: "mock",
    mock: true,
    templates: { content_v1: 1 },
    tags: [],
  };
  tell({ kind: "start", at: T0, run_id: "run_a", facts });
  for (const told of happens) tell({ at: T0, ...told });
  return {
    outputs,
    refused: () => refused,
    expire() {
      const timer = state && timersOf(state).find(({ kind }) => kind === "expire");
      if (timer) tell({ kind: "timer", at: LATER, timer });
    },
    state: (): RunState => {
      if (!state) throw new Error("no state");
      return state;
    },
  };
}

const WAITING: Told = {
  kind: "outcome",
  step_id: "step",
  attempt: 1,
  outcome: { kind: "waiting" },
};

function fails(kind: "terminal" | "transport" | "schema", code: string, attempt = 1): Told {
  const failure = { code, message: "No." } as Extract<
    AttemptOutcome,
    { kind: "failed" }
  >["failure"];
  const outcome: AttemptOutcome = { kind: "failed", class: kind, failure };
  return { kind: "outcome", step_id: "step", attempt, outcome };
}

function decides(by: Caller, approved: boolean): Told {
  return { kind: "decide", by, step_id: "step", approved };
}

const ANN = { id: "user:ann", email: "ann@example.com" };
const ONCE = { ...RETRY, max_attempts: 1 };
const CAUGHT = { on_error: "rescue" };

describe("a failure of every kind goes to on_error", () => {
  test.each<[string, Step, Told[], string]>([
    [
      "an answer that never fits",
      ai("step", CAUGHT),
      [1, 2, 3].map((attempt) => fails("schema", "ai_schema_violation", attempt)),
      "ai_schema_violation",
    ],
    [
      "a provider that stays away",
      ai("step", { ...CAUGHT, retry: ONCE }),
      [fails("transport", "ai_provider_error")],
      "ai_provider_error",
    ],
    [
      "a call whose attempts are spent",
      api("step", { ...CAUGHT, retry: ONCE }),
      [fails("transport", "network_error")],
      "network_error",
    ],
    [
      "a call that may not be repeated",
      api("step", CAUGHT),
      [fails("terminal", "outcome_unknown")],
      "outcome_unknown",
    ],
    [
      "an expression that cannot be evaluated",
      conditional("step", CAUGHT),
      [fails("terminal", "expression_error")],
      "expression_error",
    ],
    [
      "an approval that is rejected",
      approval("step", CAUGHT),
      [WAITING, decides(ANN, false)],
      "approval_rejected",
    ],
  ])("%s", (_what, step, happens, code) => {
    const run = play(step, happens);
    expect(run.state()).toMatchObject({ status: "running", current_step: "rescue" });
    expect(run.state().steps["step"]).toMatchObject({ status: "failed", error: { code } });
  });

  test.each([
    ["a form", form("step", { ...CAUGHT, config: { expires_in_s: 60 } })],
    ["an approval", approval("step", { ...CAUGHT, config: { expires_in_s: 60 } })],
  ])("%s that expires", (_what, step) => {
    const run = play(step, [WAITING]);
    run.expire();
    expect(run.state()).toMatchObject({ status: "running", current_step: "rescue" });
    expect(run.state().steps["step"]?.error?.code).toBe("wait_expired");
  });
});

describe("a way of its own comes before on_error", () => {
  test("for a wait that expires, and the step has failed", () => {
    const config = { expires_in_s: 60, on_expire: "other" };
    const run = play(approval("step", { ...CAUGHT, config }), [WAITING]);
    run.expire();
    expect(run.state()).toMatchObject({ status: "running", current_step: "other" });
    expect(run.state().steps["step"]?.error?.code).toBe("wait_expired");
    expect(run.outputs).toEqual({});
  });

  test("for a rejection, and the step has completed with its decisions", () => {
    const step = approval("step", { ...CAUGHT, config: { on_reject: "other" } });
    const run = play(step, [WAITING, decides(ANN, false)]);
    expect(run.state()).toMatchObject({ status: "running", current_step: "other" });
    expect(run.state().steps["step"]?.status).toBe("completed");
    expect(run.outputs).toEqual({
      step: {
        approved: false,
        decisions: [{ by: "ann@example.com", approved: false, at: T0 }],
      },
    });
  });
});

describe("self-approval", () => {
  test.each<[string, boolean, Caller, Caller, string | null]>([
    ["is refused by the address", false, ANN, { ...ANN, id: "user:other" }, "self_approval"],
    ["is allowed where the step says so", true, ANN, ANN, null],
    ["does not concern a key without an address", false, { id: "dev" }, { id: "dev" }, null],
    ["does not concern a key that approves a person's run", false, ANN, { id: "dev" }, null],
  ])("%s", (_what, allow_self_approval, starter, decider, refusal) => {
    const step = approval("step", { config: { allow_self_approval } });
    const run = play(step, [WAITING, decides(decider, true)], starter);
    expect(run.refused()).toBe(refusal);
    expect(run.state().status).toBe(refusal === null ? "completed" : "waiting");
  });
});
