/** What leads to what, event by event, for the cases that a reader looks up. */
import { indexWorkflow } from "#model/workflow-index.ts";
import type { AttemptOutcome } from "#model/attempt.ts";
import type { Caller } from "#model/caller.ts";
import { describe, expect, test } from "vitest";
import { advance, timersOf } from "#engine/advance.ts";
import type { Command } from "#engine/command.ts";
import { foldLog } from "#engine/fold.ts";
import type { RunState } from "#engine/state.ts";
import type { RunEvent } from "#model/event.ts";
import type { Step } from "#model/workflow.ts";
import { ai, api, approval, conditional, definition, form, RETRY } from "../support/definitions.ts";

const T0 = "2026-01-01T00:00:00.000Z";
const after = (seconds: number) => new Date(Date.parse(T0) + seconds * 1000).toISOString();

/** A run of these steps, told what happens. */
function play(steps: Step[], createdBy: { id: string; email?: string } = { id: "dev" }) {
  const workflow = indexWorkflow(definition(steps));
  const log: RunEvent[] = [];
  let state: RunState | null = null;
  function tell(command: Command) {
    const result = advance(workflow, state, command);
    if (result.ok) {
      state = result.state;
      log.push(...result.events);
    }
    return result;
  }
  tell({
    kind: "start",
    at: T0,
    run_id: "run_a",
    facts: {
      workflow_version: 1,
      created_by: createdBy,
      provider: "openai",
      mock: false,
      templates: { content_v1: 3 },
      tags: [],
    },
  });
  return {
    tell,
    outcome: (step_id: string, attempt: number, outcome: AttemptOutcome, at = T0) =>
      tell({ kind: "outcome", at, step_id, attempt, outcome }),
    decide: (email: string, approved: boolean, comment?: string) =>
      tell({
        kind: "decide",
        at: T0,
        by: { id: email, email },
        step_id: "sign",
        approved,
        ...(comment === undefined ? {} : { comment }),
      }),
    types: () => log.map((event) => event.type),
    last: () => log.at(-1),
    find: (type: string) => log.filter((event) => event.type === type),
    state: () => {
      if (!state) throw new Error("no state");
      return state;
    },
  };
}

const failed = (
  kind: "terminal" | "transport" | "schema" | "unusable",
  more = {},
): AttemptOutcome => ({
  kind: "failed",
  class: kind,
  failure: { code: kind === "schema" ? "ai_schema_violation" : "http_error", message: "no" },
  ...more,
});

describe("an AI step", () => {
  test("is tried twice more for schema violations, told what was wrong, then fails the run", () => {
    const run = play([ai("draft")]);
    run.outcome("draft", 1, failed("schema", { feedback: ["subject is missing"] }));
    expect(run.state().steps["draft"]).toMatchObject({
      attempt: 2,
      feedback: ["subject is missing"],
    });
    run.outcome("draft", 2, failed("schema"));
    run.outcome("draft", 3, failed("schema"));
    expect(run.types()).toEqual([
      "run.created",
      "run.started",
      "step.started",
      "ai.request",
      "step.retrying",
      "step.started",
      "ai.request",
      "step.retrying",
      "step.started",
      "ai.request",
      "step.failed",
      "run.failed",
    ]);
    expect(run.state().error).toEqual({
      code: "ai_schema_violation",
      message: "no",
      step_id: "draft",
    });
    expect(run.find("ai.request").map((event) => event.data)).toEqual(
      [0, 1, 2].map((retry_count) => ({
        provider: "openai",
        template_id: "content_v1",
        template_version: 3,
        retry_count,
      })),
    );
  });

  test("has two budgets that never mix", () => {
    const run = play([ai("draft", { retry: { ...RETRY, max_attempts: 2 } })]);
    run.outcome("draft", 1, failed("schema"));
    run.outcome("draft", 2, failed("transport"));
    const [timer] = timersOf(run.state());
    expect(timer).toEqual({ kind: "retry", step_id: "draft", attempt: 2, at: after(0.5) });
    if (timer) run.tell({ kind: "timer", at: after(1), timer });
    run.outcome("draft", 3, failed("schema"));
    run.outcome("draft", 4, { kind: "completed", output: { draft: "x" } });
    expect(run.state().status).toBe("completed");
  });

  test("keeps the last answer with what was wrong with it, until the step ends", () => {
    const run = play([ai("draft")]);
    run.outcome("draft", 1, failed("schema", { feedback: ["a"], said: "first" }));
    expect(run.state().steps["draft"]).toMatchObject({ feedback: ["a"], said: "first" });
    run.outcome("draft", 2, failed("transport"));
    const { retry_at } = run.state().steps["draft"] ?? {};
    if (retry_at === undefined) throw new Error("no timer");
    run.tell({
      kind: "timer",
      at: retry_at,
      timer: { kind: "retry", step_id: "draft", attempt: 2, at: retry_at },
    });
    expect(run.state().steps["draft"]).toMatchObject({ feedback: ["a"], said: "first" });
    run.outcome("draft", 3, failed("schema", { feedback: ["b"], said: "second" }), retry_at);
    expect(run.state().steps["draft"]).toMatchObject({ feedback: ["b"], said: "second" });
    run.outcome("draft", 4, { kind: "completed", output: {} }, retry_at);
    expect(run.state().steps["draft"]).not.toHaveProperty("said");
  });

  test("asks the next candidate at once when one is of no use, and fails with the last one", () => {
    const config = {
      fallback: [
        { provider: "anthropic" as const, model: "small" },
        { provider: "openai" as const, model: "other" },
      ],
    };
    const run = play([ai("draft", { config })]);
    run.outcome("draft", 1, failed("unusable"));
    expect(run.state().steps["draft"]).toMatchObject({ attempt: 2, candidate: 1 });
    expect(run.find("step.retrying")[0]?.data).toMatchObject({ reason: "fallback", delay_ms: 0 });
    run.outcome("draft", 2, failed("transport"));
    expect(run.state().steps["draft"]).toMatchObject({ candidate: 1, transport_failures: 1 });
    const { retry_at = T0 } = run.state().steps["draft"] ?? {};
    run.tell({
      kind: "timer",
      at: retry_at,
      timer: { kind: "retry", step_id: "draft", attempt: 2, at: retry_at },
    });
    run.outcome("draft", 3, failed("unusable"), retry_at);
    expect(run.state().steps["draft"]).toMatchObject({ candidate: 2, transport_failures: 0 });
    run.outcome("draft", 4, failed("unusable"), retry_at);
    expect(run.state()).toMatchObject({ status: "failed", error: { code: "http_error" } });
  });

  test("does not ask the next candidate after what is final", () => {
    const config = { fallback: [{ provider: "anthropic" as const, model: "small" }] };
    const run = play([ai("draft", { config })]);
    run.outcome("draft", 1, failed("terminal"));
    expect(run.state().status).toBe("failed");
    expect(run.find("step.retrying")).toEqual([]);
  });

  test("asks the next candidate when the transport budget is spent, never for schema violations", () => {
    const config = { fallback: [{ provider: "anthropic" as const, model: "small" }] };
    const run = play([ai("draft", { retry: { ...RETRY, max_attempts: 1 }, config })]);
    run.outcome("draft", 1, failed("transport"));
    expect(run.find("ai.request").map((event) => event.data)).toMatchObject([
      { provider: "openai" },
      { provider: "anthropic", model: "small" },
    ]);
    run.outcome("draft", 2, failed("schema"));
    expect(run.find("ai.request").at(-1)?.data).toMatchObject({ provider: "anthropic" });
  });

  const response = {
    provider: "openai",
    model: "m",
    template_id: "content_v1",
    template_version: 3,
    tokens_prompt: 10,
    tokens_output: 4,
    latency_ms: 5,
    retry_count: 0,
    cost_usd: 0.25,
    schema_valid: false,
  };

  test("counts usage of every attempt, late ones too", () => {
    const run = play([ai("draft")]);
    run.outcome("draft", 1, failed("schema", { response }));
    run.tell({ kind: "cancel", at: T0, by: { id: "ops" } });
    run.outcome("draft", 2, { kind: "completed", output: {}, response });
    expect(run.last()).toMatchObject({ type: "step.late", data: { outcome: "completed" } });
    expect(run.state()).toMatchObject({
      status: "canceled",
      usage: { tokens_prompt: 20, tokens_output: 8, cost_usd: 0.5, ai_calls: 2 },
      steps: {
        draft: { usage: { tokens_prompt: 20, tokens_output: 8, cost_usd: 0.5, ai_calls: 2 } },
      },
    });
  });

  test("keeps the usage of each step apart, and adds it up for the run", () => {
    const run = play([ai("draft", { next: "mail" }), ai("mail", { next: "ask" }), form("ask")]);
    run.outcome("draft", 1, { kind: "completed", output: {}, response });
    run.outcome("mail", 1, failed("schema", { response: { ...response, cost_usd: 0.1 } }));
    run.outcome("mail", 2, {
      kind: "completed",
      output: {},
      response: { ...response, cost_usd: 0.2 },
    });
    const { steps, usage } = run.state();
    expect(steps["draft"]?.usage).toMatchObject({ cost_usd: 0.25, ai_calls: 1 });
    expect(steps["mail"]?.usage).toMatchObject({ cost_usd: 0.3, ai_calls: 2 });
    expect(steps["ask"]).not.toHaveProperty("usage");
    expect(usage).toMatchObject({ cost_usd: 0.55, ai_calls: 3 });
  });

  test("counts the calls whose cost is not known", () => {
    const run = play([ai("draft")]);
    run.outcome("draft", 1, failed("schema", { response: { ...response, cost_usd: null } }));
    run.outcome("draft", 2, { kind: "completed", output: {}, response });
    const counted = { cost_usd: 0.25, ai_calls: 2, cost_unknown_calls: 1 };
    expect(run.state()).toMatchObject({ usage: counted, steps: { draft: { usage: counted } } });
  });
});

describe("a failure", () => {
  test("goes to on_error when there is one", () => {
    const run = play([api("call", { on_error: "ask" }), form("ask")]);
    run.outcome("call", 1, failed("terminal"));
    expect(run.state()).toMatchObject({ status: "running", current_step: "ask" });
    expect(run.state().steps["call"]?.error).toEqual({ code: "http_error", message: "no" });
  });

  test("is retried as often as the step says", () => {
    const run = play([api("call", { retry: { ...RETRY, max_attempts: 2 } })]);
    run.outcome("call", 1, failed("transport", { retryAfterMs: 9_000 }));
    const [timer] = timersOf(run.state());
    expect(timer?.at).toBe(after(9));
    if (timer) {
      run.tell({ kind: "timer", at: after(8), timer });
      expect(run.state().steps["call"]?.attempt).toBe(1);
      run.tell({ kind: "timer", at: after(9), timer });
    }
    run.outcome("call", 2, failed("transport"), after(9));
    expect(run.state().status).toBe("failed");
  });
});

describe("a wait", () => {
  test("that expires goes to on_expire", () => {
    const run = play([
      form("ask", { config: { expires_in_s: 60, on_expire: "call" } }),
      api("call"),
    ]);
    run.outcome("ask", 1, { kind: "waiting" });
    const [timer] = timersOf(run.state());
    expect(timer).toEqual({ kind: "expire", wait_number: 1, at: after(60) });
    if (timer) run.tell({ kind: "timer", at: after(60), timer });
    expect(run.state()).toMatchObject({ status: "running", current_step: "call" });
  });

  test("that expires fails the run without on_expire, an approval too", () => {
    const run = play([approval("sign", { config: { expires_in_s: 60 } })]);
    run.outcome("sign", 1, { kind: "waiting" });
    const [timer] = timersOf(run.state());
    if (timer) run.tell({ kind: "timer", at: after(61), timer });
    expect(run.state()).toMatchObject({ status: "failed", error: { code: "wait_expired" } });
  });

  test("that has expired is not answered, even before its timer fires", () => {
    const run = play([form("ask", { config: { expires_in_s: 60 } })]);
    run.outcome("ask", 1, { kind: "waiting" });
    const answer = (at: string) => run.tell({ kind: "answer", at, by: { id: "dev" }, output: {} });
    expect(answer(after(60))).toEqual({
      ok: false,
      refusal: { reason: "expired", expires_at: after(60) },
    });
    expect(answer(after(59.999)).ok).toBe(true);
  });

  test("of another number is not answered", () => {
    const run = play([form("ask")]);
    run.outcome("ask", 1, { kind: "waiting" });
    const result = run.tell({
      kind: "answer",
      at: T0,
      wait_number: 2,
      by: { id: "dev" },
      output: {},
    });
    expect(result).toEqual({ ok: false, refusal: { reason: "stale_wait", wait_number: 1 } });
  });
});

describe("an approval", () => {
  const config = { approvers: ["ann@example.com", "bob@example.com"], quorum: 2 };

  test("keeps its wait number until the quorum is reached", () => {
    const run = play([approval("sign", { config })]);
    run.outcome("sign", 1, { kind: "waiting" });
    run.decide("ann@example.com", true);
    expect(run.state()).toMatchObject({ status: "waiting", wait: { number: 1 } });
    expect(run.types().slice(-2)).toEqual(["run.resumed", "run.waiting"]);
    run.decide("bob@example.com", true);
    expect(run.state()).toMatchObject({ status: "completed", waits: 1 });
  });

  test("expires when it would have, however many decide before", () => {
    const run = play([approval("sign", { config: { ...config, expires_in_s: 60 } })]);
    run.outcome("sign", 1, { kind: "waiting" });
    run.decide("ann@example.com", true);
    expect(run.find("run.waiting").map(({ data }) => data)).toMatchObject([
      { wait_number: 1, expires_at: after(60) },
      { wait_number: 1, expires_at: after(60) },
    ]);
  });

  test("is rejected as soon as the quorum is out of reach", () => {
    const run = play([approval("sign", { config })]);
    run.outcome("sign", 1, { kind: "waiting" });
    run.decide("ann@example.com", false);
    expect(run.state()).toMatchObject({ status: "failed", error: { code: "approval_rejected" } });
  });

  test.each([
    ["someone who is not listed", "eve@example.com", true, "not_an_approver"],
    ["the one who started the run", "ann@example.com", true, "self_approval"],
    ["a rejection without a comment", "bob@example.com", false, "comment_required"],
  ])("refuses %s", (_what, email, approved, reason) => {
    const strict = { ...config, require_comment_on_reject: true };
    const run = play([approval("sign", { config: strict })], { id: "a", email: "ann@example.com" });
    run.outcome("sign", 1, { kind: "waiting" });
    expect(run.decide(email, approved)).toMatchObject({ ok: false, refusal: { reason } });
  });

  test.each([
    ["a link without an address", { id: "resume_token", via: "resume_token" } as const],
    ["a JWT without one", { id: "user:ann", kind: "jwt" } as const],
    ["a JWT of an older version without one", { id: "user:ann" } as const],
  ])("refuses %s, which would count for no one", (_what, by) => {
    const run = play([approval("sign", { config })]);
    run.outcome("sign", 1, { kind: "waiting" });
    expect(run.tell({ kind: "decide", at: T0, by, step_id: "sign", approved: true })).toEqual({
      ok: false,
      refusal: { reason: "not_an_approver" },
    });
    expect(run.find("run.resumed")).toEqual([]);
  });

  test("records who decided, by what way, as which principal, and why", () => {
    const jwt = { id: "u1", kind: "jwt", email: "ann@example.com" } as const;
    const link = { id: "u1", email: "ann@example.com", via: "resume_token" } as const;
    const decisionOf = (caller: Caller, comment?: string) => {
      const run = play([approval("sign", { config })]);
      run.outcome("sign", 1, { kind: "waiting" });
      const said = comment === undefined ? {} : { comment };
      run.tell({ kind: "decide", at: T0, by: caller, step_id: "sign", approved: true, ...said });
      return run.find("run.resumed")[0]?.data;
    };
    expect(decisionOf(link)).toMatchObject({ by: "ann@example.com", via: "resume_token" });
    expect(decisionOf(jwt, "fine")).toEqual({
      wait_number: 1,
      by: "ann@example.com",
      principal: "u1",
      decision: { by: "ann@example.com", approved: true, comment: "fine", at: T0 },
    });
    expect(decisionOf({ id: "key1", email: "ann@example.com" })).toEqual({
      wait_number: 1,
      by: "ann@example.com",
      decision: { by: "ann@example.com", approved: true, at: T0 },
    });
  });

  test("refuses a decision about another step than the one that waits", () => {
    const run = play([approval("sign", { config, next: "after" }), approval("after", { config })]);
    run.outcome("sign", 1, { kind: "waiting" });
    const by = { id: "k", email: "ann@example.com" };
    expect(run.tell({ kind: "decide", at: T0, by, step_id: "after", approved: true })).toEqual({
      ok: false,
      refusal: { reason: "wrong_step", waiting_step: "sign" },
    });
    expect(run.find("run.resumed")).toEqual([]);
  });

  test("refuses a second decision of the same person", () => {
    const run = play([approval("sign", { config })]);
    run.outcome("sign", 1, { kind: "waiting" });
    run.decide("ann@example.com", true);
    expect(run.decide("ann@example.com", true)).toMatchObject({
      ok: false,
      refusal: { reason: "already_decided" },
    });
  });
});

describe("an approval of a run of an older version", () => {
  const config = { approvers: ["ann@example.com", "bob@example.com"], quorum: 2 };
  const decide = (run: ReturnType<typeof play>, id: string, email: string) =>
    run.tell({
      kind: "decide",
      at: T0,
      by: { id, email, kind: "jwt" },
      step_id: "sign",
      approved: true,
    });

  test("knows its starter by the id, though what they came with was not noted", () => {
    const run = play([approval("sign", { config })], { id: "user:ann" });
    run.outcome("sign", 1, { kind: "waiting" });
    expect(decide(run, "user:ann", "ann@example.com")).toEqual({
      ok: false,
      refusal: { reason: "self_approval" },
    });
    expect(decide(run, "user:bob", "bob@example.com").ok).toBe(true);
  });

  test("counts what a JWT without an e-mail decided then as its person's", () => {
    const run = play([approval("sign", { config })]);
    run.outcome("sign", 1, { kind: "waiting" });
    const state = run.state();
    if (!state.wait) throw new Error("no wait");
    const older = {
      ...state,
      wait: { ...state.wait, decisions: [{ by: "key:user:ann", approved: true, at: T0 }] },
    };
    const result = advance(indexWorkflow(definition([approval("sign", { config })])), older, {
      kind: "decide",
      at: T0,
      by: { id: "user:ann", email: "ann@example.com", kind: "jwt" },
      step_id: "sign",
      approved: true,
    });
    expect(result).toMatchObject({ ok: false, refusal: { reason: "already_decided" } });
  });

  test("takes an API key for no person, regardless of what its id looks like", () => {
    const run = play([approval("sign", { config })], { id: "key_abc" });
    run.outcome("sign", 1, { kind: "waiting" });
    const by = { id: "key_abc", kind: "key" as const };
    const command = { kind: "decide" as const, at: T0, by, step_id: "sign", approved: true };
    expect(run.tell(command).ok).toBe(true);
    expect(run.tell(command)).toEqual({
      ok: false,
      refusal: { reason: "already_decided", by: "key:key_abc" },
    });
    expect(run.state().wait).not.toHaveProperty("principals");
  });
});

describe("cancel", () => {
  test("fences: the step ends with the run and its timers are gone", () => {
    const run = play([api("call")]);
    run.outcome("call", 1, failed("transport"));
    expect(timersOf(run.state())).toHaveLength(1);
    run.tell({ kind: "cancel", at: T0, by: { id: "ops" }, reason: "enough" });
    expect(run.last()).toMatchObject({ type: "run.canceled", data: { reason: "enough" } });
    expect(timersOf(run.state())).toEqual([]);
    expect(run.state().steps["call"]?.status).toBe("canceled");
  });

  test("again changes nothing; after the end it is refused", () => {
    const run = play([api("call")]);
    run.tell({ kind: "cancel", at: T0, by: { id: "ops" } });
    const events = run.types();
    expect(run.tell({ kind: "cancel", at: T0, by: { id: "ops" } }).ok).toBe(true);
    expect(run.types()).toEqual(events);
    const ended = play([api("call")]);
    ended.outcome("call", 1, { kind: "completed", output: null });
    expect(ended.tell({ kind: "cancel", at: T0, by: { id: "ops" } })).toEqual({
      ok: false,
      refusal: { reason: "already_ended", status: "completed" },
    });
  });
});

describe("a run and the mock", () => {
  const response = {
    provider: "mock",
    model: "mock",
    template_id: "content_v1",
    template_version: 3,
    tokens_prompt: 1,
    tokens_output: 1,
    latency_ms: 1,
    retry_count: 0,
    cost_usd: 0,
    schema_valid: true,
  };
  const fallback = [{ provider: "mock" as const, model: "m" }];

  function started(mock: boolean, mock_asked: boolean | undefined): RunState {
    const workflow = indexWorkflow(
      definition([ai("draft", { config: { provider: "openai", fallback } })]),
    );
    const result = advance(workflow, null, {
      kind: "start",
      at: T0,
      run_id: "run_a",
      facts: {
        workflow_version: 1,
        created_by: { id: "dev" },
        provider: "mock",
        mock,
        ...(mock_asked === undefined ? {} : { mock_asked }),
        templates: {},
        tags: [],
      },
    });
    if (!result.ok) throw new Error("refused");
    const request = result.events.find((event) => event.type === "ai.request");
    expect(request?.data.provider).toBe((mock_asked ?? mock) ? "mock" : "openai");
    return result.state;
  }

  const answered = (state: RunState, provider: string) => {
    const workflow = indexWorkflow(
      definition([ai("draft", { config: { provider: "openai", fallback } })]),
    );
    const outcome = {
      kind: "completed",
      output: {},
      response: { ...response, provider },
    } as const;
    const result = advance(workflow, state, {
      kind: "outcome",
      at: T0,
      step_id: "draft",
      attempt: 1,
      outcome,
    });
    if (!result.ok) throw new Error("refused");
    return result.state.mock;
  };

  test.each<[string, boolean, boolean | undefined, string, boolean]>([
    ["that asked for it says so from its start", true, true, "mock", true],
    ["whose step names another asks that one, and says nothing", false, false, "openai", false],
    ["says so once the mock has answered", false, false, "mock", true],
    ["of an older release stays as it was written", false, undefined, "mock", false],
    ["of an older release on the mock stays there", true, undefined, "mock", true],
  ])("%s", (_what, mock, asked, provider, says) => {
    expect(answered(started(mock, asked), provider)).toBe(says);
  });
});

describe("what validation refuses and the engine must survive", () => {
  test("a step that does not exist fails the run, and nothing is started", () => {
    const run = play([api("a", { next: "gone" })]);
    run.outcome("a", 1, { kind: "completed", output: 1 });
    expect(run.types().slice(2)).toEqual(["step.started", "step.completed", "run.failed"]);
    expect(run.state().error).toEqual({
      code: "internal",
      message: 'The workflow has no step "gone".',
      step_id: null,
    });
  });

  test("a first step that does not exist fails the run at its start", () => {
    const workflow = indexWorkflow(definition([api("a")], { start_step: "gone" }));
    const facts = {
      workflow_version: 1,
      created_by: { id: "dev" },
      provider: "mock",
      mock: true,
      templates: {},
      tags: [],
    };
    const result = advance(workflow, null, { kind: "start", at: T0, run_id: "run_a", facts });
    expect(result.ok && result.events.map(({ type }) => type)).toEqual([
      "run.created",
      "run.started",
      "run.failed",
    ]);
    expect(result.ok && result.effect).toBeNull();
  });

  test.each<[string, Step[], AttemptOutcome, string]>([
    ["completed", [api("a", { next: "a" })], { kind: "completed", output: 1 }, "a"],
    ["failed", [api("a", { on_error: "a" })], failed("terminal"), "a"],
    [
      "completed, two steps before",
      [api("a", { next: "b" }), api("b", { next: "a" })],
      { kind: "completed", output: 1 },
      "a",
    ],
  ])("a step that %s is not started again by a cycle", (_what, steps, outcome, twice) => {
    const run = play(steps);
    for (const { id } of steps) run.outcome(id, 1, outcome);
    expect(run.find("step.started").map((event) => event.step_id)).toEqual(
      steps.map(({ id }) => id),
    );
    expect(run.state().error).toEqual({
      code: "internal",
      message: `Step "${twice}" was reached twice.`,
      step_id: twice,
    });
  });

  test.each<[Step]>([[ai("a")], [api("a")], [conditional("a", { config: { when: "true" } })]])(
    "a step that cannot wait and says that it waits has failed: $type",
    (step) => {
      const run = play([{ ...step, on_error: "caught" }, form("caught")]);
      run.outcome("a", 1, { kind: "waiting" });
      expect(run.find("run.waiting")).toEqual([]);
      expect(run.state().steps["a"]).toMatchObject({
        status: "failed",
        error: { code: "internal", message: `A step of type ${step.type} cannot wait.` },
      });
      expect(run.state().current_step).toBe("caught");
    },
  );

  test("the result of an attempt that was never made is ignored, and does not hide the real one", () => {
    const run = play([api("a", { retry: { ...RETRY, max_attempts: 2 } })]);
    const answered: AttemptOutcome = { kind: "completed", output: 1 };
    run.outcome("a", 2, answered);
    expect(run.types().slice(2)).toEqual(["step.started"]);
    run.outcome("a", 1, failed("transport"));
    const [timer] = timersOf(run.state());
    if (timer) run.tell({ kind: "timer", at: timer.at, timer });
    run.tell({ kind: "cancel", at: after(5), by: { id: "ops" }, isBegun: true });
    run.outcome("a", 2, answered, after(6));
    expect(run.find("step.late").map(({ attempt }) => attempt)).toEqual([2]);
    expect(run.state().under_way).toBeUndefined();
  });

  test("a quarantine fails the step that was under way, and the run with it", () => {
    const run = play([api("a")]);
    run.tell({ kind: "quarantine", at: after(1), seen: "stuck" });
    expect(run.types().slice(-2)).toEqual(["step.failed", "run.failed"]);
    expect(run.find("step.failed")).toMatchObject([
      { step_id: "a", attempt: 1, data: { code: "poisoned", message: "stuck", next: null } },
    ]);
    expect(run.state().steps["a"]).toMatchObject({ status: "failed" });
  });

  test.each<[string, { step_id?: string }, string]>([
    ["without a step", {}, "step.completed without a step"],
    ["of a step that never started", { step_id: "b" }, 'for the step "b", which never started'],
  ])("a log with an event %s is refused", (_what, place, message) => {
    const run = play([api("a")]);
    const event: RunEvent = {
      seq: 4,
      type: "step.completed",
      at: T0,
      run_id: "run_a",
      data: { next: null },
      ...place,
    };
    expect(() => foldLog([event], run.state())).toThrow(message);
  });
});
