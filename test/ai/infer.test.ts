import { describe, expect, it } from "vitest";
import { infer, type InferRequest } from "#ai/infer.ts";
import type { GenerateRequest, GenerateResult, Provider } from "#ai/provider.ts";

const SCHEMA = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };

function answering(result: GenerateResult, seen: GenerateRequest[] = []): Provider {
  return {
    name: "openai",
    inProcess: false,
    generate: (request) => {
      seen.push(request);
      return Promise.resolve(result);
    },
  };
}

function text(content: string): Provider {
  return answering({ ok: true, text: content, model: "m-1", tokensPrompt: 7, tokensOutput: 3 });
}

function ask(provider: Provider, more: Partial<InferRequest> = {}) {
  let time = 1_000;
  return infer({
    provider,
    signal: new AbortController().signal,
    now: () => (time += 25.4),
    prompt: "Give me n.",
    schema: SCHEMA,
    feedback: [],
    templateId: "t",
    variables: {},
    attempt: 1,
    mock: null,
    ...more,
  });
}

const usage = {
  provider: "openai",
  model: "m-1",
  tokens_prompt: 7,
  tokens_output: 3,
  latency_ms: 25,
  cost_usd: null,
};

describe("one call to a model", () => {
  it.each([
    ["bare", '{"n": 1}'],
    ["with white space", '\n {"n": 1}\n'],
  ])("reads JSON %s", async (_, content) => {
    expect(await ask(text(content))).toEqual({ kind: "valid", value: { n: 1 }, usage });
  });

  it.each([
    ["in a fence", '```json\n{"n": 1}\n```'],
    ["in a fence without a language", '```\n{"n": 1}\n```'],
    ["in a fence with words around it", 'Here you are:\n```json\n{"n": 1}\n```\nAnything else?'],
  ])("reads JSON %s, and says so", async (_, content) => {
    const read = { ...usage, reading: "fence" };
    expect(await ask(text(content))).toEqual({ kind: "valid", value: { n: 1 }, usage: read });
  });

  it.each([["not json"], ["{n: 1}"], ["```json\n{\n```"], ["```"], ["x ``` y"]])(
    "tells the model that %j is no JSON",
    async (content) => {
      expect(await ask(text(content))).toEqual({
        kind: "invalid",
        violations: [
          {
            pointer: "",
            keyword: "json",
            message: "must be one JSON value, with no other text around it",
          },
        ],
        feedback: ["The answer must be one JSON value, with no other text around it."],
        message: "The model's answer is not JSON.",
        answer: content,
        usage,
      });
    },
  );

  it("tells the model what does not fit, and where", async () => {
    const result = await ask(text('{"n": "one"}'));
    expect(result).toMatchObject({
      kind: "invalid",
      feedback: ["/n must be of type integer, but is a string."],
      usage,
    });
    expect(await ask(text("{}"))).toMatchObject({
      feedback: ['The answer lacks the required property "n".'],
    });
  });

  it.each(["1e999", "-1e400", "9007199254740993", "9223372036854775807"])(
    "takes the number %s, which a double does not hold, as its text",
    async (number) => {
      expect(await ask(text(`{"n": ${number}}`))).toMatchObject({
        feedback: ["/n must be of type integer, but is a string."],
      });
      const schema = { type: "object", properties: { n: { type: "string" } } };
      expect(await ask(text(`{"n": ${number}}`), { schema })).toMatchObject({
        kind: "valid",
        value: { n: number },
      });
    },
  );

  it("takes the largest integer that a double holds as a number", async () => {
    expect(await ask(text('{"n": 9007199254740991}'))).toMatchObject({
      kind: "valid",
      value: { n: 9_007_199_254_740_991 },
    });
  });

  it("takes answers nested 64 deep and no deeper, however deep they are", async () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    const more = { schema: true };
    expect(await ask(text(nested(64)), more)).toMatchObject({ kind: "valid" });
    expect(await ask(text(nested(65)), more)).toMatchObject({
      kind: "invalid",
      feedback: ["The answer must not be nested more than 64 deep."],
    });
    expect(await ask(text(nested(100_000)), more)).toMatchObject({ kind: "invalid" });
  });

  it("passes on a failure of the provider, with what it used", async () => {
    const provider = answering({
      ok: false,
      code: "ai_provider_error",
      message: "Too many requests.",
      retryable: true,
      retryAfterMs: 5_000,
      tokensPrompt: 9,
    });
    expect(await ask(provider, { model: "m-2" })).toEqual({
      kind: "failed",
      failure: { code: "ai_provider_error", message: "Too many requests." },
      retryable: true,
      retryAfterMs: 5_000,
      usage: {
        ...usage,
        model: "m-2",
        tokens_prompt: 9,
        tokens_output: 0,
        tokens_unknown: true,
      },
    });
  });

  it("takes a failure after the signal as a timeout", async () => {
    const provider = answering({
      ok: false,
      code: "ai_provider_error",
      message: "aborted",
      retryable: false,
    });
    expect(await ask(provider, { signal: AbortSignal.abort() })).toMatchObject({
      kind: "failed",
      failure: { code: "timeout", message: "The provider did not answer in time." },
      retryable: true,
    });
  });

  it("sends the provider only the request", async () => {
    const seen: GenerateRequest[] = [];
    const result: GenerateResult = {
      ok: true,
      text: "{}",
      model: "m-1",
      tokensPrompt: 1,
      tokensOutput: 1,
    };
    await ask(answering(result, seen), { temperature: 0.2, feedback: ["Be brief."] });
    expect(seen).toEqual([
      {
        prompt: "Give me n.",
        schema: SCHEMA,
        feedback: ["Be brief."],
        templateId: "t",
        variables: {},
        attempt: 1,
        mock: null,
        temperature: 0.2,
      },
    ]);
  });

  it("costs nothing with the mock", async () => {
    const provider: Provider = { ...text('{"n": 1}'), name: "mock" };
    expect(await ask(provider)).toMatchObject({ usage: { provider: "mock", cost_usd: 0 } });
  });
});
