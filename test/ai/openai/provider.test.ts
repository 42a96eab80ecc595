/** The `openai` provider against a server that speaks the real wire format, over real sockets. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { infer, type InferResult } from "#ai/infer.ts";
import type { GenerateRequest, Provider } from "#ai/provider.ts";
import { createProviders, type ProviderOptions, type ProviderSettings } from "#ai/registry.ts";
import type { FailureCode } from "#model/failure.ts";
import { LIMITS } from "#model/limits.ts";
import {
  answering,
  completion,
  FAKE_KEY,
  FAKE_MODEL,
  FakeOpenAi,
  refusing,
  tokens,
  type Turn,
} from "../../support/fake-openai.ts";

const MAIL = {
  type: "object",
  properties: { subject: { type: "string", maxLength: 20 }, body: { type: "string" } },
  required: ["subject", "body"],
  additionalProperties: false,
};
const GOOD = { subject: "Hi", body: "Hello" };
/** 100 tokens at 0.75 and 20 at 4.50 US dollars a million. */
const COST = 0.000165;
const NOW_MS = Date.UTC(2026, 10, 22, 16, 38, 1);

let server: FakeOpenAi;

beforeAll(async () => {
  server = await FakeOpenAi.start();
});
afterAll(() => server.close());
beforeEach(() => server.script(answering(GOOD)));

function providerWith(
  settings: Partial<ProviderSettings> = {},
  options: Partial<ProviderOptions> = {},
): Provider {
  const { openai } = createProviders({
    settings: {
      ENVIRONMENT: "development",
      OPENAI_API_KEY: FAKE_KEY,
      OPENAI_BASE_URL: server.baseUrl,
      OPENAI_MODEL: "gpt-5.4-mini",
      OPENAI_RESPONSE_FORMAT: "json_schema",
      ...settings,
    },
    readSecrets: () => Promise.resolve({}),
    fetch,
    now: () => NOW_MS,
    ...options,
  });
  if (!openai) throw new Error("openai is not configured");
  return openai;
}

function ask(
  over: Partial<GenerateRequest> = {},
  provider: Provider = providerWith(),
  signal: AbortSignal = new AbortController().signal,
): Promise<InferResult> {
  return infer({
    prompt: "Write a mail.",
    schema: MAIL,
    feedback: [],
    templateId: "email_v1",
    variables: {},
    attempt: 1,
    mock: null,
    ...over,
    provider,
    signal,
    now: Date.now,
  });
}

async function answerTo(turn: Turn, over: Partial<GenerateRequest> = {}): Promise<InferResult> {
  server.script(turn);
  return ask(over);
}

describe("a request", () => {
  it("is a chat completion in strict mode, with the key and nothing that was not asked for", async () => {
    expect(await ask({ system: "You write." })).toMatchObject({ kind: "valid", value: GOOD });
    expect(server.calls.length).toBe(1);
    expect(server.calls[0]).toMatchObject({
      path: "/v1/chat/completions",
      headers: { authorization: `Bearer ${FAKE_KEY}`, "content-type": "application/json" },
    });
    expect(server.calls[0]?.body).toEqual({
      model: "gpt-5.4-mini",
      messages: [
        { role: "developer", content: "You write." },
        { role: "user", content: "Write a mail." },
      ],
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "response",
          strict: true,
          schema: {
            type: "object",
            properties: { subject: { type: "string" }, body: { type: "string" } },
            required: ["subject", "body"],
            additionalProperties: false,
          },
        },
      },
    });
  });

  it("carries model, temperature and the limit of output tokens", async () => {
    await ask({ model: "local-model", temperature: 0.5, maxOutputTokens: 70 });
    expect(server.calls[0]?.body).toMatchObject({
      model: "local-model",
      temperature: 0.5,
      max_tokens: 70,
    });
  });

  it("says what of it a model does not take", async () => {
    const { usage } = await ask({ temperature: 0.5, maxOutputTokens: 70 });
    expect(server.calls[0]?.body).toMatchObject({ max_completion_tokens: 70 });
    expect(server.calls[0]?.body).not.toHaveProperty("temperature");
    expect(usage.lowering).toEqual([
      "/properties/subject: maxLength dropped",
      expect.stringMatching(/^temperature not sent as asked/),
    ]);
  });

  it.each([
    [LIMITS.loweringNotes, 20, "/properties/p19: maxLength dropped"],
    [LIMITS.loweringNotes + 1, 21, "and 1 more"],
  ])("of which %i things are not told has %i notes", async (count, notes, last) => {
    const names = Array.from({ length: count }, (_, index) => `p${index}`);
    const long = { type: "string", maxLength: 5 };
    const schema = { type: "object", properties: Object.fromEntries(names.map((n) => [n, long])) };
    const { lowering = [] } = (await ask({ schema })).usage;
    expect([lowering.length, lowering.at(-1)]).toEqual([notes, last]);
  });

  it.each([
    ['{"subject": 1}', '{"subject": 1}'],
    ["", "(no answer)"],
    [" \n", "(no answer)"],
    [undefined, "(no answer)"],
  ])("shows the model its answer %j before, and what was wrong with it", async (said, shown) => {
    await ask({
      system: "You write.",
      feedback: ["/subject must have at most 20 characters.", "/body is missing."],
      ...(said === undefined ? {} : { previousAnswer: said }),
    });
    expect(server.calls[0]?.body.messages).toEqual([
      { role: "developer", content: "You write." },
      { role: "user", content: "Write a mail." },
      { role: "assistant", content: shown },
      {
        role: "user",
        content:
          "Your last answer was not accepted:\n- /subject must have at most 20 characters.\n- /body is missing.\nAnswer again, with one JSON value that fits and nothing else.",
      },
    ]);
  });

  it.each(["json_object", "text"] as const)(
    "with OPENAI_RESPONSE_FORMAT %s has the schema in its corrections too",
    async (format) => {
      const provider = providerWith({ OPENAI_RESPONSE_FORMAT: format });
      await ask({ feedback: ["/body is missing."], previousAnswer: "{}" }, provider);
      const { messages } = server.calls[0]?.body ?? { messages: [] };
      expect(messages.map(({ role }) => role)).toEqual(["developer", "user", "assistant", "user"]);
      expect(messages.at(-1)?.content).toBe(
        `Your last answer was not accepted:\n- /body is missing.\nAnswer again, with one JSON value that fits this JSON Schema and nothing else:\n${JSON.stringify(MAIL)}`,
      );
    },
  );

  it.each<[format: "json_object" | "text", sent: unknown]>([
    ["json_object", { type: "json_object" }],
    ["text", undefined],
  ])("with OPENAI_RESPONSE_FORMAT %s has the schema in its messages", async (format, sent) => {
    const { usage } = await ask({}, providerWith({ OPENAI_RESPONSE_FORMAT: format }));
    const { messages, response_format } = server.calls[0]?.body ?? { messages: [] };
    expect(response_format).toEqual(sent);
    expect(messages[0]?.content).toBe(
      `Answer with one JSON value that fits this JSON Schema, and with nothing else:\n${JSON.stringify(MAIL)}`,
    );
    expect(usage.lowering).toEqual([
      `not enforced while the model writes: OPENAI_RESPONSE_FORMAT is ${format}`,
    ]);
  });

  it.each(["", "/", "//"])("goes to the base URL, with %j at its end", async (end) => {
    const provider = providerWith({ OPENAI_BASE_URL: `${server.baseUrl}${end}` });
    expect(await ask({}, provider)).toMatchObject({ kind: "valid" });
  });

  it("takes key and base URL from secrets, read again for each call", async () => {
    const asked: (readonly string[])[] = [];
    const readSecrets = (names: readonly string[]) => {
      asked.push(names);
      return Promise.resolve({ KEY: FAKE_KEY, HOST: server.baseUrl });
    };
    const provider = providerWith(
      { OPENAI_API_KEY: "{{secrets.KEY}}", OPENAI_BASE_URL: "{{ secrets.HOST }}" },
      { readSecrets },
    );
    expect(await ask({}, provider)).toMatchObject({ kind: "valid" });
    expect(await ask({}, provider)).toMatchObject({ kind: "valid" });
    expect(asked).toEqual([
      ["KEY", "HOST"],
      ["KEY", "HOST"],
    ]);
  });
});

describe("what the server says", () => {
  const SECRET_PATH = "account-7f3b91c2d4e5";
  const secretive = () =>
    providerWith(
      {
        OPENAI_API_KEY: "{{secrets.KEY}}",
        OPENAI_BASE_URL: `${server.baseUrl}/{{secrets.PATH}}/..`,
      },
      { readSecrets: () => Promise.resolve({ KEY: FAKE_KEY, PATH: SECRET_PATH }) },
    );

  it("is kept without the secrets that the settings name", async () => {
    server.script(
      answering(
        { subject: FAKE_KEY.slice(0, 19), body: `${FAKE_KEY} ${SECRET_PATH}` },
        { model: `model of ${FAKE_KEY}` },
      ),
    );
    const result = await ask({}, secretive());
    expect(result).toMatchObject({
      kind: "valid",
      value: { body: "[REDACTED] [REDACTED]" },
      usage: { model: "model of [REDACTED]" },
    });
  });

  it("of a failure is shown without the secret in the URL that was asked", async () => {
    server.script(
      refusing(404, { message: `Invalid URL (POST /${SECRET_PATH}/chat/completions)` }),
    );
    expect(await ask({}, secretive())).toMatchObject({
      kind: "failed",
      failure: {
        message: "The provider answered 404: Invalid URL (POST /[REDACTED]/chat/completions)",
      },
    });
  });

  it("keeps words that are also the key of a server that needs none", async () => {
    server.script(answering({ subject: "ollama", body: "" }));
    const send: typeof fetch = (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set("authorization", `Bearer ${FAKE_KEY}`);
      return fetch(input, { ...init, headers });
    };
    const provider = providerWith({ OPENAI_API_KEY: "ollama" }, { fetch: send });
    expect(await ask({}, provider)).toMatchObject({ value: { subject: "ollama" } });
  });

  it.each([
    ["half of a surrogate pair", "m\ud800", "m\ufffd"],
    ["no end", "m".repeat(300_000), "m".repeat(200)],
    ["a surrogate pair where it is cut", `${"m".repeat(199)}😀`, `${"m".repeat(199)}\ufffd`],
  ])("of its model, with %s, is a name of an ordinary length", async (_what, model, kept) => {
    server.script(answering(GOOD, { model }));
    expect(await ask()).toMatchObject({ kind: "valid", usage: { model: kept } });
  });
});

it("whose secrets cannot be read may be repeated, and sends no request", async () => {
  const readSecrets = () => Promise.reject(new Error("the database is away"));
  const provider = providerWith({ OPENAI_API_KEY: "{{secrets.KEY}}" }, { readSecrets });
  expect(await ask({}, provider)).toMatchObject({
    kind: "failed",
    retryable: true,
    failure: {
      code: "ai_provider_error",
      message: "The secrets that the settings of the provider name could not be read.",
    },
  });
  expect(server.calls).toEqual([]);
});

describe("what a call took", () => {
  it("is reported with the model that answered and what it costs", async () => {
    const { usage } = await ask();
    expect(usage).toEqual({
      provider: "openai",
      model: FAKE_MODEL,
      tokens_prompt: 100,
      tokens_output: 20,
      latency_ms: expect.any(Number) as unknown,
      cost_usd: COST,
      finish_reason: "stop",
      lowering: ["/properties/subject: maxLength dropped"],
    });
  });

  it("counts input from the provider's cache at its price", async () => {
    // 60 at 0.75, 40 at 0.075, 20 at 4.50
    expect((await answerTo(answering(GOOD, { usage: tokens(100, 20, 40) }))).usage).toMatchObject({
      tokens_prompt: 100,
      cost_usd: 0.000138,
    });
  });

  it.each([
    ["no usage", null],
    ["a usage without counts", tokens(0, 0)],
  ])("with %s is unknown, and not 0", async (_what, usage) => {
    const result = await answerTo(answering(GOOD, { usage }));
    expect(result.usage).toMatchObject({
      tokens_prompt: 0,
      tokens_output: 0,
      tokens_unknown: true,
      cost_usd: null,
    });
  });

  it("of a model without a price has no cost", async () => {
    const { usage } = await answerTo(answering(GOOD, { model: "llama-9" }));
    expect(usage).toMatchObject({ model: "llama-9", tokens_prompt: 100, cost_usd: null });
    expect(usage).not.toHaveProperty("tokens_unknown");
  });
});

describe("an answer", () => {
  it.each([
    ["bare", '{"subject": "Hi", "body": "Hello"}'],
    ["in a fence", '```json\n{"subject": "Hi", "body": "Hello"}\n```'],
    ["in a fence with words around it", 'Here:\n```\n{"subject":"Hi","body":"Hello"}\n```\nDone.'],
  ])("is read %s", async (_what, text) => {
    expect(await answerTo(completion(text))).toMatchObject({ kind: "valid", value: GOOD });
  });

  it.each<[string, string | null, string]>([
    [
      "that is no JSON",
      "I think so",
      "The answer must be one JSON value, with no other text around it.",
    ],
    [
      "that is half JSON",
      '{"subject": "Hi"',
      "The answer must be one JSON value, with no other text around it.",
    ],
    ["that is empty", null, "The answer was empty; it must be one JSON value."],
    ["that is white space", " \n", "The answer was empty; it must be one JSON value."],
    [
      "that is all thinking",
      "<think>Perhaps",
      "The answer was missing after the thinking; it must be one JSON value.",
    ],
    [
      "of another schema",
      '{"subject": 5, "body": "Hello"}',
      "/subject must be of type string, but is a number.",
    ],
    [
      "beyond what was sent",
      '{"subject": "A subject of 22 chars.", "body": ""}',
      "/subject must have at most 20 characters.",
    ],
  ])("%s is invalid, with one sentence for the model", async (_what, text, sentence) => {
    const result = await answerTo(completion(text));
    expect(result).toMatchObject({
      kind: "invalid",
      feedback: [sentence],
      usage: { cost_usd: COST },
    });
  });

  it("that was cut off is final", async () => {
    const half = completion('{"subject": "H', { finish_reason: "length" });
    expect(await answerTo(half)).toMatchObject({
      kind: "failed",
      failure: { code: "ai_truncated" },
      retryable: false,
      answer: '{"subject": "H',
      usage: { finish_reason: "length", cost_usd: COST },
    });
  });

  it("that was cut off after its end is taken", async () => {
    const whole = answering(GOOD, { finish_reason: "length" });
    expect(await answerTo(whole)).toMatchObject({ kind: "valid", value: GOOD });
  });

  it("in which null means an absent property is restored", async () => {
    const schema = { ...MAIL, required: ["subject"] };
    expect(await answerTo(answering({ subject: "Hi", body: null }), { schema })).toMatchObject({
      kind: "valid",
      value: { subject: "Hi" },
    });
  });

  it("that is no object travels in one", async () => {
    const schema = { type: "array", items: { type: "string" } };
    expect(await answerTo(answering({ value: ["a", "b"] }), { schema })).toMatchObject({
      kind: "valid",
      value: ["a", "b"],
    });
  });
});

describe("a call that fails", () => {
  const code = "ai_provider_error";
  const unused = { tokens_prompt: 0, tokens_output: 0, cost_usd: 0 };
  const unknown = { tokens_prompt: 0, tokens_output: 0, tokens_unknown: true, cost_usd: null };

  it.each<[string, Turn, boolean, FailureCode, string]>([
    [
      "too many requests",
      refusing(429, { message: "Rate limit reached." }),
      true,
      "ai_rate_limited",
      "The provider answered 429: Rate limit reached.",
    ],
    ["a server error", refusing(500), true, code, "The provider answered 500: No."],
    ["an overloaded server", refusing(503), true, code, "The provider answered 503: No."],
    [
      "a gateway's page",
      { kind: "answer", status: 502, body: "<html>" },
      true,
      code,
      "The provider answered 502, without saying why.",
    ],
    ["a timeout of the server", refusing(408), true, code, "The provider answered 408: No."],
    [
      "an unknown model",
      refusing(404, { message: "The model `m` does not exist" }),
      false,
      "ai_model_unknown",
      "The provider answered 404: The model `m` does not exist",
    ],
    ["a request that is wrong", refusing(400), false, code, "The provider answered 400: No."],
    ["no permission", refusing(403), false, "ai_auth", "The provider answered 403: No."],
    [
      "a redirect",
      { kind: "answer", status: 307, body: "", headers: { location: "https://example.com/" } },
      false,
      code,
      "The provider answered with a redirect, which is not followed.",
    ],
  ])("by %s consumed nothing", async (_what, turn, retryable, failure, message) => {
    const result = await answerTo(turn);
    expect(result).toMatchObject({
      kind: "failed",
      retryable,
      failure: { code: failure, message },
      usage: unused,
    });
    expect(server.calls.length).toBe(1);
  });

  it.each<[string, Turn, string]>([
    [
      "a dropped connection",
      { kind: "drop" },
      "The connection to the provider failed or was closed before it answered.",
    ],
    [
      "an answer that breaks off",
      { kind: "cut" },
      "The connection to the provider failed or was closed before it answered.",
    ],
    [
      "an answer that is no JSON",
      { kind: "answer", status: 200, body: "{" },
      "The provider's answer is not JSON.",
    ],
    [
      "an answer of another kind",
      { kind: "answer", status: 200, body: '{"ok":true}' },
      "The provider's answer is not a chat completion.",
    ],
    [
      "an answer without choices",
      { kind: "answer", status: 200, body: '{"choices":[]}' },
      "The provider's answer has no choices: the model said nothing.",
    ],
  ])("by %s may be repeated, and what it cost is unknown", async (_what, turn, message) => {
    const result = await answerTo(turn);
    expect(result).toMatchObject({
      kind: "failed",
      retryable: true,
      failure: { code, message },
      usage: unknown,
    });
  });

  it.each<[string, Turn, FailureCode, string]>([
    [
      "the model refuses",
      completion(null, { refusal: "I cannot help with that." }),
      "ai_refused",
      "The model refused to answer.",
    ],
    [
      "a filter stops it",
      completion("{", { finish_reason: "content_filter" }),
      "ai_content_filtered",
      "The provider's content filter stopped the answer.",
    ],
  ])(
    "because %s is not repeated, and costs what it took",
    async (_what, turn, failure, message) => {
      const result = await answerTo(turn);
      expect(result).toMatchObject({
        kind: "failed",
        retryable: false,
        failure: { code: failure, message },
        usage: { tokens_prompt: 100, tokens_output: 20, cost_usd: COST, model: FAKE_MODEL },
      });
    },
  );

  it.each<[Record<string, string>, number]>([
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "Sun, 22 Nov 2026 16:38:31 GMT" }, 30_000],
    [{ "retry-after-ms": "250", "retry-after": "1" }, 250],
    [{ "retry-after": "999999999" }, LIMITS.retryAfterMaxMs],
  ])("and asks to wait by %j waits %i ms", async (headers, retryAfterMs) => {
    expect(await answerTo(refusing(429, {}, headers))).toMatchObject({
      retryable: true,
      retryAfterMs,
    });
  });

  it.each([[{}], [{ "retry-after": "soon" }]])("by %j asks for no time", async (headers) => {
    expect(await answerTo(refusing(429, {}, headers))).not.toHaveProperty("retryAfterMs");
  });

  it("by the end of its time is a timeout", async () => {
    server.script({ kind: "hold" });
    const result = await ask({}, providerWith(), AbortSignal.timeout(50));
    expect(result).toMatchObject({
      kind: "failed",
      retryable: true,
      failure: { code: "timeout" },
      usage: unknown,
    });
  });

  it("never shows the key, and not more than a message can bear", async () => {
    const echo = `Bad key ${FAKE_KEY}, mail ann@example.com\n${"x ".repeat(2_000)}`;
    const result = await answerTo(refusing(401, { message: echo }));
    const message = result.kind === "failed" ? result.failure.message : "";
    expect(message).toMatch(
      /^The provider answered 401: Bad key \[REDACTED\], mail \[REDACTED_EMAIL\] x x/,
    );
    expect(message).not.toContain("sk-fake");
    expect(message.length).toBe(
      "The provider answered 401: ".length + LIMITS.providerMessageLength,
    );
  });

  it.each([
    [LIMITS.providerMessageLength, "x".repeat(300)],
    [LIMITS.providerMessageLength + 1, `${"x".repeat(299)}…`],
  ])("with a message of %i characters shows what fits", async (length, shown) => {
    expect(await answerTo(refusing(400, { message: "x".repeat(length) }))).toMatchObject({
      failure: { message: `The provider answered 400: ${shown}` },
    });
  });

  it("masks a key that nothing tells by its form", async () => {
    const provider = providerWith({ OPENAI_API_KEY: "opensesame" });
    expect(await ask({}, provider)).toMatchObject({
      failure: { message: "The provider answered 401: Incorrect API key provided: [REDACTED]." },
    });
  });

  it.each([
    [LIMITS.providerAnswerBytes, "The provider's answer is not JSON."],
    [
      LIMITS.providerAnswerBytes + 1,
      `The provider's answer has more than ${LIMITS.providerAnswerBytes} bytes.`,
    ],
  ])("with %i bytes says %s", async (bytes, message) => {
    expect(await answerTo({ kind: "answer", status: 200, body: " ".repeat(bytes) })).toMatchObject({
      failure: { code, message },
    });
  });

  it.each<[string, Partial<ProviderSettings>, string, string]>([
    [
      "a secret that does not exist",
      { OPENAI_API_KEY: "{{secrets.GONE}}" },
      "secret_missing",
      'The secret "GONE" that the settings of the provider name does not exist.',
    ],
    [
      "a key that is none",
      { OPENAI_API_KEY: "sk-\né" },
      code,
      "OPENAI_API_KEY is not a key: it must be visible ASCII characters.",
    ],
    [
      "plain http in production",
      { ENVIRONMENT: "production" },
      code,
      "OPENAI_BASE_URL is not https, which production needs.",
    ],
  ])("by %s makes no call", async (_what, settings, failure, message) => {
    const result = await ask({}, providerWith(settings));
    expect(result).toMatchObject({
      kind: "failed",
      retryable: false,
      failure: { code: failure, message },
    });
    expect(server.calls).toEqual([]);
  });
});

describe("the registry", () => {
  it("has openai only when there is a key", () => {
    const settings: ProviderSettings = {
      ENVIRONMENT: "development",
      OPENAI_MODEL: "m",
      OPENAI_RESPONSE_FORMAT: "json_schema",
    };
    const readSecrets = () => Promise.resolve({});
    expect(Object.keys(createProviders({ settings, readSecrets, fetch }))).toEqual(["mock"]);
    const withKey = { ...settings, OPENAI_API_KEY: "k" };
    expect(Object.keys(createProviders({ settings: withKey, readSecrets, fetch }))).toEqual([
      "mock",
      "openai",
    ]);
  });
});
