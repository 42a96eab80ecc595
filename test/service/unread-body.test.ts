/** A refusal reaches its caller, although the body was not read for it. */
import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Service, sharedService } from "../support/service.ts";

const MIB = 1024 * 1024;
const TIMES = 20;

let service: Service;
beforeAll(async () => {
  service = await sharedService();
});
afterAll(() => service.close());

/** The status, or what became of the connection. */
function post(path: string, bytes: number, key: string | null): Promise<number | string> {
  return new Promise((resolve) => {
    const outgoing = request(new URL(path, service.url), {
      method: "POST",
      agent: false,
      headers: {
        "content-type": "application/json",
        "content-length": String(bytes),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
    });
    outgoing.once("error", (error) => resolve(error.message));
    outgoing.once("response", (incoming) => {
      incoming.resume();
      incoming.once("end", () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.end(Buffer.alloc(bytes, "x"));
  });
}

async function seen(path: string, bytes: number, key: string | null): Promise<unknown[]> {
  const statuses = new Set<unknown>();
  for (let time = 0; time < TIMES; time++) statuses.add(await post(path, bytes, key));
  return [...statuses];
}

// Before what is left was received, about half of these ended as a 500 of the proxy or a reset.
test.each<[string, string, number, boolean]>([
  ["too large", "/v1/workflows", 413, true],
  ["without a key", "/v1/workflows", 401, false],
  ["to no address", "/v1/nothing", 413, true],
  ["of a method that is not there", "/healthz", 405, true],
  ["for the page of a link", "/resume/nothing", 413, false],
])("a body of 3 MiB %s", async (_what, path, status, hasKey) => {
  expect(await seen(path, 3 * MIB, hasKey ? service.key : null)).toEqual([status]);
});

test("beyond 8 MiB the connection may be cut, and the service goes on", async () => {
  await post("/v1/workflows", 32 * MIB, null);
  expect((await service.get("/v1/workflows")).status).toBe(200);
});
