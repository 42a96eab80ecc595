/** What the console sends, and what it makes of any answer. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failureText } from "#console/client/answer.ts";
import { createApi, newKey } from "#console/client/api.ts";

const PROBLEM = {
  type: "/problems/unauthorized",
  title: "The credentials are missing or invalid",
  status: 401,
  detail: "The key is not known.",
  instance: "/v1/executions",
  code: "unauthorized",
  request_id: "a",
};

let sent: { url: string; init: RequestInit }[] = [];
let answer: () => Promise<Response>;

beforeEach(() => {
  sent = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    sent.push({ url, init });
    return answer();
  });
});

afterEach(() => void vi.unstubAllGlobals());

function respond(status: number, body: string, type: string): void {
  answer = async () => new Response(body, { status, headers: { "content-type": type } });
}

describe("a request", () => {
  beforeEach(() => respond(200, '{"items": [], "next_cursor": null}', "application/json"));

  test("carries the key in its header and nowhere else", async () => {
    await createApi("wo_secret", () => {}).listRuns({ status: "waiting", workflow_id: "" });
    expect(sent[0]?.url).toBe("/v1/executions?status=waiting&limit=25");
    expect(sent[0]?.init.headers).toEqual({ authorization: "Bearer wo_secret" });
  });

  test("that writes has a key to be carried out once", async () => {
    const resume = { wait_number: 2, inputs: { topic: "Launch" } };
    await createApi("wo_secret", () => {}).resumeRun("run_a", resume, "once");
    expect(sent[0]?.url).toBe("/v1/executions/run_a/resume");
    expect(sent[0]?.init).toMatchObject({
      method: "POST",
      headers: { "idempotency-key": "once", "content-type": "application/json" },
      body: '{"wait_number":2,"inputs":{"topic":"Launch"}}',
    });
  });

  test("leads nowhere else, for any id", async () => {
    await createApi("wo_secret", () => {}).readRun("../workflows?x=");
    expect(sent[0]?.url).toBe("/v1/executions/..%2Fworkflows%3Fx%3D");
  });
});

describe("an answer", () => {
  test("of the service is the value", async () => {
    respond(200, '{"id": "run_a"}', "application/json; charset=utf-8");
    const read = await createApi("k", () => {}).readRun("run_a");
    expect(read).toEqual({ ok: true, value: { id: "run_a" } });
  });

  test("with 401 ends the session, and is a problem as any", async () => {
    respond(401, JSON.stringify(PROBLEM), "application/problem+json");
    const refused = vi.fn();
    const read = await createApi("k", refused).readRun("run_a");
    expect(read).toEqual({ ok: false, failure: { kind: "problem", problem: PROBLEM } });
    expect(refused).toHaveBeenCalledWith(PROBLEM);
  });

  test("with 403 does not end it", async () => {
    const problem = { ...PROBLEM, status: 403, code: "insufficient_scope" };
    respond(403, JSON.stringify(problem), "application/problem+json");
    const refused = vi.fn();
    await createApi("k", refused).readRun("run_a");
    expect(refused).not.toHaveBeenCalled();
  });

  test.each([
    [200, "<h1>Log in to this network</h1>", "text/html"],
    [502, "bad gateway", "text/plain"],
    [200, "", ""],
  ])("of something else (%i) is distinguished", async (status, body, type) => {
    respond(status, body, type);
    const read = await createApi("k", () => {}).readRun("run_a");
    expect(read).toEqual({ ok: false, failure: { kind: "foreign", status } });
  });

  test("that never comes is no answer", async () => {
    answer = async () => {
      throw new TypeError("Failed to fetch");
    };
    const read = await createApi("k", () => {}).readRun("run_a");
    expect(read).toEqual({ ok: false, failure: { kind: "unreachable" } });
    if (!read.ok) expect(failureText(read.failure)).toMatch(/did not respond/);
  });
});

describe("what was seen of the database", () => {
  const bookmark = "00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683";

  test("goes with the next request", async () => {
    const headers = { "content-type": "application/json", "x-d1-bookmark": bookmark };
    answer = async () => new Response('{"items": [], "next_cursor": null}', { headers });
    const api = createApi("k", () => {});
    await api.listWorkflows();
    await api.listRuns({});
    expect(sent.map(({ init }) => new Headers(init.headers).get("x-d1-bookmark"))).toEqual([
      null,
      bookmark,
    ]);
  });
});

test("keys for writes are 32 hexadecimal digits, and never the same", () => {
  const keys = Array.from({ length: 100 }, newKey);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(keys).size).toBe(100);
});
