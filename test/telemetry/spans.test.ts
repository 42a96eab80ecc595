import { describe, expect, test } from "vitest";
import type { AttemptOutcome, LateResult } from "#model/attempt.ts";
import type { Span } from "#telemetry/open-spans.ts";
import { spanIdOf } from "#telemetry/trace-context.ts";
import { ai, api, approval, conditional, form } from "../support/definitions.ts";
import { at, ms, PlayedRun, response, RUN_ID } from "./played-run.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;
const KEY = { id: "dev" };
const UNREACHABLE: AttemptOutcome = {
  kind: "failed",
  class: "transport",
  failure: { code: "network_error", message: "There is no answer." },
};

/** Form, model, approval: answered after a day, decided after three. */
function mainJob(): PlayedRun {
  return new PlayedRun([
    form("form", { next: "generate" }),
    ai("generate", { next: "sign", config: { model: "gpt-5-mini", temperature: 0.2 } }),
    approval("sign"),
  ])
    .waits(0, "form")
    .tell({ kind: "answer", at: at(DAY), by: KEY, output: { topic: "Launch" } })
    .outcome(DAY + 1, "generate", 1, { kind: "completed", output: {}, response: response() })
    .waits(DAY + 1, "sign")
    .tell({
      kind: "decide",
      at: at(3 * DAY),
      by: { id: "u", email: "ann@example.com" },
      step_id: "sign",
      approved: true,
    });
}

function retriedCall(): PlayedRun {
  return new PlayedRun([
    api("call", { config: { url: "https://api.example.com:8443/v1/items?q={{topic}}" } }),
  ])
    .outcome(1, "call", 1, {
      kind: "failed",
      class: "transport",
      failure: { code: "http_error", message: "The server answered 503.", http_status: 503 },
    })
    .retry(2)
    .outcome(3, "call", 2, { kind: "completed", output: {} });
}

function named(spans: Span[], name: string): Span {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1)
    throw new Error(`${found.length} spans "${name}" of ${spans.map((s) => s.name).join(", ")}`);
  return found[0] as Span;
}

describe("the spans of the main job", () => {
  const spans = mainJob().spans();

  test("are one tree under the run, each sent when it ended", () => {
    const nameOf = new Map(spans.map((span) => [span.spanId, span.name]));
    expect(spans.map((span) => [span.name, nameOf.get(span.parentSpanId ?? "") ?? null])).toEqual([
      ["start sample", "run sample"],
      ["form form", "run sample"],
      ["chat gpt-5-mini", "attempt generate"],
      ["attempt generate", "ai_generate generate"],
      ["ai_generate generate", "run sample"],
      ["resume sample", "run sample"],
      ["approval sign", "run sample"],
      ["resume sample", "run sample"],
      ["run sample", null],
    ]);
  });

  test("last as long as what they stand for, waits included", () => {
    expect(spans.map(({ name, startMs, endMs }) => [name, startMs, endMs])).toEqual([
      ["start sample", ms(0), ms(0)],
      ["form form", ms(0), ms(DAY)],
      // The model took 700 ms, whenever it was asked.
      ["chat gpt-5-mini", ms(DAY + 0.3), ms(DAY + 1)],
      ["attempt generate", ms(DAY), ms(DAY + 1)],
      ["ai_generate generate", ms(DAY), ms(DAY + 1)],
      ["resume sample", ms(DAY), ms(DAY + 1)],
      ["approval sign", ms(DAY + 1), ms(3 * DAY)],
      ["resume sample", ms(3 * DAY), ms(3 * DAY)],
      ["run sample", ms(0), ms(3 * DAY)],
    ]);
  });

  test("name the run and the workflow, and all but the run their step", () => {
    for (const span of spans) {
      expect(span.attributes).toMatchObject({
        run_id: RUN_ID,
        "workflow.id": "sample",
        "workflow.version": 7,
      });
    }
    expect(spans.map((span) => span.attributes["step_id"])).toEqual([
      "form",
      "form",
      "generate",
      "generate",
      "generate",
      "form",
      "sign",
      "sign",
      undefined,
    ]);
  });

  test("say of the model what the conventions and the contract ask for", () => {
    const { kind, attributes, error } = named(spans, "chat gpt-5-mini");
    expect({ kind, error }).toEqual({ kind: "client", error: null });
    expect(attributes).toEqual({
      run_id: RUN_ID,
      step_id: "generate",
      "workflow.id": "sample",
      "workflow.version": 7,
      "workflow.attempt": 1,
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.system": "openai",
      "gen_ai.output.type": "json",
      "gen_ai.request.model": "gpt-5-mini",
      "gen_ai.request.temperature": 0.2,
      "gen_ai.response.model": "gpt-5-mini-2026-01-01",
      "gen_ai.usage.input_tokens": 91,
      "gen_ai.usage.output_tokens": 22,
      provider: "openai",
      model: "gpt-5-mini-2026-01-01",
      template_id: "content_v1",
      template_version: 3,
      tokens_prompt: 91,
      tokens_output: 22,
      latency_ms: 700,
      retry_count: 0,
      cost_usd: 0.0021,
      schema_valid: true,
    });
  });

  test("say why the model stopped, and no tokens where it did not report any", () => {
    const told = response({ finish_reason: "length", tokens_unknown: true, tokens_prompt: 0 });
    const run = new PlayedRun([ai("write")]).outcome(1, "write", 1, {
      kind: "completed",
      output: {},
      response: told,
    });
    const { attributes } = named(run.spans(), "chat openai");
    expect(attributes["gen_ai.response.finish_reasons"]).toEqual(["length"]);
    expect(attributes).not.toHaveProperty("gen_ai.usage.input_tokens");
    expect(attributes).toMatchObject({ tokens_prompt: 0, tokens_output: 22 });
  });

  test("tell of waits and answers as events, of the run and of the step", () => {
    const told = (span: Span) => span.events.map(({ name, atMs }) => [name, atMs]);
    expect(told(named(spans, "approval sign"))).toEqual([
      ["run.waiting", ms(DAY + 1)],
      ["run.resumed", ms(3 * DAY)],
    ]);
    expect(told(named(spans, "run sample"))).toEqual([
      ["run.started", ms(0)],
      ["run.waiting", ms(0)],
      ["run.resumed", ms(DAY)],
      ["run.waiting", ms(DAY + 1)],
      ["run.resumed", ms(3 * DAY)],
      ["run.completed", ms(3 * DAY)],
    ]);
    expect(named(spans, "approval sign").events[1]?.attributes).toEqual({
      step_id: "sign",
      "workflow.wait.number": 2,
      "workflow.by": "ann@example.com",
      "workflow.approved": true,
    });
  });

  test("have the caller's span above them when the start named one", () => {
    const trace = { traceId: "f".repeat(32), parentSpanId: "00f067aa0ba902b7" };
    expect(named(mainJob().spans({ trace }), "run sample").parentSpanId).toBe("00f067aa0ba902b7");
  });
});

describe("a run that waits", () => {
  test("is seen by its start, before anything else has ended", () => {
    const run = new PlayedRun([form("form")]).waits(0, "form");
    expect(run.spans().map((span) => span.name)).toEqual(["start sample"]);
    expect(run.spans()[0]?.attributes).toMatchObject({
      step_id: "form",
      "workflow.activity": "start",
      "workflow.run.status": "waiting",
    });
  });

  test("and whose wait runs out is set in motion by that", () => {
    const run = new PlayedRun([form("form", { config: { expires_in_s: HOUR } })]).waits(0, "form");
    const timer = { kind: "expire", wait_number: 1, at: at(HOUR) } as const;
    const spans = run.tell({ kind: "timer", at: at(HOUR), timer }).spans();
    expect(spans.map(({ name, error }) => [name, error])).toEqual([
      ["start sample", null],
      ["form form", `There was no answer by ${at(HOUR)}.`],
      ["expire sample", `There was no answer by ${at(HOUR)}.`],
      ["run sample", `There was no answer by ${at(HOUR)}.`],
    ]);
    expect(named(spans, "form form").attributes).toMatchObject({
      "error.type": "wait_expired",
      "workflow.step.status": "failed",
    });
  });

  test("and is canceled ends without an error", () => {
    const run = new PlayedRun([form("form")]).waits(0, "form");
    const spans = run.tell({ kind: "cancel", at: at(5), by: KEY, reason: "typo" }).spans();
    expect(spans.map(({ name, error }) => [name, error])).toEqual([
      ["start sample", null],
      ["form form", null],
      ["run sample", null],
    ]);
    expect(named(spans, "form form").attributes["workflow.step.status"]).toBe("canceled");
    expect(named(spans, "run sample").attributes["workflow.run.status"]).toBe("canceled");
    expect(named(spans, "run sample").events.at(-1)).toEqual({
      name: "run.canceled",
      atMs: ms(5),
      attributes: { "workflow.by": "key:dev", "workflow.reason": "typo" },
    });
  });
});

describe("attempts", () => {
  test("of an api_call each have a call, its status, and why it was made again", () => {
    const spans = retriedCall().spans({ statuses: { call: 201 } });
    const attempts = spans.filter((span) => span.name === "attempt call");
    const calls = spans.filter((span) => span.name === "GET");
    expect(calls.map((call) => call.parentSpanId)).toEqual(attempts.map((one) => one.spanId));
    expect(calls.map(({ startMs, endMs, error }) => [startMs, endMs, error])).toEqual([
      [ms(0), ms(1), "The server answered 503."],
      [ms(2), ms(3), null],
    ]);
    expect(attempts[0]?.attributes).toMatchObject({
      "workflow.attempt": 1,
      "workflow.retry.reason": "transport",
      "error.type": "http_error",
    });
    expect(calls[0]?.attributes).toMatchObject({
      "http.request.method": "GET",
      "server.address": "api.example.com",
      "server.port": 8443,
      "url.scheme": "https",
      "url.template": "/v1/items",
      "http.response.status_code": 503,
      "error.type": "http_error",
    });
    expect(calls[0]?.attributes).not.toHaveProperty("http.request.resend_count");
    expect(calls[1]?.attributes).toMatchObject({
      "http.response.status_code": 201,
      "http.request.resend_count": 1,
    });
    expect(named(spans, "api_call call").events.map((event) => event.name)).toEqual([
      "step.retrying",
    ]);
  });

  test("the call's id is known before its span: it is what is sent along", () => {
    const id = spanIdOf(RUN_ID, { kind: "call", stepId: "call", attempt: 2 });
    expect(
      retriedCall()
        .spans()
        .filter((span) => span.name === "GET")[1]?.spanId,
    ).toBe(id);
  });

  test("of a model that breaks the schema fail, and each shows what it took", () => {
    const violation = (attempt: number): AttemptOutcome => ({
      kind: "failed",
      class: "schema",
      failure: { code: "ai_schema_violation", message: "No draft." },
      feedback: [],
      response: response({ schema_valid: false, retry_count: attempt - 1 }),
    });
    const run = new PlayedRun([ai("write")]);
    for (const attempt of [1, 2, 3]) run.outcome(attempt, "write", attempt, violation(attempt));
    const calls = run.spans().filter((span) => span.name === "chat openai");
    expect(calls.map(({ error, attributes }) => [error, attributes["retry_count"]])).toEqual([
      ["No draft.", 0],
      ["No draft.", 1],
      ["No draft.", 2],
    ]);
    expect(named(run.spans(), "run sample").attributes["error.type"]).toBe("ai_schema_violation");
  });

  test("of a step that another catches fail alone; the run does not", () => {
    const once = {
      max_attempts: 1,
      initial_delay_ms: 0,
      max_delay_ms: 0,
      backoff: "fixed",
      jitter: false,
    } as const;
    const run = new PlayedRun([
      api("call", { retry: once, on_error: "rule", next: null }),
      conditional("rule"),
    ])
      .outcome(1, "call", 1, UNREACHABLE)
      .outcome(1, "rule", 1, { kind: "completed", output: {}, next: null });
    expect(run.spans().map(({ name, error }) => [name, error])).toEqual([
      ["GET", "There is no answer."],
      ["attempt call", "There is no answer."],
      ["api_call call", "There is no answer."],
      ["conditional rule", null],
      ["start sample", null],
      ["run sample", null],
    ]);
  });
});

describe("an answer that comes too late", () => {
  const late = (attempt: number): AttemptOutcome => ({
    kind: "completed",
    output: {},
    response: response({ retry_count: attempt - 1 }),
  });

  test("after a cancel ends the call that was under way, and shows what it took", () => {
    const run = new PlayedRun([ai("write")])
      .tell({ kind: "cancel", at: at(1), by: KEY })
      .outcome(2, "write", 1, late(1));
    const names = run.spans().map((span) => span.name);
    expect(names).toEqual([
      "attempt write",
      "ai_generate write",
      "start sample",
      "run sample",
      "chat openai",
    ]);
    const call = named(run.spans(), "chat openai");
    expect(call).toMatchObject({ startMs: ms(1.3), endMs: ms(2) });
    expect(call.spanId).toBe(spanIdOf(RUN_ID, { kind: "call", stepId: "write", attempt: 1 }));
    expect(call.attributes).toMatchObject({ "workflow.late": true, tokens_prompt: 91 });
  });

  test.each<[string, LateResult, object]>([
    [
      "is answered",
      { outcome: "completed", output: { status: 201 } },
      { error: null, attributes: { "workflow.late": true, "http.response.status_code": 201 } },
    ],
    [
      "fails",
      { outcome: "failed", failure: { code: "http_error", message: "no", http_status: 503 } },
      { error: "no", attributes: { "http.response.status_code": 503, "error.type": "http_error" } },
    ],
    [
      "may have been carried out",
      { outcome: "outcome_unknown" },
      {
        error: "The run was canceled during the call.",
        attributes: { "workflow.late": true, "error.type": "outcome_unknown" },
      },
    ],
  ])("of an API after a cancel ends its call when it %s", (_what, result, span) => {
    const run = new PlayedRun([api("call")])
      .tell({ kind: "cancel", at: at(1), by: KEY, isBegun: true })
      .tell({ kind: "late", at: at(2.5), step_id: "call", attempt: 1, result });
    expect(
      run
        .spans()
        .map(({ name }) => name)
        .slice(-2),
    ).toEqual(["run sample", "GET"]);
    expect(named(run.spans(), "GET")).toMatchObject({ endMs: ms(2.5), ...span });
  });

  test("of an API that was not under way changes no span", () => {
    const run = new PlayedRun([api("call")]).tell({ kind: "cancel", at: at(1), by: KEY });
    const before = run.spans();
    run.outcome(2, "call", 1, { kind: "completed", output: { status: 200 } });
    expect(run.spans()).toEqual(before);
  });

  test("of an attempt that was answered has a span of its own, and leaves the live one alone", () => {
    const run = new PlayedRun([ai("write")])
      .outcome(1, "write", 1, { ...UNREACHABLE, response: response() })
      .retry(2)
      .outcome(2.5, "write", 1, late(1))
      .outcome(4, "write", 2, {
        kind: "completed",
        output: {},
        response: response({ retry_count: 1 }),
      });
    const calls = run.spans().filter((span) => span.kind === "client");
    expect(new Set(calls.map((call) => call.spanId)).size).toBe(3);
    expect(
      calls.map(({ startMs, endMs, attributes }) => [startMs, endMs, attributes["workflow.late"]]),
    ).toEqual([
      [ms(0.3), ms(1), undefined],
      [ms(1.8), ms(2.5), true],
      [ms(3.3), ms(4), undefined],
    ]);
  });
});

describe("sent piece by piece", () => {
  test.each([
    ["the main job", mainJob()],
    ["a call that was made again", retriedCall()],
  ])("%s returns its result at once, each span once", (_what, run) => {
    const pieces = run.stops.flatMap((stop, index) =>
      run.spans({ upTo: stop, afterSeq: run.stops[index - 1] ?? 0 }),
    );
    expect(pieces).toEqual(run.spans());
    expect(new Set(pieces.map((span) => span.spanId)).size).toBe(pieces.length);
  });

  test("a span holds 128 events, and counts the others", () => {
    const approvers = Array.from({ length: 70 }, (_, index) => `p${index}@example.com`);
    const run = new PlayedRun([approval("sign", { config: { quorum: 70, approvers } })]).waits(
      0,
      "sign",
    );
    for (let index = 0; index < 65; index += 1) {
      run.tell({
        kind: "decide",
        at: at(index),
        by: { id: `k${index}` },
        step_id: "sign",
        approved: true,
      });
    }
    const span = named(run.tell({ kind: "cancel", at: at(99), by: KEY }).spans(), "approval sign");
    // 1 + 65 × (resumed, waiting)
    expect(span.events).toHaveLength(128);
    expect(span.droppedEvents).toBe(3);
  });
});
