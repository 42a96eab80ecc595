/**
 * Who answers a step: a service on the mock whose steps name real providers, over HTTP, against a
 * server that speaks the real wire format.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type History, historySchema, type Run, runListSchema, runSchema } from "#model/run.ts";
import {
  answering,
  completion,
  FAKE_KEY,
  FakeOpenAi,
  refusing,
  type Turn,
} from "../support/fake-openai.ts";
import { eventsOf } from "../support/run-event.ts";
import { type Service, startService } from "../support/service.ts";

let model: FakeOpenAi;
let service: Service;

beforeAll(async () => {
  model = await FakeOpenAi.start();
  service = await startService({
    AI_PROVIDER: "mock",
    OPENAI_API_KEY: FAKE_KEY,
    OPENAI_BASE_URL: model.baseUrl,
  });
});
afterAll(async () => {
  await service.close();
  await model.close();
});
const DRAFT = { draft: "by the real one" };
beforeEach(() => model.script(answering(DRAFT)));

let count = 0;

/** A workflow of AI steps with these settings, one after the other. */
async function store(...configs: object[]): Promise<string> {
  const id = `models_${++count}`;
  const steps = configs.map((config, index) => ({
    id: `s${index}`,
    type: "ai_generate",
    name: "Draft",
    retry: { max_attempts: 2, initial_delay_ms: 1, jitter: false },
    ...(index + 1 < configs.length ? { next: `s${index + 1}` } : {}),
    config: {
      template_id: "content_v1",
      variables: ["topic", "audience"],
      json_schema: {
        type: "object",
        properties: { draft: { type: "string" } },
        required: ["draft"],
      },
      ...config,
    },
  }));
  const inputs = [
    { key: "topic", type: "string", required: true, sensitive: true },
    { key: "audience", type: "string", required: true },
  ];
  const stored = await service.post("/v1/workflows", {
    id,
    name: "Models",
    start_step: "s0",
    inputs,
    steps,
  });
  expect({ status: stored.status, text: stored.text }).toMatchObject({ status: 201 });
  return id;
}

const INPUTS = { topic: "Sesame-4711", audience: "SMB" };

async function start(id: string, run_opts = {}): Promise<{ run: Run; history: History }> {
  const body = { workflow_id: id, inputs: INPUTS, run_opts };
  const started = await service.post("/v1/executions", body, { prefer: "wait=20" });
  expect({ status: started.status, text: started.text }).toMatchObject({ status: 202 });
  const run = runSchema.parse(started.json());
  const history = await service.get(`/v1/executions/${run.id}/history`);
  return { run, history: historySchema.parse(history.json()) };
}

async function listed(id: string): Promise<boolean | undefined> {
  const find = async () => {
    const { items } = runListSchema.parse((await service.get("/v1/executions?limit=50")).json());
    return items.find((item) => item.id === id && item.status !== "running");
  };
  await expect.poll(find).toBeDefined();
  return (await find())?.mock;
}

const OPENAI = { provider: "openai", model: "m" };
const MOCK = { provider: "mock", model: "mock" };
const ABSENT = { provider: "anthropic", model: "a" };

describe("a step is answered by", () => {
  test.each<[string, object[], object, string[], boolean]>([
    ["the provider that it names", [OPENAI], {}, ["openai"], false],
    ["the mock where it names no provider", [{}], {}, ["mock"], true],
    [
      "the mock of the run, regardless of what it names",
      [OPENAI],
      { mock_ai: true },
      ["mock"],
      true,
    ],
    ["its own provider, one step by one", [OPENAI, {}], {}, ["openai", "mock"], true],
    [
      "the first fallback that is configured",
      [{ ...ABSENT, fallback: [{ provider: "workers-ai", model: "w" }, OPENAI] }],
      {},
      ["openai"],
      false,
    ],
    ["a fallback on the mock", [{ ...ABSENT, fallback: [MOCK] }], {}, ["mock"], true],
  ])("%s", async (_what, configs, options, providers, isMock) => {
    const { run, history } = await start(await store(...configs), options);
    expect(run).toMatchObject({ status: "completed" });
    expect(run.mock ?? false).toBe(isMock);
    expect(eventsOf(history.events, "ai.response").map(({ data }) => data.provider)).toEqual(
      providers,
    );
    expect(model.calls.length).toBe(providers.filter((name) => name === "openai").length);
    expect((await listed(run.id)) ?? false).toBe(isMock);
  });

  test("no provider when none is configured, and says which", async () => {
    const { run, history } = await start(await store(ABSENT));
    expect(run).toMatchObject({
      status: "failed",
      error: {
        code: "ai_provider_error",
        message: 'The provider "anthropic" is not configured here; configured: mock, openai.',
      },
    });
    expect(run).not.toHaveProperty("mock");
    expect(eventsOf(history.events, "step.retrying")).toEqual([]);
  });

  test("the mock of a run, in the mode of the run, through a dual run too", async () => {
    const dualSchema = z.object({ match: z.boolean(), diffs: z.array(z.unknown()) });
    for (const config of [[OPENAI, {}], [{ ...ABSENT, fallback: [MOCK] }], [{}]]) {
      const workflow_id = await store(...config);
      const answer = await service.post("/v1/dev/dual-run", { workflow_id, inputs: INPUTS });
      expect(dualSchema.parse(answer.json())).toEqual({ match: true, diffs: [] });
    }
  });

  test("the provider that an inference names", async () => {
    const answer = await service.post("/v1/ai/infer", {
      template_id: "content_v1",
      variables: INPUTS,
      json_schema: true,
      provider: "openai",
    });
    expect(answer.json()).toMatchObject({ output: DRAFT, provider: "openai" });
  });
});

describe("the next fallback is asked", () => {
  const first = { ...OPENAI, model: "first", fallback: [{ ...OPENAI, model: "second" }] };
  const asked = async (turn: Turn) => {
    model.respond(({ body }) => (body.model === "first" ? turn : answering(DRAFT)));
    const { run, history } = await start(await store(first));
    return {
      status: run.status,
      code: run.error?.code ?? eventsOf(history.events, "step.retrying").at(-1)?.data.code,
      cost: run.usage?.cost_usd,
      calls: model.calls.map(({ body }) => body.model),
    };
  };

  test.each<[string, Turn, string]>([
    ["a refused key", refusing(401), "ai_auth"],
    ["a refused model", refusing(404, { code: "model_not_found" }), "ai_model_unknown"],
    [
      "a quota that is used up",
      refusing(429, { code: "insufficient_quota" }),
      "ai_quota_exhausted",
    ],
    ["a bill", refusing(402), "ai_quota_exhausted"],
  ])("at once after %s", async (_what, turn, code) => {
    expect(await asked(turn)).toEqual({
      status: "completed",
      code,
      cost: 0.000165,
      calls: ["first", "second"],
    });
  });

  test.each<[string, Turn, string]>([
    ["too many requests", refusing(429), "ai_rate_limited"],
    ["a server that fails", refusing(500), "ai_provider_error"],
    [
      "an error inside of a 200",
      { kind: "answer", status: 200, body: '{"error":{"code":503,"message":"Full"}}' },
      "ai_provider_error",
    ],
  ])("when the budget is spent by %s", async (_what, turn, code) => {
    expect(await asked(turn)).toMatchObject({
      status: "completed",
      code,
      calls: ["first", "first", "second"],
    });
  });

  test.each<[string, Turn, string]>([
    ["a bad request", refusing(400), "ai_provider_error"],
    ["a prompt that is too long", refusing(413), "ai_context_too_long"],
    ["a filter", completion("", { finish_reason: "content_filter" }), "ai_content_filtered"],
    ["a refusal", completion(null, { refusal: "No." }), "ai_refused"],
    [
      "an answer that was cut off",
      completion('{"draft', { finish_reason: "length" }),
      "ai_truncated",
    ],
  ])("never after %s: one call", async (_what, turn, code) => {
    expect(await asked(turn)).toMatchObject({ status: "failed", code, calls: ["first"] });
  });

  test("never after answers that do not fit", async () => {
    expect(await asked(answering({}))).toMatchObject({
      status: "failed",
      code: "ai_schema_violation",
      calls: ["first", "first", "first"],
    });
  });

  test("never after answers that the server's own check refuses", async () => {
    const body = JSON.stringify({
      error: { message: "No JSON.", code: "json_validate_failed", failed_generation: "Sure!" },
    });
    expect(await asked({ kind: "answer", status: 400, body })).toMatchObject({
      status: "failed",
      code: "ai_schema_violation",
      calls: ["first", "first", "first"],
    });
    expect(model.calls[1]?.body.messages.at(-2)).toEqual({ role: "assistant", content: "Sure!" });
  });
});

describe("an answer that was refused", () => {
  test("leaves a masked beginning in the history, and nothing in the logs", async () => {
    const said = `I will not say a canary of ${INPUTS.topic}. ${"x".repeat(5_000)}`;
    model.script(completion(said));
    const { run, history } = await start(await store(OPENAI));
    expect(run.error).toMatchObject({ message: "The model's answer is not JSON." });
    const refused = history.events.filter(
      (event) => event.type === "step.retrying" || event.type === "step.failed",
    );
    const excerpts = refused.map(({ data }) => String(data.excerpt));
    expect(excerpts.length).toBe(3);
    for (const excerpt of excerpts) {
      expect(excerpt).toMatch(/^I will not say a canary of \[SENSITIVE\]\. x+ … \(cut\)$/);
      expect(new TextEncoder().encode(excerpt).length).toBe(2_048);
    }
    for (const { data } of eventsOf(history.events, "step.retrying"))
      expect(data).not.toHaveProperty("said");
    expect(JSON.stringify(history)).not.toContain(INPUTS.topic);
    expect(service.logs().filter((line) => line.includes("a canary of"))).toEqual([]);
    // The model has it as it was.
    expect(model.calls[1]?.body.messages.at(-2)).toEqual({ role: "assistant", content: said });
  });

  test("is masked before it is cut", async () => {
    for (const before of [2_030, 2_036, 2_040, 2_044]) {
      model.script(completion(`${"x".repeat(before)}${INPUTS.topic}`));
      const { history } = await start(await store(OPENAI));
      expect(JSON.stringify(history)).not.toContain("Sesa");
    }
  });

  test.each<[string, Turn, string]>([
    ["is empty", completion(null), "The model's answer was empty."],
    ["is thinking", completion("<think>Hm."), "The model gave its thinking and no answer."],
    ["is prose", completion("Sure!"), "The model's answer is not JSON."],
    [
      "does not fit",
      answering({ draft: 1 }),
      "The answer does not fit the schema: /draft must be of type string, but is a number.",
    ],
    [
      "is cut off",
      completion('{"dr', { finish_reason: "length" }),
      "The model's answer was cut off at the limit of output tokens, before it was complete.",
    ],
    [
      "has no choices",
      { kind: "answer", status: 200, body: '{"choices":[]}' },
      "The provider's answer has no choices: the model said nothing.",
    ],
  ])("because it %s has a sentence of its own", async (_what, turn, message) => {
    model.script(turn);
    const { run } = await start(await store(OPENAI));
    expect(run.error?.message).toBe(message);
  });

  test("is read with a note of how, and its cached tokens", async () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 2,
      cost: 0.5,
      prompt_cache_hit_tokens: 4,
    };
    const message = { role: "assistant", content: '<think>Hm.</think>\n{"draft": "x"}' };
    const body = JSON.stringify({
      model: "m",
      choices: [{ finish_reason: "stop", message }],
      usage,
    });
    model.script({ kind: "answer", status: 200, body });
    const { run, history } = await start(await store(OPENAI));
    expect(eventsOf(history.events, "ai.response").map(({ data }) => data)).toMatchObject([
      { reading: "thinking", tokens_cached: 4, cost_usd: 0.5 },
    ]);
    expect(run.usage).toMatchObject({ tokens_cached: 4, cost_usd: 0.5, ai_calls: 1 });
  });

  test("by its status is counted with the model that was asked", async () => {
    model.script(refusing(401));
    await start(await store({ ...OPENAI, model: "refused-model" }));
    await expect
      .poll(async () => (await service.get("/metrics")).text)
      .toContain('workflow_ai_calls_total{provider="openai",model="refused-model"} 1');
  });
});
