import { describe, expect, test } from "vitest";
import { readSettings, secretsKeyRing } from "#settings.ts";

const SECRET = "yzfxkIrEaJKzfa60bJSnRARY7jwCw6pyKIqSFoZilpjg";
const KEY = "1:f8Q2mZr0Vw5Yk1Xc7Jb3Nd9Lh4Gs6TaPeUiOqWxRy1M=";
const OTHER = "RfMAyurUW5SqeHD2zLIvqR9X9tFn4JimbUpybqyQUyzi";

describe("settings", () => {
  test("have the documented defaults", () => {
    const result = readSettings({ SERVER_SECRET: SECRET, ENVIRONMENT: "development" });
    expect(result).toEqual({
      ok: true,
      settings: {
        ENVIRONMENT: "development",
        SERVER_SECRET: SECRET,
        SECRETS_KEYS: [],
        SECRETS_DERIVED_KEY: true,
        AI_PROVIDER: "mock",
        OPENAI_MODEL: "gpt-5.4-mini",
        OPENAI_RESPONSE_FORMAT: "json_schema",
        AI_INFER_TIMEOUT_MS: 30_000,
        AI_INFER_DAILY_TOKENS: 2_000_000,
        AI_INFER_MAX_TOKENS: 0,
        MOCK_AI_MODE: "success",
        MOCK_AI_SEED: 42,
        ALLOW_MOCK_AI: false,
        WAIT_BUDGET_MS: 10_000,
        RETENTION_DAYS: 30,
        AUDIT_DAYS: 400,
        API_CALL_ALLOW_HTTP_HOSTS: [],
        API_CALL_ALLOW_HOSTS: [],
        CORS_ALLOW_ORIGINS: [],
        RATE_LIMITS: {
          principal: { name: "principal", quota: 60_000, windowS: 60 },
          address: { name: "address", quota: 60_000, windowS: 60 },
          page: { name: "page", quota: 60_000, windowS: 60 },
          "sign-in": { name: "sign-in", quota: 60_000, windowS: 60 },
        },
        OTEL_EXPORTER_OTLP_HEADERS: {},
        OTEL_SERVICE_NAME: "workflow-orchestrator",
        OTEL_TRACES_SAMPLER: "parentbased_always_on",
        OTEL_TRACES_SAMPLER_ARG: 1,
        PROJECTION_SHARDS: 1,
        TRACE_REQUEST_RATIO: 0.1,
        LOG_LEVEL: "INFO",
      },
    });
  });

  test("take lists apart and empty values as absent", () => {
    const result = readSettings({
      SERVER_SECRET: SECRET,
      ENVIRONMENT: "development",
      AI_PROVIDER: "",
      API_CALL_ALLOW_HTTP_HOSTS: " 127.0.0.1:9000 , localhost:3000,",
    });
    expect(result.ok && result.settings.AI_PROVIDER).toBe("mock");
    expect(result.ok && result.settings.API_CALL_ALLOW_HTTP_HOSTS).toEqual([
      "127.0.0.1:9000",
      "localhost:3000",
    ]);
  });

  test.each<readonly [what: string, env: object, expected: RegExp]>([
    ["nothing at all", {}, /SERVER_SECRET is not set/],
    ["a short secret", { SERVER_SECRET: "x".repeat(31) }, /shorter than 32/],
    [
      "a short secret of run ids",
      { SERVER_SECRET: SECRET, RUN_ID_SECRET: "x".repeat(31) },
      /RUN_ID_SECRET is shorter than 32/,
    ],
    [
      "versions of the server secret that cannot be read",
      { SERVER_SECRET: SECRET, SERVER_SECRETS: "2:,1" },
      /SERVER_SECRETS: entry 1 has no secret\./,
    ],
    [
      "a short version of the server secret",
      { SERVER_SECRET: SECRET, SERVER_SECRETS: `2:${"x".repeat(31)},1` },
      /SERVER_SECRETS has a secret that is shorter than 32/,
    ],
    [
      "an end of the derived key without another one",
      { SERVER_SECRET: SECRET, SECRETS_DERIVED_KEY: "false" },
      /SECRETS_KEYS is not set, and the key that is derived from SERVER_SECRET is switched off/,
    ],
    [
      "an end of SERVER_SECRET without another key of secrets",
      { SERVER_SECRET: SECRET, SERVER_SECRETS: `2:${OTHER}` },
      /SECRETS_KEYS is not set/,
    ],
    ...(["SERVER_SECRET", "RUN_ID_SECRET", "JWT_SECRET"] as const).map(
      (name) =>
        [
          `${name} as a phrase about itself in production`,
          { SERVER_SECRET: SECRET, [name]: "changeme-changeme-changeme-changeme" },
          new RegExp(`${name} is easy to guess: .*Make one with .openssl rand -base64 48.`),
        ] as const,
    ),
    [
      "a version of the server secret that repeats itself in production",
      { SERVER_SECRET: SECRET, SERVER_SECRETS: `2:${"ab".repeat(20)},1` },
      /SERVER_SECRETS, version 2, is easy to guess/,
    ],
    [
      "a key of secrets of zeros in production",
      { SERVER_SECRET: SECRET, SECRETS_KEYS: `1:${"A".repeat(43)}=` },
      /SECRETS_KEYS, version 1, is easy to guess: .*openssl rand -base64 32/,
    ],
    [
      "a secret of tokens that is that of the service in production",
      { SERVER_SECRET: SECRET, JWT_SECRET: SECRET },
      /JWT_SECRET is also another secret of the service/,
    ],
    ["the mock in production", { SERVER_SECRET: SECRET }, /AI_PROVIDER is mock/],
    [
      "a development key in production",
      { SERVER_SECRET: SECRET, ALLOW_MOCK_AI: "true", DEV_API_KEY: "wo_x" },
      /DEV_API_KEY is set/,
    ],
    [
      "a provider without an adapter",
      { SERVER_SECRET: SECRET, AI_PROVIDER: "anthropic" },
      /AI_PROVIDER anthropic has no adapter/,
    ],
    [
      "openai without its key",
      { SERVER_SECRET: SECRET, AI_PROVIDER: "openai" },
      /AI_PROVIDER is openai, and OPENAI_API_KEY is not set/,
    ],
    [
      "a base URL by http in production",
      { SERVER_SECRET: SECRET, ALLOW_MOCK_AI: "true", OPENAI_BASE_URL: "http://llm.example/v1" },
      /OPENAI_BASE_URL is not https/,
    ],
    ["no time for an inference", { SERVER_SECRET: SECRET, AI_INFER_TIMEOUT_MS: "0" }, /AI_INFER/],
    ["too much of it", { SERVER_SECRET: SECRET, AI_INFER_TIMEOUT_MS: "600001" }, /AI_INFER/],
    [
      "keys of secrets that are none",
      { SERVER_SECRET: SECRET, SECRETS_KEYS: "1:tooshort" },
      /^SECRETS_KEYS: entry 1 is not 32 bytes of base64\.$/,
    ],
    [
      "an endpoint that is no address",
      { SERVER_SECRET: SECRET, OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" },
      /OTEL_EXPORTER_OTLP_ENDPOINT/,
    ],
    [
      "headers that are none",
      { SERVER_SECRET: SECRET, OTEL_EXPORTER_OTLP_HEADERS: "Bearer abc" },
      /OTEL_EXPORTER_OTLP_HEADERS: must be name=value pairs/,
    ],
    [
      "an unknown sampler",
      { SERVER_SECRET: SECRET, OTEL_TRACES_SAMPLER: "some" },
      /OTEL_TRACES_SAMPLER/,
    ],
    [
      "a ratio above one",
      { SERVER_SECRET: SECRET, TRACE_REQUEST_RATIO: "1.1" },
      /TRACE_REQUEST_RATIO/,
    ],
    ...["1", "6", "-1", "7.5", "36501", "soon"].map(
      (days) =>
        [
          `a retention of ${days} days`,
          { SERVER_SECRET: SECRET, RETENTION_DAYS: days },
          /RETENTION_DAYS/,
        ] as const,
    ),
    ["a negative age of the audit", { SERVER_SECRET: SECRET, AUDIT_DAYS: "-1" }, /AUDIT_DAYS/],
    ["a number that is none", { SERVER_SECRET: SECRET, WAIT_BUDGET_MS: "soon" }, /WAIT_BUDGET_MS/],
  ])("refuse %s, and say what is missing", (_what, env, expected) => {
    const result = readSettings(env);
    expect(result.ok ? "" : result.problems.join(" ")).toMatch(expected);
  });

  test.each<[what: string, more: object, opens: number[], wraps: number]>([
    ["alone", {}, [0], 0],
    ["beside another key", { SECRETS_KEYS: KEY }, [0, 1], 1],
    ["no more, by its setting", { SECRETS_KEYS: KEY, SECRETS_DERIVED_KEY: "false" }, [1], 1],
    ["while version 1 verifies", { SECRETS_KEYS: KEY, SERVER_SECRETS: `2:${OTHER},1` }, [0, 1], 1],
    ["no more, with version 1", { SECRETS_KEYS: KEY, SERVER_SECRETS: `2:${OTHER}` }, [1], 1],
  ])("open secrets by the derived key %s", async (_what, more, opens, wraps) => {
    const result = readSettings({ SERVER_SECRET: SECRET, ALLOW_MOCK_AI: "true", ...more });
    if (!result.ok) throw new Error(result.problems.join(" "));
    const { keys, current } = await secretsKeyRing(result.settings);
    expect(new Set(keys.keys())).toEqual(new Set(opens));
    expect(current).toBe(wraps);
  });

  test.each([
    ["RETENTION_DAYS", "0", 0],
    ["RETENTION_DAYS", "7", 7],
    ["RETENTION_DAYS", "36500", 36_500],
    ["RETENTION_DAYS", "", 30],
    ["AUDIT_DAYS", "0", 0],
    ["AUDIT_DAYS", "1", 1],
    ["AUDIT_DAYS", "", 400],
  ] as const)("take %s=%s as %i days", (name, text, expected) => {
    const result = readSettings({
      SERVER_SECRET: SECRET,
      ENVIRONMENT: "development",
      [name]: text,
    });
    expect(result.ok && result.settings[name]).toBe(expected);
  });

  test("in development take secrets that could be guessed", () => {
    const weak = { SERVER_SECRET: "x".repeat(40), JWT_SECRET: "x".repeat(40) };
    expect(readSettings({ ...weak, ENVIRONMENT: "development" })).toMatchObject({ ok: true });
  });

  test("do not quote a secret in what they say", () => {
    const secret = "changeme-changeme-changeme-changeme";
    const result = readSettings({ SERVER_SECRET: secret, JWT_SECRET: secret });
    expect(result.ok ? "" : result.problems.join(" ")).not.toContain(secret);
  });

  test.each([
    ["https", { OPENAI_BASE_URL: "https://llm.example/v1" }],
    ["a secret, checked when it is read", { OPENAI_BASE_URL: "{{secrets.LLM_URL}}" }],
    ["http in development", { ENVIRONMENT: "development", OPENAI_BASE_URL: "http://[::1]:8080" }],
    ["the longest time for an inference", { AI_INFER_TIMEOUT_MS: "600000" }],
    ["the shortest", { AI_INFER_TIMEOUT_MS: "1" }],
  ])("take openai with %s", (_what, more) => {
    const openai = { SERVER_SECRET: SECRET, AI_PROVIDER: "openai", OPENAI_API_KEY: "k" };
    expect(readSettings({ ...openai, ...more })).toMatchObject({ ok: true });
  });

  test.each([
    ["llm.example/v1", "is not an absolute URL"],
    ["ftp://llm.example/v1", "is neither http nor https"],
    ["https://me:pw@llm.example/v1", "contains user info"],
    ["https://llm.example/v1?key=1", "contains a query or a fragment"],
  ])("refuse the base URL %s", (OPENAI_BASE_URL, why) => {
    const result = readSettings({ SERVER_SECRET: SECRET, ALLOW_MOCK_AI: "true", OPENAI_BASE_URL });
    expect(result).toEqual({ ok: false, problems: [`OPENAI_BASE_URL ${why}.`] });
  });

  test("without ENVIRONMENT are those of production", () => {
    const result = readSettings({ SERVER_SECRET: SECRET, ALLOW_MOCK_AI: "true" });
    expect(result.ok && result.settings.ENVIRONMENT).toBe("production");
  });
});
