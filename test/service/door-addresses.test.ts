/**
 * Requests without credentials, from several addresses: the header in which the platform names the
 * address is sent as the platform would, since locally it is kept as it came.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SCOPES } from "#model/access.ts";
import { problemSchema } from "#model/problem.ts";
import { type Service, startService } from "../support/service.ts";
import { start } from "./runs.ts";

const ADDRESS_QUOTA = 6;
const PAGE_QUOTA = 12;

let service: Service;

beforeAll(async () => {
  service = await startService({
    RATE_LIMITS: `address=${ADDRESS_QUOTA}/60,page=${PAGE_QUOTA}/60,sign-in=4/60`,
  });
});

afterAll(() => service.close());

interface From {
  address: string;
  path?: string;
  key?: string | null;
  headers?: Record<string, string>;
}

const ask = ({ address, path = "/v1/executions", key = null, headers = {} }: From) =>
  service.send({ method: "GET", path, key, headers: { "cf-connecting-ip": address, ...headers } });

/** Sends as many as pass, and one that does not. */
async function useUp(from: From, quota: number, status: number): Promise<void> {
  for (let each = 0; each < quota; each++) expect((await ask(from)).status).toBe(status);
  expect((await ask(from)).status).toBe(429);
}

describe("without credentials", () => {
  test("an address that is over its limit leaves all others theirs", async () => {
    await useUp({ address: "198.51.100.1" }, ADDRESS_QUOTA, 401);
    expect((await ask({ address: "198.51.100.2" })).status).toBe(401);
    expect((await ask({ address: "198.51.100.1" })).status).toBe(429);
    // Those behind it who have credentials are not concerned.
    expect((await ask({ address: "198.51.100.1", key: service.key })).status).toBe(200);
  });

  test("the addresses of one /64 are one, those of the next are not, in any spelling", async () => {
    await useUp({ address: "2001:db8:5:6::1" }, ADDRESS_QUOTA, 401);
    for (const address of [
      "2001:db8:5:6::2",
      "2001:DB8:5:6:ffff:ffff:ffff:ffff",
      "2001:0db8:0005:0006:0000:0000:0000:0001",
    ]) {
      expect([address, (await ask({ address })).status]).toEqual([address, 429]);
    }
    for (const address of ["2001:db8:5:7::1", "2001:db8:5::6"]) {
      expect([address, (await ask({ address })).status]).toEqual([address, 401]);
    }
  });

  test("an IPv4 address inside of an IPv6 one is the same", async () => {
    await useUp({ address: "198.51.100.3" }, ADDRESS_QUOTA, 401);
    expect((await ask({ address: "::ffff:198.51.100.3" })).status).toBe(429);
  });

  test("another X-Forwarded-For makes no other address", async () => {
    const address = "198.51.100.4";
    await useUp({ address }, ADDRESS_QUOTA, 401);
    for (const name of ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip"]) {
      const headers = { [name]: "203.0.113.9" };
      expect([name, (await ask({ address, headers })).status]).toEqual([name, 429]);
    }
  });

  test("refused credentials of one address do not lock out another", async () => {
    const key = `wo_aaaaaaaaaa_${"b".repeat(32)}`;
    await useUp({ address: "198.51.100.5", key }, 4, 401);
    expect((await ask({ address: "198.51.100.6", key })).status).toBe(401);
    expect((await ask({ address: "198.51.100.6", key: service.key })).status).toBe(200);
  });
});

describe("pages, descriptions and files", () => {
  const PATHS = ["/", "/runs", "/docs/", "/docs/viewer", "/openapi.json", "/openapi.yaml"];
  const OTHERS = ["/schema/workflow-0.2.json", "/problems/not-found", "/console/none.js", "/none"];

  test("are counted together, by address, and apart from what needs no page", async () => {
    const address = "198.51.100.20";
    for (let each = 0; each < PAGE_QUOTA; each++) {
      const path = [...PATHS, ...OTHERS][each % 10] ?? "/";
      const { status, headers } = await ask({ address, path });
      expect([path, status]).toEqual([path, path.includes("none") ? 404 : 200]);
      expect(headers.get("ratelimit-policy")).toBe(`"page";q=${PAGE_QUOTA};w=60`);
      expect(headers.get("ratelimit")).toContain(`r=${PAGE_QUOTA - 1 - each};`);
    }
    for (const path of [...PATHS, ...OTHERS]) {
      const refused = await ask({ address, path });
      expect([path, refused.status]).toEqual([path, 429]);
      expect(problemSchema.parse(refused.json()).code).toBe("rate_limited");
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    const method = "DELETE";
    const headers = { "cf-connecting-ip": address };
    expect((await service.send({ method, path: "/docs/none", key: null, headers })).status).toBe(
      429,
    );
    expect((await ask({ address, path: "/healthz" })).status).toBe(200);
    expect((await ask({ address })).status).toBe(401);
    expect((await ask({ address, key: service.key })).status).toBe(200);
    expect((await ask({ address: "198.51.100.21", path: "/" })).status).toBe(200);
  });
});

describe("a key that is limited to one workflow", () => {
  test("reads no metrics, also with metrics:read and every other scope", async () => {
    for (const scopes of [["metrics:read"], SCOPES, ["admin"]] as const) {
      const limited = await service.clientWithKey({ scopes, workflowScope: "content_draft_flow" });
      const answer = await limited.get("/metrics");
      expect([answer.status, problemSchema.parse(answer.json()).code]).toEqual([
        403,
        "insufficient_scope",
      ]);
      expect(answer.text).not.toContain("workflow_runs");
      const wide = await service.clientWithKey({ scopes });
      expect((await wide.get("/metrics")).status).toBe(200);
    }
  });
});

test("a stream says that its type is not to be guessed", async () => {
  const runId = await start(service);
  const ending = new AbortController();
  const response = await fetch(new URL(`/v1/executions/${runId}/events`, service.url), {
    headers: { authorization: `Bearer ${service.key}` },
    signal: ending.signal,
  });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  ending.abort();
});
