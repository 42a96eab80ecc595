/**
 * Limiters that refuse, or do not answer: the platform's for addresses, the meter of a principal.
 * Over the application itself, with bindings of the test: a real service has no limiter that can be
 * taken away from it.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openDatabase } from "#db/database.ts";
import { readCounters } from "#db/metrics.ts";
import { createApp } from "#http/app.ts";
import type { CountedRequests } from "#model/meter-rpc.ts";
import { bindings } from "../../run/support/runs.ts";

/** As in test/config/workerd.ts. */
const KEY = "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const RESUME = `/v1/executions/run_${"a".repeat(26)}/resume`;

const app = createApp();
let lines: string[];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
});

afterEach(() => vi.restoreAllMocks());

async function send(path: string, init: RequestInit, env: object): Promise<Response> {
  const context = createExecutionContext();
  const response = await app.request(path, init, { ...bindings, ...env }, context);
  await response.clone().text();
  await waitOnExecutionContext(context);
  return response;
}

const fromAddress = (address: string): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", "cf-connecting-ip": address },
  body: JSON.stringify({ inputs: {}, resume_token: "wo_resume_forged" }),
});

const withKey = { headers: { authorization: `Bearer ${KEY}` } };

async function counted(key: string): Promise<number> {
  return (await readCounters(openDatabase(bindings.DB)))[key] ?? 0;
}

/** One defect in the log, and one more in the counter. */
async function expectFailedOpen(before: number): Promise<void> {
  const failures = lines.filter((line) => line.includes("a rate limit could not be shared"));
  expect(failures).toHaveLength(1);
  expect(failures[0]).toContain('"level":"ERROR"');
  await expect.poll(() => counted("limiter_failures")).toBe(before + 1);
}

describe("the platform's limiter", () => {
  const limiting = (limit: (options: { key: string }) => Promise<{ success: boolean }>) => ({
    ADDRESS_LIMIT: { limit: vi.fn(limit) },
  });

  test("is asked by the counted address, for requests without credentials alone", async () => {
    const env = limiting(() => Promise.resolve({ success: true }));
    const { limit } = env.ADDRESS_LIMIT;
    expect((await send(RESUME, fromAddress("198.51.100.7"), env)).status).toBe(401);
    await send(RESUME, fromAddress("2001:db8:1:2::5"), env);
    expect(limit.mock.calls).toEqual([[{ key: "198.51.100.7" }], [{ key: "2001:db8:1:2::/64" }]]);
    expect((await send("/v1/workflows", withKey, env)).status).toBe(200);
    expect((await send("/openapi.json", {}, env)).status).toBe(200);
    expect(limit).toHaveBeenCalledTimes(2);
  });

  test("refuses: 429, counted, and other addresses pass", async () => {
    const before = await counted("rate_limited|address");
    const env = limiting(({ key }) => Promise.resolve({ success: key !== "198.51.100.8" }));
    const refused = await send(RESUME, fromAddress("198.51.100.8"), env);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: "rate_limited" });
    expect(refused.headers.get("ratelimit-policy")).toMatch(/^"address";q=/);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await send(RESUME, fromAddress("198.51.100.9"), env)).status).toBe(401);
    await expect.poll(() => counted("rate_limited|address")).toBe(before + 1);
  });

  test("does not answer: the request passes, which is logged and counted", async () => {
    const before = await counted("limiter_failures");
    const env = limiting(() => Promise.reject(new Error("no limiter")));
    expect((await send(RESUME, fromAddress("198.51.100.10"), env)).status).toBe(401);
    await expectFailedOpen(before);
  });
});

describe("the meter of a principal", () => {
  const RATE_LIMITS = "principal=50/60";

  test("does not answer: the request passes, which is logged and counted", async () => {
    const before = await counted("limiter_failures");
    const METERS = { getByName: () => ({ count: () => Promise.reject(new Error("no meter")) }) };
    expect((await send("/v1/workflows", withKey, { METERS, RATE_LIMITS })).status).toBe(200);
    await expectFailedOpen(before);
  });

  test("knows what other isolates let pass: the request after its answer is refused", async () => {
    const count = vi.fn(({ window }: CountedRequests) =>
      Promise.resolve({ window, current: 50, previous: 0 }),
    );
    const getByName = vi.fn((_name: string) => ({ count }));
    const env = { METERS: { getByName }, RATE_LIMITS };
    expect((await send("/v1/workflows", withKey, env)).status).toBe(200);
    expect((await send("/v1/workflows", withKey, env)).status).toBe(429);
    expect(count.mock.calls[0]?.[0]).toMatchObject({ policy: "principal", count: 1 });
    // The name of the object shows no principal.
    expect(getByName.mock.calls[0]?.[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});
