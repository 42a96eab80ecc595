/** A service without what it needs says so, and serves nothing else under /v1. */
import { describe, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { startBareService } from "../support/service.ts";

const SECRET = "yzfxkIrEaJKzfa60bJSnRARY7jwCw6pyKIqSFoZilpjg";
const READY = { ENVIRONMENT: "production", SERVER_SECRET: SECRET, ALLOW_MOCK_AI: "true" };

const ROUTES = [
  ["GET", "/v1/workflows"],
  ["POST", "/v1/executions"],
  ["GET", "/v1/executions/run_aaaaaaaaaaaaaaaaaaaaaaaaaa"],
  ["GET", "/v1/nothing"],
] as const;

describe.each<[what: string, settings: Record<string, string>, named: string[]]>([
  ["nothing at all", {}, ["SERVER_SECRET is not set", "AI_PROVIDER is mock"]],
  ["production without its secrets", { ENVIRONMENT: "production" }, ["SERVER_SECRET is not set"]],
  ["a short secret", { ...READY, SERVER_SECRET: "short" }, ["SERVER_SECRET is shorter than 32"]],
  ["a development key", { ...READY, DEV_API_KEY: "wo_x" }, ["DEV_API_KEY is set"]],
  ["the mock", { ...READY, ALLOW_MOCK_AI: "" }, ["AI_PROVIDER is mock"]],
  [
    "a provider without its key",
    { ...READY, AI_PROVIDER: "openai" },
    ["OPENAI_API_KEY is not set"],
  ],
  [
    "a provider that is not built",
    { ...READY, AI_PROVIDER: "anthropic" },
    ["anthropic has no adapter"],
  ],
  [
    "a base URL by http",
    { ...READY, OPENAI_BASE_URL: "http://x/v1" },
    ["OPENAI_BASE_URL is not https"],
  ],
  [
    "a baseline without its key",
    { ...READY, DUAL_RUN_BASELINE_URL: "http://127.0.0.1:8788" },
    ["DUAL_RUN_BASELINE_URL and DUAL_RUN_BASELINE_KEY"],
  ],
  ["a setting that is none", { ...READY, MOCK_AI_MODE: "sleep" }, ["MOCK_AI_MODE"]],
])("with %s", (_what, settings, named) => {
  test("/v1 says what is missing, the pages are served", async () => {
    const service = await startBareService(settings);
    try {
      for (const [method, path] of ROUTES) {
        const answer = await service.send({ method, path });
        expect(answer.status).toBe(503);
        expect(answer.headers.get("content-type")).toBe("application/problem+json");
        expect(answer.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
        const problem = problemSchema.parse(answer.json());
        expect(problem.code).toBe("not_configured");
        for (const name of named) expect(problem.detail).toContain(name);
        expect(problem.detail).not.toContain(SECRET);
      }
      expect((await service.send({ method: "GET", path: "/healthz", key: null })).status).toBe(200);
      const docs = await service.send({ method: "GET", path: "/docs/", key: null });
      expect(docs.status).toBe(200);
      expect(docs.text).toContain("<iframe");
    } finally {
      await service.close();
    }
  });
});

test("with everything, a request without a key is asked for one", async () => {
  const service = await startBareService(READY);
  try {
    const answer = await service.send({ method: "GET", path: "/v1/workflows", key: null });
    expect(answer.status).toBe(401);
  } finally {
    await service.close();
  }
});
