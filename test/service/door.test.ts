/**
 * What every request passes: limits of rate, origins, the access log, failed sign-ins. Over HTTP,
 * with limits that a test can reach. Several addresses: test/http/door/.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { runSchema } from "#model/run.ts";
import type { Answer, Client } from "../support/http.ts";
import { samplesOf } from "../support/prometheus.ts";
import { type Service, startService } from "../support/service.ts";
import { signWithSecret } from "../support/tokens.ts";
import { start } from "./runs.ts";

const JWT_SECRET = "a-token-secret-of-at-least-32-characters";
const APP = "https://app.example.com";
const OUR_ID: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);
const A_HASH: unknown = expect.stringMatching(/^[0-9a-f]{16}$/);
const A_NUMBER: unknown = expect.any(Number);

let service: Service;

beforeAll(async () => {
  service = await startService({
    JWT_SECRET,
    RATE_LIMITS: "principal=40/60,address=15/10,sign-in=10/10",
    CORS_ALLOW_ORIGINS: `${APP},http://localhost:5173,https://bücher.example`,
  });
});

afterAll(() => service.close());

const keyOf = (what: string) => service.createKey({ scopes: ["admin"], principal: what });

async function clientOf(what: string): Promise<Client> {
  return service.clientWithKey({ scopes: ["admin"], principal: what });
}

/** A run that waits for its form, and the token that answers it. */
async function waiting(client: Client) {
  const answer = await client.get(`/v1/executions/${await start(client)}`);
  const run = runSchema.parse(answer.json());
  const token = run.wait?.type === "form" ? (run.wait.resume_token ?? "") : "";
  return { run, token };
}

function expectLimited(answer: Answer, limit: string): void {
  expect({ status: answer.status, body: answer.text }).toMatchObject({ status: 429 });
  expect(answer.headers.get("ratelimit-policy")).toContain(`"${limit}";q=`);
  expect(answer.headers.get("ratelimit")).toMatch(new RegExp(`^"${limit}";r=0;t=\\d+$`));
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
}

/**
 * The first refusal, within `most` requests. Not a count: on a busy machine some may lie in the
 * window before, which fades. How many pass exactly: test/metering/.
 */
async function untilLimited(ask: (each: number) => Promise<Answer>, most: number) {
  const passed: Answer[] = [];
  for (let each = 0; each < most; each++) {
    const answer = await ask(each);
    if (answer.status === 429) return { passed, refused: answer };
    passed.push(answer);
  }
  throw new Error(`none of ${most} requests was refused`);
}

describe("by principal", () => {
  test("the request after the last of the quota is 429; another principal has its own", async () => {
    const first = await clientOf("first");
    const { passed, refused } = await untilLimited(() => first.get("/v1/executions?limit=1"), 60);
    expect(passed.length).toBeGreaterThanOrEqual(40);
    expectLimited(refused, "principal");
    expect(refused.headers.get("ratelimit-policy")).toBe('"principal";q=40;w=60');
    const problem = problemSchema.parse(refused.json());
    expect(problem.code).toBe("rate_limited");
    expect(problem.detail).toContain(`Try again in ${refused.headers.get("retry-after")} s.`);
    // Every route, also one that is not there.
    expectLimited(await first.get("/metrics"), "principal");
    expectLimited(await first.get("/v1/nothing"), "principal");
    expectLimited(await first.post("/v1/executions", {}), "principal");
    expect((await (await clientOf("second")).get("/v1/executions")).status).toBe(200);
  });

  test("two keys of one principal share a quota, and so do two tokens of one subject", async () => {
    const keys = [await keyOf("shared"), await keyOf("shared")];
    const payload = { exp: Math.floor(Date.now() / 1000) + 600, sub: "u-1", scope: "runs:read" };
    const tokens = [payload, { ...payload, jti: "2" }].map((one) =>
      signWithSecret(JWT_SECRET, one),
    );
    for (const [one = "", other = ""] of [keys, tokens]) {
      // Fewer than 40 by each of the two.
      const { passed, refused } = await untilLimited((each) => {
        const key = each % 2 === 0 ? one : other;
        return service.send({ method: "GET", path: "/v1/executions", key });
      }, 76);
      expect(passed.length).toBeGreaterThanOrEqual(40);
      expectLimited(refused, "principal");
    }
  });

  test("every answer says what is left", async () => {
    const client = await clientOf("counted");
    const left: number[] = [];
    let endsInS = 60;
    for (let each = 0; each < 3; each++) {
      const answer = await client.get("/v1/executions/none");
      expect(answer.status).toBe(404);
      expect(answer.headers.get("ratelimit-policy")).toBe('"principal";q=40;w=60');
      const [, r, t] =
        /^"principal";r=(\d+);t=(\d+)$/.exec(answer.headers.get("ratelimit") ?? "") ?? [];
      // In a new window those of the one before fade.
      if (Number(t) <= endsInS) left.push(Number(r));
      endsInS = Number(t);
    }
    expect(left).toEqual([39, 38, 37].slice(0, left.length));
    expect(left).not.toEqual([]);
  });

  test("pages have a limit of their own, and /healthz has none", async () => {
    for (const [path, limit] of [
      ["/healthz", null],
      ["/", '"page";q=60000;w=60'],
      ["/docs/", '"page";q=60000;w=60'],
      ["/problems/not-found", '"page";q=60000;w=60'],
    ] as const) {
      const answers = Array.from({ length: 30 }, () =>
        service.send({ method: "GET", path, key: null }),
      );
      for (const { status, headers } of await Promise.all(answers)) {
        expect([status, headers.get("ratelimit-policy")]).toEqual([200, limit]);
      }
    }
  });
});

describe("by address, without credentials", () => {
  test("resume by token and the page of a link are counted together, and recover", async () => {
    const { run, token } = await waiting(service);
    const path = `/v1/executions/${run.id}/resume`;
    const body = JSON.stringify({ resume_token: "wo_resume_forged", inputs: {} });
    const headers = { "content-type": "application/json" };
    const ask = (each: number) =>
      each % 2 === 0
        ? service.send({ method: "POST", path, headers, body, key: null })
        : service.send({ method: "GET", path: `/resume/${token}`, key: null });
    const { passed, refused } = await untilLimited(ask, 100);
    const statuses = passed.map(({ status }) => status);
    expect(statuses.slice(0, 4)).toEqual([401, 200, 401, 200]);
    expectLimited(refused, "address");
    const page = await ask(1);
    expectLimited(page, "address");
    expect(page.mediaType).toBe("text/html");
    expect(page.text).toContain("Please try again in a moment");
    expect(page.text).not.toContain(token);
    // Those with credentials are not concerned.
    expect((await service.get("/v1/executions")).status).toBe(200);
    await expect
      .poll(async () => (await ask(1)).status, { timeout: 25_000, interval: 1_000 })
      .toBe(200);
  });
});

describe("the access log", () => {
  test("has one line a request: route, status, principal and ids, nothing that opens a door", async () => {
    const client = await clientOf("logged");
    const { run, token } = await waiting(client);
    const from = service.logs().length;
    const headers = { "x-request-id": "mine-1" };
    const path = `/v1/executions/${run.id}`;
    await client.send({ method: "GET", path: `${path}?as=a-canary`, headers });
    await client.post(`${path}/resume`, { inputs: { topic: "a canary" } });
    await service.send({ method: "GET", path: `/resume/${token}`, key: null });
    await client.send({ method: "PATCH", path: `/v1/executions/${token}` });
    await service.send({ method: "GET", path: `/${token}`, key: null });
    const all = service.logs().slice(from);
    const lines = all.filter((line) => line.includes('"message":"request"'));
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      {
        method: "GET",
        route: "/v1/executions/:run_id",
        status: 400,
        principal: "logged",
        client_request_id: "mine-1",
        request_id: OUR_ID,
        ms: A_NUMBER,
      },
      { method: "POST", route: "/v1/executions/:run_id/resume", status: 422 },
      { method: "GET", route: "/resume/:token", principal: "anonymous" },
      { method: "PATCH", status: 405 },
      { method: "GET", route: "/*", status: 404 },
    ]);
    for (const line of all) {
      for (const hidden of [token, token.slice(10, 40), "a-canary", "a canary", service.key]) {
        expect(line).not.toContain(hidden);
      }
    }
  });
});

describe("the id of a request in the audit", () => {
  test("is ours, also where the caller has one", async () => {
    const client = await clientOf("auditor");
    const headers = { "x-request-id": "forged" };
    for (const id of ["audited_a", "audited_b"]) {
      const answer = await client.put(`/v1/templates/${id}`, { prompt: "Hello" }, headers);
      expect(answer.headers.get("x-request-id")).toBe("forged");
    }
    const { text } = await client.get("/v1/audit?limit=2");
    const ids = [...text.matchAll(/"request_id":"([^"]+)"/g)].map(([, id]) => id ?? "");
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      // The line of the request has both.
      const line = service.logs().find((one) => one.includes(id) && one.includes('"request"'));
      expect(line).toContain('"client_request_id":"forged"');
    }
  });
});

describe("a page of another origin", () => {
  const preflight = (origin: string, path: string, method = "POST") =>
    service.send({
      method: "OPTIONS",
      path,
      key: null,
      headers: {
        origin,
        "access-control-request-method": method,
        "access-control-request-headers": "content-type,idempotency-key",
      },
    });
  const RESUME = "/v1/executions/run_aaaaaaaaaaaaaaaaaaaaaaaaaa/resume";

  test.each([APP, "http://localhost:5173", "https://xn--bcher-kva.example"])(
    "%s is allowed: its preflight of a resume by token is answered",
    async (origin) => {
      const answer = await preflight(origin, RESUME);
      expect(answer.status).toBe(204);
      const { headers } = answer;
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("access-control-allow-methods")?.split(",")).toContain("POST");
      expect(headers.get("access-control-allow-headers")?.toLowerCase().split(",")).toEqual(
        expect.arrayContaining(["content-type", "idempotency-key", "authorization"]),
      );
      expect(headers.get("access-control-allow-credentials")).toBeNull();
      expect(headers.get("vary")).toContain("Origin");
      expect(headers.get("access-control-max-age")).toBe("7200");
    },
  );

  test.each([
    "https://app.example.com.evil.example",
    "https://evil.example",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://sub.app.example.com",
    "HTTPS://APP.EXAMPLE.COM",
    "null",
    "",
    "*",
  ])("%j is not: no header of CORS, on no answer", async (origin) => {
    const answers = [
      await preflight(origin, RESUME),
      await service.send({ method: "GET", path: "/v1/executions", headers: { origin } }),
      await service.send({ method: "GET", path: "/v1/executions", headers: { origin }, key: null }),
    ];
    expect(answers.map(({ status }) => status)).not.toContain(204);
    for (const { headers } of answers) {
      expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(headers.get("vary")).toContain("Origin");
    }
  });

  test("reads answers and problems, and the headers that it needs", async () => {
    const headers = { origin: APP };
    const paths = ["/v1/workflows/content_draft_flow", "/v1/workflows/none", "/v1/nothing"];
    for (const path of paths) {
      const client = await clientOf("of-a-page");
      const answer = await client.send({ method: "GET", path, headers });
      expect(answer.headers.get("access-control-allow-origin")).toBe(APP);
      const exposed = answer.headers.get("access-control-expose-headers")?.split(",") ?? [];
      expect(exposed).toEqual(
        expect.arrayContaining([
          "ETag",
          "Retry-After",
          "RateLimit",
          "RateLimit-Policy",
          "X-Request-Id",
        ]),
      );
    }
  });

  test("has no access to pages, from an allowed origin neither", async () => {
    for (const path of ["/", "/docs/", "/resume/wo_resume_x"]) {
      const answer = await service.send({
        method: "GET",
        path,
        headers: { origin: APP },
        key: null,
      });
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

// Last: until its window is over, this address has no other way in.
describe("failed sign-ins", () => {
  test("are limited by address, counted, and logged with the hash of the address", async () => {
    const scraper = await service.clientWithKey({ scopes: ["metrics:read"] });
    const scrape = async () => samplesOf((await scraper.get("/metrics")).text);
    const before = await scrape();
    const good = await keyOf("good");
    const use = (key: string) => service.send({ method: "GET", path: "/v1/executions", key });
    expect((await use(good)).status).toBe(200);
    const guess = (each: number) => use(`wo_${String(each).padStart(10, "a")}_${"b".repeat(32)}`);
    const { passed, refused } = await untilLimited(guess, 100);
    expect(passed[0]?.status).toBe(401);
    expectLimited(refused, "sign-in");
    expect(refused.headers.get("ratelimit-policy")).toBe('"sign-in";q=10;w=10');
    // A good key that this address has not used before is not tried either.
    expectLimited(await use(await keyOf("new")), "sign-in");
    expectLimited(
      await service.send({
        method: "GET",
        path: "/v1/executions",
        headers: { authorization: "Basic dXNlcjpwYXNz" },
        key: null,
      }),
      "sign-in",
    );
    // One that it has used is.
    expect((await use(good)).status).toBe(200);

    const lines = service.logs().filter((line) => line.includes('"sign-in refused"'));
    expect(lines.length).toBeGreaterThanOrEqual(10);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({
        level: "WARN",
        reason: "key_refused",
        address_hash: A_HASH,
        request_id: OUR_ID,
      });
      expect(line).not.toMatch(/127\.0\.0\.1|::1|wo_0|bbbb/);
    }
    await expect
      .poll(async () => {
        const after = await scrape();
        const added = (series: string) => (after[series] ?? 0) - (before[series] ?? 0);
        return [
          added('workflow_sign_in_failures_total{reason="key_refused"}'),
          added('workflow_rate_limited_total{limit="sign-in"}'),
        ];
      })
      .toEqual([lines.length, 3]);
  });
});
