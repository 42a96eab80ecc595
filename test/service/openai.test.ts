/** The whole Worker with `AI_PROVIDER=openai`, against a server that speaks the real wire format. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { inferenceSchema } from "#model/inference.ts";
import { problemSchema } from "#model/problem.ts";
import { type History, historySchema, type Run, runListSchema, runSchema } from "#model/run.ts";
import {
  answering,
  completion,
  FAKE_KEY,
  FAKE_MODEL,
  FakeOpenAi,
  refusing,
  type Turn,
} from "../support/fake-openai.ts";
import type { Answer } from "../support/http.ts";
import { eventsOf } from "../support/run-event.ts";
import { type Service, startService } from "../support/service.ts";

const INFER_LIMIT_MS = 1_200;
const ANSWERS = { topic: "a canary in the prompt", audience: "SMB" };
const DRAFT = { draft: "a canary in the answer" };
/** 100 tokens at 0.75 and 20 at 4.50 US dollars a million. */
const COST = 0.000165;

let model: FakeOpenAi;
let service: Service;

beforeAll(async () => {
  model = await FakeOpenAi.start();
  service = await startService({
    AI_PROVIDER: "openai",
    OPENAI_API_KEY: "{{secrets.MODEL_KEY}}",
    OPENAI_BASE_URL: model.baseUrl,
    AI_INFER_TIMEOUT_MS: String(INFER_LIMIT_MS),
  });
  const stored = await service.put("/v1/secrets/MODEL_KEY", { value: FAKE_KEY });
  expect(stored.status).toBe(200);
});
afterAll(async () => {
  await service.close();
  await model.close();
});
beforeEach(() => model.script(answering(DRAFT)));

async function draft(...turns: [Turn, ...Turn[]]): Promise<{ run: Run; history: History }> {
  model.script(...turns);
  return start("content_draft_flow");
}

async function start(workflowId: string): Promise<{ run: Run; history: History }> {
  const body = { workflow_id: workflowId, inputs: ANSWERS };
  const started = await service.post("/v1/executions", body, { prefer: "wait=20" });
  expect({ status: started.status, text: started.text }).toMatchObject({ status: 202 });
  const run = runSchema.parse(started.json());
  const history = await service.get(`/v1/executions/${run.id}/history`);
  return { run, history: historySchema.parse(history.json()) };
}

describe("a run", () => {
  test("is drafted by the model, with its cost on the run and on the step", async () => {
    const { run, history } = await draft(answering(DRAFT));
    const usage = { tokens_prompt: 100, tokens_output: 20, cost_usd: COST, ai_calls: 1 };
    expect(run).toMatchObject({ status: "waiting", current_step: "approval", usage });
    expect(run).not.toHaveProperty("mock");
    expect(history.steps[1]).toMatchObject({ step_id: "generate", output: DRAFT, usage });
    expect(eventsOf(history.events, "ai.response").map(({ data }) => data)).toEqual([
      {
        provider: "openai",
        model: FAKE_MODEL,
        template_id: "content_v1",
        template_version: 1,
        tokens_prompt: 100,
        tokens_output: 20,
        latency_ms: expect.any(Number) as number,
        retry_count: 0,
        cost_usd: COST,
        schema_valid: true,
        finish_reason: "stop",
      },
    ]);
    expect(model.calls.map(({ body }) => body.model)).toEqual(["gpt-5.4-mini"]);
  });

  test("goes on after answers that do not fit, each paid for", async () => {
    const { run, history } = await draft(answering({}), completion("Sure!"), answering(DRAFT));
    expect(run.usage).toMatchObject({ ai_calls: 3, tokens_prompt: 300, cost_usd: 0.000495 });
    expect(history.steps[1]?.usage).toEqual(run.usage);
    expect(eventsOf(history.events, "step.retrying").map(({ data }) => data)).toMatchObject([
      { reason: "schema", feedback: ['The answer lacks the required property "draft".'] },
      { reason: "schema", feedback: [expect.stringContaining("must be one JSON value")] },
    ]);
    const told = model.calls.map(({ body }) => body.messages.length);
    expect(told).toEqual([told[0], (told[0] ?? 0) + 2, (told[0] ?? 0) + 2]);
    expect(model.calls.map(({ body }) => body.messages.slice(-2, -1)[0]?.content)).toEqual([
      expect.anything(),
      "{}",
      "Sure!",
    ]);
    const excerpts = eventsOf(history.events, "step.retrying").map(({ data }) => data.excerpt);
    expect(excerpts).toEqual(["{}", "Sure!"]);
  });

  test("whose provider does not count has no cost, and says so everywhere", async () => {
    const { run, history } = await draft(answering({}), answering(DRAFT, { usage: null }));
    const unknown = { cost_usd: null, known_cost_usd: COST, ai_calls: 2, tokens_prompt: 100 };
    expect(run.usage).toMatchObject(unknown);
    expect(history.steps[1]?.usage).toMatchObject(unknown);
    expect(eventsOf(history.events, "ai.response")[1]?.data).toMatchObject({
      cost_usd: null,
      tokens_unknown: true,
    });
    await expect
      .poll(async () => {
        const { items } = runListSchema.parse((await service.get("/v1/executions")).json());
        return items.find(({ id }) => id === run.id)?.usage;
      })
      .toEqual(run.usage);
  });

  test("takes the fallback when the budget of the first is spent, and only then", async () => {
    const yaml = `id: with_fallback
name: With fallback
start_step: draft
output: { draft: steps.draft.output.draft }
steps:
  - id: draft
    type: ai_generate
    name: Draft
    retry: { max_attempts: 2, initial_delay_ms: 1, jitter: false }
    config:
      template_id: content_v1
      variables: [topic, audience]
      model: first
      temperature: 0.3
      max_output_tokens: 50
      fallback: [{ provider: openai, model: second }]
      json_schema: { type: object, properties: { draft: { type: string, maxLength: 90 } }, required: [draft] }
`;
    expect((await service.yaml("POST", "/v1/workflows", yaml)).status).toBe(201);
    model.respond(({ body }, index) => {
      if (index === 1) return answering({});
      return body.model === "first" ? refusing(503) : answering(DRAFT);
    });
    const { run, history } = await start("with_fallback");
    expect(run).toMatchObject({ status: "completed", output: DRAFT });
    expect(model.calls.map(({ body }) => body.model)).toEqual([
      "first",
      "first",
      "first",
      "second",
    ]);
    expect(model.calls[0]?.body).toMatchObject({ temperature: 0.3, max_tokens: 50 });
    expect(eventsOf(history.events, "step.retrying").map(({ data }) => data.reason)).toEqual([
      "transport",
      "schema",
      "fallback",
    ]);
    expect(eventsOf(history.events, "ai.response").map(({ data }) => data.lowering)).toEqual(
      [1, 2, 3, 4].map(() => ["/properties/draft: maxLength dropped"]),
    );
  });

  test("that the model refuses fails, and neither prompt, answer nor key is logged", async () => {
    const { run, history } = await draft(completion(null, { refusal: "a canary in the refusal" }));
    expect(run).toMatchObject({
      status: "failed",
      error: {
        code: "ai_refused",
        message: "The model refused to answer.",
        step_id: "generate",
      },
      usage: { ai_calls: 1, cost_usd: COST },
    });
    const everything = JSON.stringify(history) + service.logs().join("\n");
    expect(everything).not.toContain(FAKE_KEY);
    expect(everything).not.toContain("a canary in the refusal");
    expect(service.logs().filter((line) => line.includes("a canary"))).toEqual([]);
  });
});

describe("an inference", () => {
  const request = {
    template_id: "content_v1",
    variables: ANSWERS,
    json_schema: { type: "object", properties: { draft: { type: "string" } }, required: ["draft"] },
  };
  const infer = (over: object = {}): Promise<Answer> =>
    service.post("/v1/ai/infer", { ...request, ...over });
  const problem = async (status: number, over: object = {}) => {
    const answer = await infer(over);
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
    return { ...problemSchema.parse(answer.json()), retryAfter: answer.headers.get("retry-after") };
  };

  test("asks the provider of the service", async () => {
    expect(inferenceSchema.parse((await infer()).json())).toMatchObject({
      output: DRAFT,
      provider: "openai",
      model: FAKE_MODEL,
      usage: { tokens_prompt: 100, tokens_output: 20, cost_usd: COST },
      retry_count: 0,
    });
  });

  test("asks the model that the body names", async () => {
    model.respond(({ body }) => answering(DRAFT, { model: body.model }));
    const inferred = inferenceSchema.parse(
      (await infer({ provider: "openai", model: "m-9" })).json(),
    );
    expect(inferred).toMatchObject({ model: "m-9", usage: { cost_usd: null } });
    expect(model.calls.map(({ body }) => body.model)).toEqual(["m-9"]);
  });

  test.each([{ provider: "mock" }, { mock: true }])("asks the mock for %j", async (over) => {
    expect(inferenceSchema.parse((await infer(over)).json())).toMatchObject({ provider: "mock" });
    expect(model.calls).toEqual([]);
  });

  test("is 502 when the provider fails, with what it says and how long to wait", async () => {
    model.script(refusing(429, { message: `Slow down, ${FAKE_KEY}.` }, { "retry-after": "20" }));
    expect(await problem(502)).toMatchObject({
      code: "ai_rate_limited",
      detail: "The provider answered 429: Slow down, [REDACTED].",
      retryAfter: "20",
    });
    expect(model.calls.length).toBe(1);
  });

  test("is 422 when the model refuses, and says what that cost", async () => {
    model.script(completion(null, { refusal: "No." }));
    expect(await problem(422)).toMatchObject({
      code: "ai_refused",
      detail: "The model refused to answer.",
      usage: { tokens_prompt: 100, tokens_output: 20, cost_usd: COST },
    });
  });

  const code400 = (code: string) => refusing(400, { message: "No.", code });
  test.each<[number, string, number, Turn]>([
    [502, "ai_quota_exhausted", 1, refusing(402)],
    [502, "ai_auth", 1, refusing(401)],
    [502, "ai_model_unknown", 1, refusing(404, { code: "model_not_found" })],
    [422, "ai_context_too_long", 1, code400("context_length_exceeded")],
    [422, "ai_content_filtered", 1, code400("content_filter")],
    [422, "ai_truncated", 1, completion('{"draft": "x', { finish_reason: "length" })],
    [502, "ai_provider_error", 1, refusing(400)],
    [502, "ai_provider_error", 2, refusing(500, {}, { "retry-after-ms": "900" })],
  ])("is %i %s after %i call(s)", async (status, code, calls, turn) => {
    model.script(turn);
    const { usage, ...found } = await problem(status);
    expect(found).toMatchObject({ code });
    const isCounted = code === "ai_truncated";
    expect(usage).toEqual({
      tokens_prompt: isCounted ? 100 : 0,
      tokens_output: isCounted ? 20 : 0,
      cost_usd: isCounted ? COST : 0,
    });
    expect(model.calls.length).toBe(calls);
  });

  test("is 504 when the provider does not answer in time", async () => {
    model.script({ kind: "hold" });
    const startedAt = performance.now();
    expect(await problem(504)).toMatchObject({ code: "ai_timeout" });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(INFER_LIMIT_MS - 50);
  });

  test("is 422 when no answer fits, after three of them", async () => {
    model.script(answering({}));
    expect(await problem(422)).toMatchObject({
      code: "ai_schema_violation",
      usage: { tokens_prompt: 300, tokens_output: 60, cost_usd: 0.000495 },
    });
    expect(model.calls.length).toBe(3);
    expect(model.calls[2]?.body.messages.map(({ role }) => role)).toEqual([
      "developer",
      "user",
      "assistant",
      "user",
    ]);
  });
});
