/** Traces as a collector gets them, from the whole Worker. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runSchema } from "#model/run.ts";
import { FakeApi } from "../support/fake-api.ts";
import { type Service, startService } from "../support/service.ts";
import { type ReceivedSpan, TraceReceiver } from "../support/trace-receiver.ts";
import { answerForm, start } from "./runs.ts";

const CALLER = {
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
};
const TRACEPARENT = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
const SECRET_ANSWER = "hunter2-the-answer";

let receiver: TraceReceiver;
let api: FakeApi;
let service: Service;

beforeAll(async () => {
  [receiver, api] = await Promise.all([TraceReceiver.start(), FakeApi.start()]);
  service = await startService({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`,
    OTEL_EXPORTER_OTLP_HEADERS: "X-Api-Key=abc%20def,x-tenant=one",
    OTEL_SERVICE_NAME: "orders",
    TRACE_REQUEST_RATIO: "0",
    API_CALL_ALLOW_HTTP_HOSTS: api.host,
  });
});

afterAll(async () => {
  await service.close();
  await Promise.all([receiver.close(), api.close()]);
});

async function startWith(headers: Record<string, string>, body: object = {}): Promise<string> {
  const answer = await service.send({
    method: "POST",
    path: "/v1/executions",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ workflow_id: "content_draft_flow", ...body }),
  });
  return runSchema.parse(answer.json()).id;
}

async function approve(runId: string): Promise<void> {
  const approvals = [{ step_id: "approval", approved: true }];
  await service.post(`/v1/executions/${runId}/resume`, { approvals });
}

/** All spans of a run, once its own has come. */
async function traceOf(runId: string): Promise<ReceivedSpan[]> {
  await receiver.until(({ spans }) =>
    spans.some((span) => span.name.startsWith("run ") && span.attributes["run_id"] === runId),
  );
  return receiver.spansOf(runId);
}

/** Log lines of a run's events, once there are so many. */
async function linesOf(runId: string, count: number): Promise<string[]> {
  const lines = () =>
    service.logs().filter((line) => line.includes(runId) && line.includes('"seq"'));
  const deadline = Date.now() + 10_000;
  while (lines().length < count && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(lines().length).toBeGreaterThanOrEqual(count);
  return lines();
}

function named(spans: ReceivedSpan[], name: string): ReceivedSpan {
  const span = spans.find((one) => one.name === name);
  if (!span) throw new Error(`no span "${name}" among ${spans.map((one) => one.name).join(", ")}`);
  return span;
}

describe("the trace of the main job", () => {
  let runId = "";
  let spans: ReceivedSpan[] = [];

  beforeAll(async () => {
    runId = await startWith({ traceparent: TRACEPARENT });
    await receiver.until(() => receiver.spansOf(runId).length > 0);
    expect(receiver.spansOf(runId).map((span) => span.name)).toEqual(["start content_draft_flow"]);
    await answerForm(service, runId);
    await receiver.until(() => receiver.spansOf(runId).length > 1);
    await approve(runId);
    spans = await traceOf(runId);
  });

  test("is one, before and after its waits, and that of the caller", () => {
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([CALLER.traceId]));
    expect(new Set(spans.map((span) => span.spanId)).size).toBe(spans.length);
    expect(named(spans, "run content_draft_flow").parentSpanId).toBe(CALLER.spanId);
  });

  test("comes as the protocol says", () => {
    expect(receiver.faults).toEqual([]);
    const posts = receiver.posts.filter((post) =>
      post.spans.some((span) => span.attributes["run_id"] === runId),
    );
    expect(posts.length).toBeGreaterThanOrEqual(3);
    for (const post of posts) {
      expect(post.path).toBe("/v1/traces");
      expect(post.headers).toMatchObject({
        "content-type": "application/json",
        "x-api-key": "abc def",
        "x-tenant": "one",
      });
    }
  });

  test("hangs together: every parent is there", () => {
    const ids = new Set([...spans.map((span) => span.spanId), CALLER.spanId]);
    const orphans = spans.filter((span) => !ids.has(span.parentSpanId));
    expect(orphans).toEqual([]);
    const nameOf = new Map(spans.map((span) => [span.spanId, span.name]));
    expect(spans.map((span) => [span.name, nameOf.get(span.parentSpanId) ?? "the caller"])).toEqual(
      [
        ["start content_draft_flow", "run content_draft_flow"],
        ["form form", "run content_draft_flow"],
        ["chat mock", "attempt generate"],
        ["attempt generate", "ai_generate generate"],
        ["ai_generate generate", "run content_draft_flow"],
        ["resume content_draft_flow", "run content_draft_flow"],
        ["approval approval", "run content_draft_flow"],
        ["resume content_draft_flow", "run content_draft_flow"],
        ["run content_draft_flow", "the caller"],
      ],
    );
  });

  test("has the times of the log", async () => {
    const history = await service.get(`/v1/executions/${runId}/history`);
    const { events } = history.json() as { events: { type: string; at: string }[] };
    const time = (type: string) => Date.parse(events.find((one) => one.type === type)?.at ?? "");
    const run = named(spans, "run content_draft_flow");
    expect(run.startMs).toBe(time("run.created"));
    expect(run.endMs).toBe(time("run.completed"));
    expect(run.events.map((event) => event.name)).toEqual([
      "run.started",
      "run.waiting",
      "run.resumed",
      "run.waiting",
      "run.resumed",
      "run.completed",
    ]);
    expect(run.events[1]?.atMs).toBe(time("run.waiting"));
    for (const span of spans) expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
  });

  test("says of the call to the model all that the contract asks for", () => {
    const { kind, attributes, status } = named(spans, "chat mock");
    expect(kind).toBe("SPAN_KIND_CLIENT");
    expect(status).toEqual({ code: "STATUS_CODE_UNSET", message: "" });
    expect(attributes).toMatchObject({
      run_id: runId,
      step_id: "generate",
      provider: "mock",
      template_id: "content_v1",
      template_version: 1,
      retry_count: 0,
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "mock",
      "gen_ai.system": "mock",
    });
    for (const name of ["tokens_prompt", "tokens_output", "latency_ms"]) {
      expect(attributes[name]).toEqual(expect.any(Number));
    }
    expect(attributes["gen_ai.usage.input_tokens"]).toBe(attributes["tokens_prompt"]);
    expect(attributes["gen_ai.usage.output_tokens"]).toBe(attributes["tokens_output"]);
    expect(attributes["tokens_prompt"]).toBeGreaterThan(0);
  });

  test("is named in every log line of the run, and only in those of traced runs", async () => {
    for (const line of await linesOf(runId, 15))
      expect(JSON.parse(line)).toMatchObject({ trace_id: CALLER.traceId });
    const quiet = await startWith({ traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-00` });
    for (const line of await linesOf(quiet, 4))
      expect(JSON.parse(line)).not.toHaveProperty("trace_id");
  });

  test("has no spans of requests when none are to have one", () => {
    expect(receiver.spans.filter((span) => span.kind === "SPAN_KIND_SERVER")).toEqual([]);
  });

  test("says who sends it", () => {
    expect(spans[0]?.service).toEqual({
      "service.name": "orders",
      "service.version": "0.4.0",
      "deployment.environment.name": "development",
    });
    expect(spans[0]?.scope).toBe("workflow-orchestrator");
  });
});

describe("a trace of its own", () => {
  test.each([
    ["without a traceparent", undefined],
    ["with one of another form", "00-xyz-1-01"],
    ["with one of zeros", `00-${"0".repeat(32)}-${CALLER.spanId}-01`],
  ])("is what a run gets %s", async (_what, traceparent) => {
    const runId = await startWith(traceparent === undefined ? {} : { traceparent });
    await service.post(`/v1/executions/${runId}/cancel`);
    const spans = await traceOf(runId);
    const run = named(spans, "run content_draft_flow");
    expect(run.parentSpanId).toBe("");
    expect(run.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(run.traceId).not.toBe(CALLER.traceId);
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
  });

  test("is not sent when the caller's trace is not sampled", async () => {
    const unsampled = await startWith({ traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-00` });
    await service.post(`/v1/executions/${unsampled}/cancel`);
    const sampled = await start(service);
    await service.post(`/v1/executions/${sampled}/cancel`);
    await traceOf(sampled);
    expect(receiver.spansOf(unsampled)).toEqual([]);
  });
});

describe("a collector", () => {
  test("that answers 503, then 429, gets the same spans again", async () => {
    receiver.answers.push(503, 429);
    const runId = await start(service);
    await service.post(`/v1/executions/${runId}/cancel`);
    const spans = await traceOf(runId);
    expect(receiver.answers).toEqual([]);
    expect(spans.map((span) => span.name)).toEqual([
      "start content_draft_flow",
      "form form",
      "run content_draft_flow",
    ]);
  });

  test("that refuses a batch does not get it again, and the log says so", async () => {
    receiver.answers.push(400);
    const refused = await start(service);
    await receiver.until(() => receiver.answers.length === 0);
    await service.post(`/v1/executions/${refused}/cancel`);
    const names = (await traceOf(refused)).map((span) => span.name);
    expect(names).toEqual(["form form", "run content_draft_flow"]);
    const line = service.logs().find((one) => one.includes('"spans refused"'));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ level: "ERROR", run_id: refused, spans: 1 });
  });
});

describe("an api_call", () => {
  const flow = (path: string) => `id: traced_call
name: Traced Call
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    next: call
    config:
      fields:
        - { key: pin, type: string, required: true, sensitive: true }
  - id: call
    type: api_call
    name: Call
    retry: { max_attempts: 2, initial_delay_ms: 50, max_delay_ms: 50, backoff: fixed, jitter: false }
    config:
      url: http://${api.host}${path}?pin={{inputs.pin}}
      method: GET
      headers: { Traceparent: "00-11111111111111111111111111111111-1111111111111111-01", X-Pin: "{{inputs.pin}}" }
`;

  test("tells the API in which of the run's spans it was made, attempt by attempt", async () => {
    const path = `/flaky?pin=${SECRET_ANSWER}`;
    api.script(path, [
      { kind: "answer", status: 503 },
      { kind: "answer", status: 200, body: '"fine"' },
    ]);
    await service.yaml("POST", "/v1/workflows", flow("/flaky"));
    const runId = await startWith(
      { traceparent: TRACEPARENT },
      { workflow_id: "traced_call", inputs: { pin: SECRET_ANSWER } },
    );
    const spans = await traceOf(runId);
    const calls = spans.filter((span) => span.name === "GET");
    const seen = api.calls(path).map((call) => call.headers["traceparent"]);
    expect(seen).toEqual(calls.map((call) => `00-${CALLER.traceId}-${call.spanId}-01`));
    expect(calls.map((call) => [call.kind, call.status.code, call.attributes])).toEqual([
      [
        "SPAN_KIND_CLIENT",
        "STATUS_CODE_ERROR",
        expect.objectContaining({ "http.response.status_code": 503, "error.type": "http_error" }),
      ],
      [
        "SPAN_KIND_CLIENT",
        "STATUS_CODE_UNSET",
        expect.objectContaining({
          "http.response.status_code": 200,
          "http.request.resend_count": 1,
          "url.template": "/flaky",
          "server.address": "127.0.0.1",
        }),
      ],
    ]);
    expect(named(spans, "api_call call").events.map((event) => event.name)).toEqual([
      "step.retrying",
    ]);
  });

  test("leaves nothing of a sensitive answer in any span, even if it is repeated", async () => {
    const held = `id: traced_pin
name: Traced Pin
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    next: sign
    config:
      fields:
        - { key: pin, type: string, required: true, sensitive: true }
  - id: sign
    type: approval
    name: Sign
    config: { approvers: [ann@example.com] }
`;
    await service.yaml("POST", "/v1/workflows", held);
    const runId = await startWith(
      {},
      { workflow_id: "traced_pin", inputs: { pin: SECRET_ANSWER } },
    );
    const reason = `${SECRET_ANSWER} is wrong`;
    await service.post(`/v1/executions/${runId}/cancel`, { reason });
    const { events } = named(await traceOf(runId), "run traced_pin");
    expect(events.at(-1)?.attributes["workflow.reason"]).toBe("[SENSITIVE] is wrong");
    const bodies = receiver.posts.map((post) => post.body).join("\n");
    expect(bodies).toContain("traced_call");
    expect(bodies).not.toContain(SECRET_ANSWER);
  });
});

describe("people", () => {
  test("who decide and cancel are not named in spans", async () => {
    const runId = await start(service);
    await service.post(`/v1/executions/${runId}/cancel`, {
      reason: "ask bob@example.com, token=abcdefghijklmnop1234567890",
    });
    const { events } = named(await traceOf(runId), "run content_draft_flow");
    expect(events.at(-1)?.attributes).toEqual({
      "workflow.by": "key:dev",
      "workflow.reason": "ask [REDACTED_EMAIL], token: [REDACTED]",
    });
  });
});
