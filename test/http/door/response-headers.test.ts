/** Headers that every answer has, by the way it came: over the application, since tests speak http. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { asAdmin } from "#http/access.ts";
import { createApp } from "#http/app.ts";
import { defineRoute } from "#http/route/define.ts";
import { bindings } from "../../run/support/runs.ts";

const app = createApp();
/** As in test/config/workerd.ts. */
const KEY = "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const GOOD = "yzfxkIrEaJKzfa60bJSnRARY7jwCw6pyKIqSFoZilpjg";
const PRODUCTION = {
  ENVIRONMENT: "production",
  SERVER_SECRET: GOOD,
  ALLOW_MOCK_AI: "true",
  DEV_API_KEY: "",
};
const ASSETS = {
  fetch: (url: URL) =>
    Promise.resolve(
      url.pathname.includes("missing")
        ? new Response("", { status: 404 })
        : new Response("a page", { headers: { "content-type": "text/html", etag: '"1"' } }),
    ),
};

async function send(url: string, init: RequestInit = {}, env: object = {}): Promise<Response> {
  const context = createExecutionContext();
  const response = await app.request(url, init, { ...bindings, ASSETS, ...env }, context);
  await response.clone().text();
  await waitOnExecutionContext(context);
  return response;
}

/** Paths of each kind of answer, and the status that it has without credentials. */
const KINDS: [what: string, path: string, status: number, init?: RequestInit][] = [
  ["JSON", "/healthz", 200],
  ["a description", "/openapi.json", 200],
  ["a page", "/", 200],
  ["a file", "/console/app.js", 200],
  ["the page of a problem", "/problems/not-found", 200],
  ["304", "/", 304, { headers: { "if-none-match": '"1"' } }],
  ["a page that is none", "/console/missing.js", 404],
  ["an address that is none", "/nothing", 404],
  ["the page of a link that is none", "/resume/wo_resume_x", 404],
  ["a method that is none", "/healthz", 405, { method: "DELETE" }],
  ["a problem", "/v1/workflows", 401],
];

describe.each(KINDS)("%s (%s, %i)", (_what, path, status, init = {}) => {
  test.each([
    ["https, production", "https://flow.example.com", PRODUCTION, "max-age=31536000"],
    ["https, development", "https://flow.example.com", {}, "max-age=31536000"],
    ["http behind a proxy, production", "http://flow.example.com", PRODUCTION, "max-age=31536000"],
    ["http, development", "http://127.0.0.1:8787", {}, null],
  ])("%s", async (_how, origin, env, expected) => {
    const response = await send(`${origin}${path}`, init, env);
    expect(response.status).toBe(status);
    expect(response.headers.get("strict-transport-security")).toBe(expected);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test("a service without its settings has them too, by https", async () => {
  const env = { ENVIRONMENT: "production", SERVER_SECRET: "short" };
  for (const [path, status] of [
    ["/v1/workflows", 503],
    ["/docs/", 200],
  ] as const) {
    const response = await send(`https://flow.example.com${path}`, {}, env);
    expect(response.status).toBe(status);
    expect(response.headers.get("strict-transport-security")).toBe("max-age=31536000");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("429 has them too", async () => {
  const env = { ...PRODUCTION, RATE_LIMITS: "address=1/60,page=1/60" };
  for (const path of ["/v1/workflows", "/openapi.json", "/resume/wo_resume_x"]) {
    const headers = { "cf-connecting-ip": "198.51.100.77" };
    await send(`https://flow.example.com${path}`, { headers }, env);
    const response = await send(`https://flow.example.com${path}`, { headers }, env);
    expect([path, response.status]).toEqual([path, 429]);
    expect(response.headers.get("strict-transport-security")).toBe("max-age=31536000");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  }
});

describe("Allow, where a route depends on the deployment", () => {
  const remove = (exists: boolean) =>
    defineRoute({
      method: "delete",
      path: "/v1/workflows",
      operationId: "removeAll",
      summary: "Remove all",
      description: "For this test.",
      tag: "Workflows",
      access: asAdmin,
      existsIf: () => exists,
      answers: { 204: { description: "Removed." } },
      handle: () => ({ status: 204 as const }),
    });
  const ask = async (exists: boolean, method: string) => {
    const answer = await createApp(() => [remove(exists)]).request(
      "/v1/workflows",
      { method, headers: { authorization: `Bearer ${KEY}` } },
      { ...bindings, ASSETS },
      createExecutionContext(),
    );
    return [answer.status, answer.headers.get("allow")];
  };

  test("lists it where it is", async () => {
    expect(await ask(true, "DELETE")).toEqual([204, null]);
    expect(await ask(true, "PATCH")).toEqual([405, "DELETE, GET, HEAD, POST"]);
  });

  test("does not list it where it is not; a request for it finds nothing", async () => {
    expect(await ask(false, "DELETE")).toEqual([404, null]);
    expect(await ask(false, "PATCH")).toEqual([405, "GET, HEAD, POST"]);
  });
});
