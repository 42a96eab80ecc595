/** Errors as servers of the protocol word them, over real sockets: what is shown and what follows. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { infer, type InferResult } from "#ai/infer.ts";
import { createProviders } from "#ai/registry.ts";
import type { FailureCode } from "#model/failure.ts";
import { LIMITS } from "#model/limits.ts";
import { FAKE_KEY, FakeOpenAi } from "../../support/fake-openai.ts";

let server: FakeOpenAi;
beforeAll(async () => {
  server = await FakeOpenAi.start();
});
afterAll(() => server.close());

function answer(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
  secret = FAKE_KEY,
): Promise<InferResult> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  server.script({ kind: "answer", status, body: text, headers });
  const { openai } = createProviders({
    settings: {
      ENVIRONMENT: "development",
      OPENAI_API_KEY: FAKE_KEY,
      OPENAI_BASE_URL: `${server.baseUrl}/{{secrets.PATH}}/..`,
      OPENAI_MODEL: "m",
      OPENAI_RESPONSE_FORMAT: "text",
    },
    readSecrets: () => Promise.resolve({ PATH: secret }),
    fetch,
  });
  if (!openai) throw new Error("openai is not configured");
  const call = {
    prompt: "p",
    feedback: [],
    templateId: "t",
    variables: {},
    attempt: 1,
    mock: null,
  };
  const signal = AbortSignal.timeout(10_000);
  const schema = { type: "object", required: ["a"] };
  return infer({ ...call, schema, provider: openai, signal, now: Date.now });
}

type What = "again" | "next" | "final";
const what = (result: InferResult): What | "" => {
  if (result.kind !== "failed") return "";
  return result.retryable ? "again" : result.isUnusable === true ? "next" : "final";
};

/** Server, status, body, code, what follows, what is shown of it. */
const ERRORS: [string, number, unknown, FailureCode, What, string][] = [
  [
    "OpenAI, rate",
    429,
    {
      error: {
        message: "Rate limit reached for m",
        type: "tokens",
        param: null,
        code: "rate_limit_exceeded",
      },
    },
    "ai_rate_limited",
    "again",
    "Rate limit reached for m",
  ],
  [
    "OpenAI, quota",
    429,
    {
      error: {
        message: "You exceeded your current quota, please check your plan and billing details.",
        type: "insufficient_quota",
        code: "insufficient_quota",
      },
    },
    "ai_quota_exhausted",
    "next",
    "You exceeded your current quota, please check your plan and billing details.",
  ],
  [
    "OpenAI, key",
    401,
    { error: { message: "Incorrect API key provided.", code: "invalid_api_key" } },
    "ai_auth",
    "next",
    "Incorrect API key provided.",
  ],
  [
    "OpenAI, country",
    403,
    { error: { message: "Country not supported", code: "unsupported_country_region_territory" } },
    "ai_auth",
    "next",
    "Country not supported",
  ],
  [
    "OpenAI, model",
    404,
    {
      error: {
        message: "The model `m` does not exist or you do not have access to it.",
        code: "model_not_found",
      },
    },
    "ai_model_unknown",
    "next",
    "The model `m` does not exist or you do not have access to it.",
  ],
  [
    "OpenAI, model of a project",
    403,
    {
      error: { message: "Project `p` does not have access to model `m`", code: "model_not_found" },
    },
    "ai_model_unknown",
    "next",
    "Project `p` does not have access to model `m`",
  ],
  [
    "OpenAI, context",
    400,
    {
      error: {
        message: "This model's maximum context length is 8192 tokens.",
        code: "context_length_exceeded",
      },
    },
    "ai_context_too_long",
    "final",
    "This model's maximum context length is 8192 tokens.",
  ],
  [
    "OpenAI, safety",
    400,
    {
      error: {
        message:
          "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
        code: "invalid_prompt",
      },
    },
    "ai_content_filtered",
    "final",
    "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
  ],
  [
    "OpenAI, a parameter",
    400,
    {
      error: {
        message: "Unsupported parameter: 'x'.",
        type: "invalid_request_error",
        code: "unsupported_parameter",
      },
    },
    "ai_provider_error",
    "final",
    "Unsupported parameter: 'x'.",
  ],
  [
    "OpenAI, a model without a feature",
    400,
    {
      error: {
        message: "'response_format' of type 'json_schema' is not supported with this model.",
        code: null,
      },
    },
    "ai_provider_error",
    "final",
    "'response_format' of type 'json_schema' is not supported with this model.",
  ],
  [
    "OpenAI, overloaded",
    503,
    { error: { message: "The engine is currently overloaded", type: "server_error" } },
    "ai_provider_error",
    "again",
    "The engine is currently overloaded",
  ],
  [
    "vLLM, model",
    404,
    {
      object: "error",
      message: "The model `m` does not exist.",
      type: "NotFoundError",
      param: null,
      code: 404,
    },
    "ai_model_unknown",
    "next",
    "The model `m` does not exist.",
  ],
  [
    "vLLM, context",
    400,
    {
      object: "error",
      message:
        "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens",
      type: "BadRequestError",
      param: null,
      code: 400,
    },
    "ai_context_too_long",
    "final",
    "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens",
  ],
  [
    "vLLM, roles",
    400,
    {
      object: "error",
      message: "Conversation roles must alternate user/assistant/user/assistant/...",
      type: "BadRequestError",
      code: 400,
    },
    "ai_provider_error",
    "final",
    "Conversation roles must alternate user/assistant/user/assistant/...",
  ],
  [
    "Ollama, model",
    404,
    {
      error: {
        message: 'model "m" not found, try pulling it first',
        type: "api_error",
        param: null,
        code: null,
      },
    },
    "ai_model_unknown",
    "next",
    'model "m" not found, try pulling it first',
  ],
  [
    "a model with a dot",
    400,
    { error: { message: "The model `gpt-4.1-x` does not exist" } },
    "ai_model_unknown",
    "next",
    "The model `gpt-4.1-x` does not exist",
  ],
  [
    "Ollama, a text",
    404,
    { error: "model 'm' not found" },
    "ai_model_unknown",
    "next",
    "model 'm' not found",
  ],
  [
    "Ollama, a text of 500",
    500,
    { error: "llama runner process has terminated" },
    "ai_provider_error",
    "again",
    "llama runner process has terminated",
  ],
  ["FastAPI, a text", 401, { detail: "Not authenticated" }, "ai_auth", "next", "Not authenticated"],
  ["FastAPI, an address", 404, { detail: "Not Found" }, "ai_provider_error", "next", "Not Found"],
  [
    "FastAPI, a list",
    422,
    {
      detail: [
        {
          type: "extra_forbidden",
          loc: ["body", "store"],
          msg: "Extra inputs are not permitted",
          input: "a canary",
        },
        { loc: ["body", "n"], msg: "Input should be 1" },
      ],
    },
    "ai_provider_error",
    "final",
    "body.store: Extra inputs are not permitted; body.n: Input should be 1",
  ],
  [
    "FastAPI, an object",
    400,
    { detail: { error: "Bad adapter", code: "x" } },
    "ai_provider_error",
    "final",
    "Bad adapter",
  ],
  [
    "Azure, deployment",
    404,
    {
      error: {
        code: "DeploymentNotFound",
        message: "The API deployment for this resource does not exist.",
      },
    },
    "ai_model_unknown",
    "next",
    "The API deployment for this resource does not exist.",
  ],
  [
    "Azure, filter",
    400,
    {
      error: {
        message:
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        type: null,
        param: "prompt",
        code: "content_filter",
        status: 400,
        innererror: { code: "ResponsibleAIPolicyViolation" },
      },
    },
    "ai_content_filtered",
    "final",
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
  ],
  [
    "Azure, gateway",
    401,
    { statusCode: 401, message: "Unauthorized. Access token is missing." },
    "ai_auth",
    "next",
    "Unauthorized. Access token is missing.",
  ],
  [
    "Gemini, a list",
    429,
    [
      {
        error: {
          code: 429,
          message: "Resource has been exhausted (e.g. check quota).",
          status: "RESOURCE_EXHAUSTED",
        },
      },
    ],
    "ai_rate_limited",
    "again",
    "Resource has been exhausted (e.g. check quota).",
  ],
  [
    "Gemini, key",
    400,
    [
      {
        error: {
          code: 400,
          message: "API key not valid. Please pass a valid API key.",
          status: "INVALID_ARGUMENT",
          details: [
            { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" },
          ],
        },
      },
    ],
    "ai_auth",
    "next",
    "API key not valid. Please pass a valid API key.",
  ],
  [
    "Gemini, model",
    404,
    [
      {
        error: {
          code: 404,
          message: "models/m is not found for API version v1main",
          status: "NOT_FOUND",
        },
      },
    ],
    "ai_model_unknown",
    "next",
    "models/m is not found for API version v1main",
  ],
  [
    "Gemini, context",
    400,
    [
      {
        error: {
          code: 400,
          message:
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
          status: "INVALID_ARGUMENT",
        },
      },
    ],
    "ai_context_too_long",
    "final",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
  ],
  [
    "Mistral, model",
    400,
    {
      object: "error",
      message: "Invalid model: m",
      type: "invalid_model",
      param: null,
      code: "1500",
    },
    "ai_model_unknown",
    "next",
    "Invalid model: m",
  ],
  [
    "Mistral, key",
    401,
    { message: "Unauthorized", request_id: "a580" },
    "ai_auth",
    "next",
    "Unauthorized",
  ],
  [
    "Mistral, capacity",
    429,
    {
      object: "error",
      message: "Service tier capacity exceeded for this model.",
      type: "service_tier_capacity_exceeded",
      code: "3505",
    },
    "ai_rate_limited",
    "again",
    "Service tier capacity exceeded for this model.",
  ],
  [
    "Mistral, context",
    400,
    {
      object: "error",
      message:
        "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
      type: "invalid_request_prompt",
      code: "3051",
    },
    "ai_context_too_long",
    "final",
    "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
  ],
  [
    "OpenRouter, behind it",
    400,
    {
      error: {
        message: "Provider returned error",
        code: 400,
        metadata: { raw: '{"error":{"message":"Schema is too deep"}}', provider_name: "X" },
      },
    },
    "ai_provider_error",
    "final",
    "Provider returned error: Schema is too deep",
  ],
  [
    "OpenRouter, text behind it",
    429,
    {
      error: {
        message: "Provider returned error",
        code: 429,
        metadata: { raw: "m is temporarily rate-limited upstream.", provider_name: "X" },
      },
    },
    "ai_rate_limited",
    "again",
    "Provider returned error: m is temporarily rate-limited upstream.",
  ],
  [
    "OpenRouter, credits",
    402,
    { error: { message: "This request requires more credits, or fewer max_tokens.", code: 402 } },
    "ai_quota_exhausted",
    "next",
    "This request requires more credits, or fewer max_tokens.",
  ],
  [
    "OpenRouter, moderation",
    403,
    {
      error: {
        code: 403,
        message: "Your chosen model requires moderation and your input was flagged",
        metadata: { reasons: ["violence"], flagged_input: "a canary" },
      },
    },
    "ai_content_filtered",
    "final",
    "Your chosen model requires moderation and your input was flagged: violence",
  ],
  [
    "OpenRouter, model",
    400,
    { error: { message: "m is not a valid model ID", code: 400 } },
    "ai_model_unknown",
    "next",
    "m is not a valid model ID",
  ],
  [
    "OpenRouter, endpoints",
    404,
    { error: { message: "No endpoints found for m.", code: 404 } },
    "ai_model_unknown",
    "next",
    "No endpoints found for m.",
  ],
  [
    "Groq, model",
    400,
    {
      error: {
        message: "The model `m` has been decommissioned and is no longer supported.",
        type: "invalid_request_error",
        code: "model_decommissioned",
      },
    },
    "ai_model_unknown",
    "next",
    "The model `m` has been decommissioned and is no longer supported.",
  ],
  [
    "Groq, too large",
    413,
    {
      error: {
        message: "Request too large for model `m` on tokens per minute",
        type: "tokens",
        code: "rate_limit_exceeded",
      },
    },
    "ai_context_too_long",
    "final",
    "Request too large for model `m` on tokens per minute",
  ],
  [
    "DeepSeek, balance",
    402,
    {
      error: {
        message: "Insufficient Balance",
        type: "unknown_error",
        code: "invalid_request_error",
      },
    },
    "ai_quota_exhausted",
    "next",
    "Insufficient Balance",
  ],
  [
    "DeepSeek, model",
    400,
    {
      error: {
        message: "Model Not Exist",
        type: "invalid_request_error",
        code: "invalid_request_error",
      },
    },
    "ai_model_unknown",
    "next",
    "Model Not Exist",
  ],
  [
    "DeepSeek, content",
    400,
    { error: { message: "Content Exists Risk", type: "invalid_request_error" } },
    "ai_content_filtered",
    "final",
    "Content Exists Risk",
  ],
  [
    "DeepSeek, plain text",
    422,
    "Failed to deserialize the JSON body into the target type",
    "ai_provider_error",
    "final",
    "Failed to deserialize the JSON body into the target type",
  ],
  [
    "LiteLLM, model",
    400,
    {
      error: {
        message:
          "/chat/completions: Invalid model name passed in model=m. Call `/v1/models` to view available models.",
        type: "None",
        param: "None",
        code: "400",
      },
    },
    "ai_model_unknown",
    "next",
    "/chat/completions: Invalid model name passed in model=m. Call `/v1/models` to view available models.",
  ],
  [
    "LiteLLM, context",
    400,
    {
      error: {
        message:
          "litellm.ContextWindowExceededError: prompt is too long: 250000 tokens > 200000 maximum",
        type: null,
        code: "400",
      },
    },
    "ai_context_too_long",
    "final",
    "litellm.ContextWindowExceededError: prompt is too long: 250000 tokens > 200000 maximum",
  ],
  [
    "Anthropic's, credit",
    400,
    {
      type: "error",
      error: {
        type: "invalid_request_error",
        message: "Your credit balance is too low to access the API.",
      },
    },
    "ai_quota_exhausted",
    "next",
    "Your credit balance is too low to access the API.",
  ],
  [
    "Anthropic's, overloaded",
    529,
    { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    "ai_provider_error",
    "again",
    "Overloaded",
  ],
  [
    "Anthropic's, model",
    404,
    { type: "error", error: { type: "not_found_error", message: "model: m" } },
    "ai_model_unknown",
    "next",
    "model: m",
  ],
  [
    "llama.cpp, context",
    400,
    {
      error: {
        code: 400,
        message: "the request exceeds the available context size, try increasing it",
        type: "exceed_context_size_error",
      },
    },
    "ai_context_too_long",
    "final",
    "the request exceeds the available context size, try increasing it",
  ],
  [
    "TGI",
    422,
    { error: "Input validation error: `inputs` must be shorter", error_type: "validation" },
    "ai_provider_error",
    "final",
    "Input validation error: `inputs` must be shorter",
  ],
  [
    "Cloudflare",
    400,
    {
      success: false,
      errors: [{ code: 5006, message: "Error: required properties at '/' are 'prompt'" }],
      result: {},
    },
    "ai_provider_error",
    "final",
    "Error: required properties at '/' are 'prompt'",
  ],
  [
    "NVIDIA, a problem",
    404,
    { status: 404, title: "Not Found", detail: "Function 'f': Not found for account" },
    "ai_provider_error",
    "next",
    "Function 'f': Not found for account",
  ],
  [
    "Spring",
    404,
    {
      timestamp: 1,
      status: 404,
      error: "Not Found",
      message: "No static resource chat",
      path: "/x",
    },
    "ai_provider_error",
    "next",
    "No static resource chat",
  ],
  [
    "xAI, key",
    400,
    { code: "Client specified an invalid argument", error: "Incorrect API key provided" },
    "ai_auth",
    "next",
    "Incorrect API key provided",
  ],
  ["AWS", 403, { Message: "User is not authorized" }, "ai_auth", "next", "User is not authorized"],
  [
    "JSON in a message",
    400,
    { error: { message: '{"error":{"code":400,"message":"Schema is too deep"}}' } },
    "ai_provider_error",
    "final",
    "Schema is too deep",
  ],
  [
    "a page",
    502,
    "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
    "ai_provider_error",
    "again",
    "502 Bad Gateway",
  ],
  [
    "a timeout",
    408,
    { error: { message: "Timed out" } },
    "ai_provider_error",
    "again",
    "Timed out",
  ],
  [
    "too early",
    425,
    { error: { message: "Too early" } },
    "ai_provider_error",
    "again",
    "Too early",
  ],
  ["a conflict", 409, { error: { message: "Busy" } }, "ai_provider_error", "again", "Busy"],
  [
    "no such method",
    405,
    { detail: "Method Not Allowed" },
    "ai_provider_error",
    "next",
    "Method Not Allowed",
  ],
];

describe("an error by its status", () => {
  it.each(ERRORS)("of %s (%i)", async (_server, status, body, code, follows, shown) => {
    const result = await answer(status, body);
    expect(result).toMatchObject({
      kind: "failed",
      failure: { code, message: `The provider answered ${status}: ${shown}` },
      usage: { model: "m", tokens_prompt: 0, tokens_output: 0, cost_usd: 0 },
    });
    expect(what(result)).toBe(follows);
    expect(result.usage).not.toHaveProperty("tokens_unknown");
  });

  it.each([
    ["nothing", ""],
    ["an empty object", "{}"],
    ["a page without a title", "<html></html>"],
    ["null", "null"],
  ])("that says %s says so", async (_what, body) => {
    expect(await answer(400, body)).toMatchObject({
      failure: { message: "The provider answered 400, without saying why." },
    });
  });

  it("asks to wait where its words do", async () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "36.5s" }];
    const error = { code: 429, message: "Slow down", status: "RESOURCE_EXHAUSTED", details };
    expect(await answer(429, [{ error }])).toMatchObject({ retryAfterMs: 36_500 });
    expect(await answer(429, [{ error }], { "retry-after": "2" })).toMatchObject({
      retryAfterMs: 2_000,
    });
  });

  it("with hostile nesting says something all the same", async () => {
    const deep = `${'{"error":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    expect(await answer(400, deep)).toMatchObject({ failure: { code: "ai_provider_error" } });
  });
});

describe("what is said of an error", () => {
  const SECRET = "an-account-of-ours-7f3b91c2d4e5";

  it.each([
    ["a text", { error: SECRET }],
    [
      "behind a gateway",
      { error: { message: "No.", metadata: { raw: `{"detail":"${SECRET}"}` } } },
    ],
    ["a list", { detail: [{ loc: ["body"], msg: SECRET }] }],
  ])("is shown without secrets, as %s", async (_what, body) => {
    const result = await answer(400, body, {}, SECRET);
    const shown = JSON.stringify(result);
    expect(shown).toContain("[REDACTED]");
    expect(shown).not.toContain("of-ours");
  });

  it("is masked before it is cut", async () => {
    // Masking makes it much shorter, so that what was cut too early would still be shown.
    const long = `an-account-of-ours-${"7f3b91c2d4e5".repeat(15)}`;
    for (let before = 0; before <= 200; before += 20) {
      const message = `${"x".repeat(before)}${long.repeat(400)}`;
      const result = await answer(400, { error: { message } }, {}, long);
      expect(JSON.stringify(result)).not.toMatch(/an-acc|7f3b/);
    }
  });

  it("is cut and has no line breaks", async () => {
    const result = await answer(400, { error: { message: `a\nb ${"x".repeat(1_000)}` } });
    const message = result.kind === "failed" ? result.failure.message : "";
    expect(message).toMatch(/^The provider answered 400: a b x+…$/);
    expect(message.length).toBe(
      "The provider answered 400: ".length + LIMITS.providerMessageLength,
    );
  });
});

describe("an error inside of a 200", () => {
  it.each<[string, unknown, FailureCode, What, string]>([
    [
      "with a status",
      { error: { code: 502, message: "Upstream is down" } },
      "ai_provider_error",
      "again",
      "The provider answered 502: Upstream is down",
    ],
    [
      "with a status that is final",
      { error: { code: 400, message: "Bad schema" } },
      "ai_provider_error",
      "final",
      "The provider answered 400: Bad schema",
    ],
    [
      "with a status as text",
      { error: { code: "429", message: "Slow" } },
      "ai_rate_limited",
      "again",
      "The provider answered 429: Slow",
    ],
    [
      "of credits",
      { error: { code: 402, message: "Pay" } },
      "ai_quota_exhausted",
      "next",
      "The provider answered 402: Pay",
    ],
    [
      "of a key",
      { error: { code: 401, message: "No key" } },
      "ai_auth",
      "next",
      "The provider answered 401: No key",
    ],
    [
      "with a code",
      { error: { message: "Too fast", code: "rate_limit_exceeded" } },
      "ai_rate_limited",
      "again",
      "The provider answered with an error: Too fast",
    ],
    [
      "with the code of a mistake",
      { error: { message: "Bad", type: "invalid_request_error" } },
      "ai_provider_error",
      "final",
      "The provider answered with an error: Bad",
    ],
    [
      "without a code",
      { error: { message: "Something broke" } },
      "ai_provider_error",
      "again",
      "The provider answered with an error: Something broke",
    ],
    [
      "as a text",
      { error: "Something broke" },
      "ai_provider_error",
      "again",
      "The provider answered with an error: Something broke",
    ],
    [
      "beside empty choices",
      { choices: [], error: { code: 503, message: "Full" } },
      "ai_provider_error",
      "again",
      "The provider answered 503: Full",
    ],
    [
      "in its choice",
      {
        choices: [
          {
            finish_reason: "error",
            error: { code: 429, message: "Full" },
            message: { role: "assistant", content: "" },
          },
        ],
      },
      "ai_rate_limited",
      "again",
      "The provider answered 429: Full",
    ],
    [
      "as detail",
      { detail: "Model m not found" },
      "ai_model_unknown",
      "next",
      "The provider answered with an error: Model m not found",
    ],
    [
      "as a list of errors",
      { success: false, errors: [{ message: "Down", code: 500 }] },
      "ai_provider_error",
      "again",
      "The provider answered 500: Down",
    ],
    [
      "in the words of MiniMax",
      { choices: null, base_resp: { status_code: 1004, status_msg: "login fail" } },
      "ai_provider_error",
      "again",
      "The provider answered with an error: login fail",
    ],
  ])("%s is that error", async (_what, body, code, follows, message) => {
    const result = await answer(200, body);
    expect(result).toMatchObject({ kind: "failed", failure: { code, message } });
    expect(what(result)).toBe(follows);
  });

  it("with a status costs nothing, and what it counted otherwise", async () => {
    const error = { code: 502, message: "Down" };
    expect((await answer(200, { error })).usage).toMatchObject({ tokens_prompt: 0, cost_usd: 0 });
    const usage = { prompt_tokens: 7, completion_tokens: 1, cost: 0.25 };
    expect((await answer(200, { error, usage })).usage).toMatchObject({
      tokens_prompt: 7,
      cost_usd: 0.25,
    });
    expect((await answer(200, { error: { message: "Broke" } })).usage).toMatchObject({
      tokens_unknown: true,
      cost_usd: null,
    });
  });
});

describe("the end of an answer", () => {
  const ended = (finish_reason: string, message: object = { content: '{"a": 1' }) => {
    const usage = { prompt_tokens: 7, completion_tokens: 1, cost: 0.25 };
    return answer(200, { model: "m", choices: [{ finish_reason, message }], usage });
  };

  it.each<[string, FailureCode, What]>([
    ["error", "ai_provider_error", "again"],
    ["network_error", "ai_provider_error", "again"],
    ["insufficient_system_resource", "ai_provider_error", "again"],
    ["length", "ai_truncated", "final"],
    ["max_tokens", "ai_truncated", "final"],
    ["MAX_TOKENS", "ai_truncated", "final"],
    ["model_length", "ai_truncated", "final"],
    ["content_filter", "ai_content_filtered", "final"],
    ["content_filter: SAFETY", "ai_content_filtered", "final"],
    ["SAFETY", "ai_content_filtered", "final"],
    ["refusal", "ai_refused", "final"],
  ])("by %s", async (reason, code, follows) => {
    const result = await ended(reason);
    expect(result).toMatchObject({ kind: "failed", failure: { code }, usage: { cost_usd: 0.25 } });
    expect(what(result)).toBe(follows);
  });

  it.each(["stop", "tool_calls", "eos", "end_turn", "STOP"])("by %s is none", async (reason) => {
    expect(await ended(reason, { content: '{"a": 1}' })).toMatchObject({ kind: "valid" });
  });

  it("by an error is one also when the answer is whole", async () => {
    expect(await ended("error", { content: '{"a": 1}' })).toMatchObject({ kind: "failed" });
  });

  it("by a refusal as a part is a refusal", async () => {
    const content = [{ type: "refusal", refusal: "No." }];
    expect(await ended("stop", { content })).toMatchObject({ failure: { code: "ai_refused" } });
  });
});

describe("an answer that the server refused by its own check", () => {
  const refusal = (failed_generation: unknown) => ({
    error: {
      message: "Failed to generate JSON. Please adjust your prompt.",
      type: "invalid_request_error",
      code: "json_validate_failed",
      failed_generation,
    },
  });

  it.each<[string, unknown, string, string]>([
    ["does not fit", '{"b": 1}', '{"b": 1}', 'The answer lacks the required property "a".'],
    [
      "is no JSON",
      "Sure!",
      "Sure!",
      "The answer must be one JSON value, with no other text around it.",
    ],
    ["is empty", "", "", "The answer was empty; it must be one JSON value."],
    [
      "fits for us",
      '{"a": 1}',
      '{"a": 1}',
      "The answer was refused by the provider's own check of the schema: Failed to generate JSON. Please adjust your prompt.",
    ],
  ])("and that %s is one that does not fit", async (_what, failed, kept, sentence) => {
    expect(await answer(400, refusal(failed))).toMatchObject({
      kind: "invalid",
      answer: kept,
      feedback: [sentence],
      usage: { cost_usd: 0 },
    });
  });
});

describe("what a call cost", () => {
  const costing = (usage: object, headers: Record<string, string> = {}) =>
    answer(
      200,
      { model: "m", choices: [{ finish_reason: "stop", message: { content: '{"a":1}' } }], usage },
      headers,
    );
  const counts = { prompt_tokens: 100, completion_tokens: 20 };
  const header = "x-litellm-response-cost";

  it.each<[string, object, Record<string, string>, number | null]>([
    ["the server's word", { ...counts, cost: 0.0123 }, {}, 0.0123],
    ["the server's word that it was free", { ...counts, cost: 0 }, {}, 0],
    ["the server's word before the header", { ...counts, cost: 0.5 }, { [header]: "0.7" }, 0.5],
    ["the gateway's header", counts, { [header]: "0.00042" }, 0.00042],
    ["the gateway's header in exponents", counts, { [header]: "4.2e-05" }, 0.000042],
    ["a cost in parts", { ...counts, cost: { total_cost: 0.006 } }, {}, 0.006],
    [
      "the vendor's share",
      { ...counts, cost: 0.01, is_byok: true, cost_details: { upstream_inference_cost: 0.2 } },
      {},
      0.21,
    ],
    ["no word and no price", counts, {}, null],
    ["a header without a number", counts, { [header]: "None" }, null],
    ["an empty header", counts, { [header]: "" }, null],
    ["less than nothing", { ...counts, cost: -1 }, {}, null],
    ["more than a call costs", { ...counts, cost: 1e9 }, {}, null],
    ["no number", { ...counts, cost: "much" }, {}, null],
  ])("is %s", async (_what, usage, headers, cost) => {
    expect((await costing(usage, headers)).usage.cost_usd).toBe(cost);
  });

  it("is the server's word also where it counts no tokens", async () => {
    expect((await costing({ cost: 0.5 })).usage).toMatchObject({
      cost_usd: 0.5,
      tokens_unknown: true,
    });
  });

  it.each<[string, object, number | undefined]>([
    ["OpenAI", { prompt_tokens_details: { cached_tokens: 64 } }, 64],
    ["DeepSeek", { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 }, 64],
    ["Moonshot", { cached_tokens: 64 }, 64],
    ["Anthropic behind a gateway", { cache_read_input_tokens: 64 }, 64],
    ["more than the prompt", { cached_tokens: 900 }, 100],
    ["none", { prompt_tokens_details: { cached_tokens: 0 } }, undefined],
    ["null", { prompt_tokens_details: null }, undefined],
    ["no count", { cached_tokens: "64" }, undefined],
  ])("is reported with the cached tokens of %s", async (_what, details, cached) => {
    const { usage } = await costing({ ...counts, ...details });
    expect(usage).toMatchObject({ tokens_prompt: 100, tokens_output: 20 });
    expect(usage.tokens_cached).toBe(cached);
  });
});
