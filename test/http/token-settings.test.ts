import { describe, expect, test } from "vitest";
import { readSettings } from "#settings.ts";

const SERVER_SECRET = "yzfxkIrEaJKzfa60bJSnRARY7jwCw6pyKIqSFoZilpjg";
const PRODUCTION = { SERVER_SECRET, ENVIRONMENT: "production", ALLOW_MOCK_AI: "true" };
const DEVELOPMENT = { SERVER_SECRET, ENVIRONMENT: "development" };
const TRUST = { JWT_ISSUER: "https://id.example.com", JWT_AUDIENCE: "workflows" };
const JWT_SECRET = "RfMAyurUW5SqeHD2zLIvqR9X9tFn4Jim";
const JWT_JWKS_URL = "https://id.example.com/keys";

function problemsOf(settings: Record<string, string>): string[] {
  const result = readSettings({ ...settings });
  return result.ok ? [] : result.problems;
}

describe("settings of tokens", () => {
  test.each<[what: string, settings: Record<string, string>]>([
    ["none at all", PRODUCTION],
    ["a secret of 32 characters", { ...PRODUCTION, ...TRUST, JWT_SECRET }],
    ["a key set", { ...PRODUCTION, ...TRUST, JWT_JWKS_URL }],
    ["both", { ...PRODUCTION, ...TRUST, JWT_SECRET, JWT_JWKS_URL }],
    ["empty ones", { ...PRODUCTION, JWT_SECRET: "", JWT_JWKS_URL: "", JWT_ISSUER: "" }],
    ["a secret alone, in development", { ...DEVELOPMENT, JWT_SECRET }],
    ["http, in development", { ...DEVELOPMENT, JWT_JWKS_URL: "http://127.0.0.1:9000/keys" }],
  ])("may be %s", (_what, settings) => {
    expect(problemsOf(settings)).toEqual([]);
  });

  test.each<[what: string, settings: Record<string, string>, problems: string[]]>([
    [
      "a secret of 31 characters",
      { ...DEVELOPMENT, JWT_SECRET: "s".repeat(31) },
      ["JWT_SECRET is shorter than 32 characters."],
    ],
    [
      "a secret without issuer and audience, in production",
      { ...PRODUCTION, JWT_SECRET },
      ["JWT_ISSUER is not set; tokens need it.", "JWT_AUDIENCE is not set; tokens need it."],
    ],
    [
      "a key set without an audience, in production",
      { ...PRODUCTION, JWT_JWKS_URL, JWT_ISSUER: "i" },
      ["JWT_AUDIENCE is not set; tokens need it."],
    ],
    [
      "http, in production",
      { ...PRODUCTION, ...TRUST, JWT_JWKS_URL: "http://id.example.com/keys" },
      ["JWT_JWKS_URL is not an https URL."],
    ],
    [
      "a path for a key set",
      { ...DEVELOPMENT, JWT_JWKS_URL: "/keys" },
      ["JWT_JWKS_URL: Invalid URL"],
    ],
    [
      "a key set in a file",
      { ...DEVELOPMENT, JWT_JWKS_URL: "file:///keys" },
      ["JWT_JWKS_URL: Invalid URL"],
    ],
  ])("may not be %s", (_what, settings, problems) => {
    expect(problemsOf(settings)).toEqual(problems);
  });
});
