import { describe, expect, it } from "vitest";
import { mockProvider } from "#ai/mock/provider.ts";
import type { GenerateRequest, GenerateResult, Provider } from "#ai/provider.ts";
import { executeAiGenerate } from "#executors/ai-generate.ts";
import type { Attempt, Ports } from "#executors/executor.ts";
import type { AiGenerateStep } from "#model/workflow.ts";

const SCHEMA = {
  type: "object",
  properties: { draft: { type: "string" } },
  required: ["draft"],
};

function step(config: Partial<AiGenerateStep["config"]> = {}): AiGenerateStep {
  return {
    id: "generate",
    type: "ai_generate",
    name: "Generate",
    next: null,
    retry: {
      max_attempts: 3,
      initial_delay_ms: 500,
      max_delay_ms: 30_000,
      backoff: "exponential",
      jitter: true,
    },
    config: {
      template_id: "content_v1",
      variables: ["topic", "steps.form.output.audience"],
      json_schema: SCHEMA,
      timeout_s: 30,
      ...config,
    },
  };
}

function attempt(
  config: Partial<AiGenerateStep["config"]> = {},
  more: Partial<Attempt<AiGenerateStep>> = {},
): Attempt<AiGenerateStep> {
  return {
    runId: "run_1",
    step: step(config),
    attempt: 1,
    feedback: [],
    candidate: 0,
    startInputs: {},
    context: {
      static: {},
      profile: {},
      runtime: {
        inputs: { topic: "Launch", big: "x".repeat(300_000) },
        steps: { form: { output: { topic: "Launch", audience: "SMB" } } },
      },
    },
    ...more,
  };
}

function ports(more: Partial<Ports> = {}): Ports {
  return {
    signal: new AbortController().signal,
    providers: { mock: mockProvider },
    defaultProvider: "mock",
    namedMock: { mode: "success", steps: {}, seed: 42 },
    mock: { mode: "success", steps: {}, seed: 42 },
    templates: {
      content_v1: {
        id: "content_v1",
        version: 3,
        system: "You write.",
        prompt: "On {{topic}} for {{audience}}.",
      },
    },
    callExternal: () => Promise.reject(new Error("no call is expected")),
    readSecrets: () => Promise.reject(new Error("no secret is expected")),
    traceparentOf: () => null,
    answerMask: () => ({ text: (text) => text, output: (value) => value }),
    ...more,
  };
}

/** A provider that returns what it is asked to and remembers what it was asked. */
function fake(name: string, result: Partial<GenerateResult> & { text?: string }) {
  const seen: GenerateRequest[] = [];
  const provider: Provider = {
    name,
    inProcess: false,
    generate: (request) => {
      seen.push(request);
      const answer = { ok: true, text: "", model: "m-1", tokensPrompt: 10, tokensOutput: 5 };
      return Promise.resolve({ ...answer, ...result } as GenerateResult);
    },
  };
  return { provider, seen };
}

function withProvider({ provider }: { provider: Provider }, more: Partial<Ports> = {}): Ports {
  return ports({
    providers: { [provider.name]: provider, mock: mockProvider },
    defaultProvider: provider.name,
    mock: null,
    ...more,
  });
}

const RESPONSE = {
  provider: "openai",
  model: "m-1",
  template_id: "content_v1",
  template_version: 3,
  tokens_prompt: 10,
  tokens_output: 5,
  latency_ms: expect.any(Number) as unknown,
  retry_count: 0,
  cost_usd: null,
  schema_valid: true,
};

describe("an attempt that succeeds", () => {
  it("returns the validated value and what it took", async () => {
    const openai = fake("openai", { text: '{"draft": "Hi"}' });
    expect(await executeAiGenerate(attempt(), withProvider(openai))).toEqual({
      kind: "completed",
      output: { draft: "Hi" },
      sized: { text: '{"draft":"Hi"}', bytes: 14 },
      response: RESPONSE,
    });
  });

  it("asks with the rendered template, the variables, the settings and the feedback", async () => {
    const openai = fake("openai", { text: '{"draft": "Hi"}' });
    const asked = attempt(
      { model: "m-1", temperature: 0.5, max_output_tokens: 100 },
      { attempt: 2, feedback: ["Be brief."] },
    );
    const outcome = await executeAiGenerate(asked, withProvider(openai));
    expect(openai.seen).toEqual([
      {
        system: "You write.",
        prompt: "On Launch for SMB.",
        schema: SCHEMA,
        feedback: ["Be brief."],
        templateId: "content_v1",
        variables: { topic: "Launch", audience: "SMB" },
        attempt: 2,
        mock: null,
        model: "m-1",
        temperature: 0.5,
        maxOutputTokens: 100,
        hide: expect.any(Function) as unknown,
      },
    ]);
    expect(outcome).toMatchObject({ response: { retry_count: 1 } });
  });

  it("shows the model its answer before", async () => {
    const openai = fake("openai", { text: '{"draft": "Hi"}' });
    const again = attempt({}, { attempt: 2, feedback: ["Be brief."], previousAnswer: "Too long" });
    await executeAiGenerate(again, withProvider(openai));
    expect(openai.seen[0]?.previousAnswer).toBe("Too long");
  });

  it.each([
    ["its own", { provider: "openai" as const }, 0],
    ["its fallback", { fallback: [{ provider: "openai" as const, model: "m-1" }] }, 1],
  ])(
    "asks the provider that a step names as %s, where the mock is the service's",
    async (_what, config, candidate) => {
      const openai = fake("openai", { text: '{"draft": "Hi"}' });
      const asked = attempt(config, { candidate });
      const both = withProvider(openai, { defaultProvider: "mock" });
      expect(await executeAiGenerate(asked, both)).toMatchObject({ output: { draft: "Hi" } });
      expect(openai.seen[0]).toMatchObject({ mock: null });
    },
  );

  it("asks the mock that a step names in the mode of the service", async () => {
    const openai = fake("openai", { text: "{}" });
    const namedMock = { mode: "schema_violation", steps: {}, seed: 42 };
    const asked = attempt({ provider: "mock" });
    expect(await executeAiGenerate(asked, withProvider(openai, { namedMock }))).toMatchObject({
      class: "schema",
      response: { provider: "mock" },
    });
    expect(openai.seen).toEqual([]);
  });

  it("asks the mock of a run that asked for it, regardless of the step", async () => {
    const openai = fake("openai", { text: "{}" });
    const outcome = await executeAiGenerate(
      attempt({ provider: "openai" }),
      withProvider(openai, { mock: { mode: "success", steps: {}, seed: 42 } }),
    );
    expect(openai.seen).toEqual([]);
    expect(outcome).toMatchObject({
      kind: "completed",
      output: { draft: expect.stringContaining("Draft about Launch for SMB") as unknown },
      response: { provider: "mock", model: "mock", cost_usd: 0, schema_valid: true },
    });
  });

  it("takes the mode of its step before the mode of the run", async () => {
    const mock = { mode: "success", steps: { generate: "schema_violation" }, seed: 42 };
    expect(await executeAiGenerate(attempt(), ports({ mock }))).toMatchObject({ class: "schema" });
    const other = { mode: "success", steps: { other: "schema_violation" }, seed: 42 };
    expect(await executeAiGenerate(attempt(), ports({ mock: other }))).toMatchObject({
      kind: "completed",
    });
  });

  it("does not take a mode from what objects inherit", async () => {
    const named = attempt();
    named.step.id = "constructor";
    expect(await executeAiGenerate(named, ports())).toMatchObject({ kind: "completed" });
  });

  it("renders a missing variable as the empty text", async () => {
    const openai = fake("openai", { text: '{"draft": "Hi"}' });
    await executeAiGenerate(attempt({ variables: ["topic", "nowhere"] }), withProvider(openai));
    expect(openai.seen[0]).toMatchObject({
      prompt: "On Launch for .",
      variables: { topic: "Launch", nowhere: "" },
    });
  });
});

describe("the provider of an attempt", () => {
  const fallback = [{ provider: "anthropic" as const, model: "a-1" }];

  it("is the step's own, then each fallback in turn", async () => {
    const openai = fake("openai", { text: '{"draft": "o"}' });
    const anthropic = fake("anthropic", { text: '{"draft": "a"}', model: "a-1" });
    const both = withProvider(openai, {
      providers: { openai: openai.provider, anthropic: anthropic.provider },
    });
    const own = attempt({ model: "m-1", fallback });
    expect(await executeAiGenerate(own, both)).toMatchObject({ output: { draft: "o" } });
    expect(await executeAiGenerate({ ...own, candidate: 1 }, both)).toMatchObject({
      output: { draft: "a" },
      response: { provider: "anthropic", model: "a-1" },
    });
    expect(anthropic.seen[0]?.model).toBe("a-1");
  });

  it("that is not configured is of no use, and nothing is called", async () => {
    expect(
      await executeAiGenerate(attempt({ provider: "anthropic" }), ports({ mock: null })),
    ).toEqual({
      kind: "failed",
      class: "unusable",
      failure: {
        code: "ai_provider_error",
        message: 'The provider "anthropic" is not configured here; configured: mock.',
      },
    });
  });

  it("beyond the last fallback is none, and fails the step for good", async () => {
    const beyond = attempt({ fallback }, { candidate: 2 });
    expect(await executeAiGenerate(beyond, ports())).toMatchObject({
      class: "unusable",
      failure: { code: "ai_provider_error", message: "No provider is left to ask." },
    });
  });
});

describe("an attempt that fails", () => {
  it("by its schema tells what to say to the model", async () => {
    const openai = fake("openai", { text: '{"draft": 5}' });
    expect(await executeAiGenerate(attempt({}, { attempt: 3 }), withProvider(openai))).toEqual({
      kind: "failed",
      class: "schema",
      failure: {
        code: "ai_schema_violation",
        message:
          "The answer does not fit the schema: /draft must be of type string, but is a number.",
      },
      feedback: ["/draft must be of type string, but is a number."],
      said: '{"draft": 5}',
      response: { ...RESPONSE, retry_count: 2, schema_valid: false },
    });
  });

  it.each<[boolean, "transport" | "terminal"]>([
    [true, "transport"],
    [false, "terminal"],
  ])("at the provider, retryable %j, is %s", async (retryable, expected) => {
    const openai = fake("openai", {
      ok: false,
      code: "ai_provider_error",
      message: "Down.",
      retryable,
      retryAfterMs: 700,
      tokensPrompt: 0,
      tokensOutput: 0,
    });
    const outcome = await executeAiGenerate(attempt({ model: "m-1" }), withProvider(openai));
    expect(outcome).toEqual({
      kind: "failed",
      class: expected,
      failure: { code: "ai_provider_error", message: "Down." },
      retryAfterMs: 700,
      response: {
        ...RESPONSE,
        tokens_prompt: 0,
        tokens_output: 0,
        cost_usd: 0,
        schema_valid: false,
      },
    });
  });

  it("by its time is a timeout in transport", async () => {
    const signal = AbortSignal.timeout(20);
    const mock = { mode: "timeout", steps: {}, seed: 42 };
    const outcome = await executeAiGenerate(attempt({ timeout_s: 0.05 }), ports({ signal, mock }));
    expect(outcome).toMatchObject({
      kind: "failed",
      class: "transport",
      failure: { code: "timeout", message: "No answer within 0.05 s." },
      response: { provider: "mock", tokens_prompt: 0, tokens_output: 0, schema_valid: false },
    });
  });

  it("with a schema that the mock cannot satisfy is terminal", async () => {
    const schema = { type: "string", minLength: 5, maxLength: 1 };
    expect(await executeAiGenerate(attempt({ json_schema: schema }), ports())).toMatchObject({
      class: "terminal",
      failure: {
        code: "mock_unsatisfiable",
        message: expect.stringContaining('"minLength"') as unknown,
      },
    });
  });

  it("in an unknown mode of the mock is terminal", async () => {
    const mock = { mode: "nonsense", steps: {}, seed: 42 };
    expect(await executeAiGenerate(attempt(), ports({ mock }))).toMatchObject({
      class: "terminal",
      failure: { code: "ai_provider_error" },
    });
  });

  it("without its template is terminal, without a call", async () => {
    for (const template_id of ["nothing", "constructor"]) {
      expect(await executeAiGenerate(attempt({ template_id }), ports())).toEqual({
        kind: "failed",
        class: "terminal",
        failure: {
          code: "template_error",
          message: `The template "${template_id}" does not exist.`,
        },
      });
    }
  });

  it("to render its template is terminal, without a call", async () => {
    const big = attempt({ variables: ["big"] });
    const templates = { content_v1: { id: "content_v1", version: 1, prompt: "{{big}}" } };
    expect(await executeAiGenerate(big, ports({ templates }))).toMatchObject({
      class: "terminal",
      failure: {
        code: "template_error",
        message: expect.stringContaining('"content_v1", prompt:') as unknown,
      },
    });
  });

  it("keeps an output of 256 KiB and refuses a larger one", async () => {
    // {"draft":"…"} has 12 bytes beside the text.
    const answer = (bytes: number) =>
      fake("openai", { text: JSON.stringify({ draft: "x".repeat(bytes - 12) }) });
    expect(await executeAiGenerate(attempt(), withProvider(answer(262_144)))).toMatchObject({
      kind: "completed",
    });
    expect(await executeAiGenerate(attempt(), withProvider(answer(262_145)))).toMatchObject({
      class: "terminal",
      failure: {
        code: "output_too_large",
        message: "The answer is larger than 262144 bytes.",
      },
      response: { tokens_output: 5, schema_valid: true },
    });
  });
});
