import { describe, expect, test } from "vitest";
import { readSettings } from "../../src/settings.ts";

const SECRET = "a-secret-for-tests-of-at-least-32-characters";

describe("settings", () => {
  test("have the documented defaults", () => {
    const result = readSettings({ SERVER_SECRET: SECRET, ENVIRONMENT: "development" });
    expect(result).toEqual({
      ok: true,
      settings: {
        ENVIRONMENT: "development",
        SERVER_SECRET: SECRET,
        AI_PROVIDER: "mock",
        MOCK_AI_MODE: "success",
        MOCK_AI_SEED: 42,
        ALLOW_MOCK_AI: false,
        WAIT_BUDGET_MS: 10_000,
        API_CALL_ALLOW_HTTP_HOSTS: [],
        API_CALL_ALLOW_HOSTS: [],
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

  test.each([
    ["nothing at all", {}, /SERVER_SECRET is not set/],
    ["a short secret", { SERVER_SECRET: "x".repeat(31) }, /shorter than 32/],
    ["the mock in production", { SERVER_SECRET: SECRET }, /AI_PROVIDER is mock/],
    [
      "a development key in production",
      { SERVER_SECRET: SECRET, ALLOW_MOCK_AI: "true", DEV_API_KEY: "wo_x" },
      /DEV_API_KEY is set/,
    ],
    [
      "a provider without an adapter",
      { SERVER_SECRET: SECRET, AI_PROVIDER: "openai" },
      /no adapter/,
    ],
    ["a number that is none", { SERVER_SECRET: SECRET, WAIT_BUDGET_MS: "soon" }, /WAIT_BUDGET_MS/],
  ])("refuse %s, and say what is missing", (_what, env, expected) => {
    const result = readSettings(env);
    expect(result.ok ? "" : result.problems.join(" ")).toMatch(expected);
  });

  test("without ENVIRONMENT are those of production", () => {
    const result = readSettings({ SERVER_SECRET: SECRET, ALLOW_MOCK_AI: "true" });
    expect(result.ok && result.settings.ENVIRONMENT).toBe("production");
  });
});
