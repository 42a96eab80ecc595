/** Asking the baseline of a dual run: what is made of answers that are too large, or lead elsewhere. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { baselineExchange } from "#dual-run/baseline.ts";
import { LIMITS } from "#model/limits.ts";
import { readSettings } from "#settings.ts";

let server: Server;
let answer: { status: number; headers?: Record<string, string>; body: string };
const asked: { path: string; authorization: string | undefined }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const { url: path = "", headers } = request;
    asked.push({ path, authorization: headers.authorization });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function ask() {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const read = readSettings({
    ENVIRONMENT: "development",
    SERVER_SECRET: "a-server-secret-that-only-the-tests-know",
    DUAL_RUN_BASELINE_URL: `http://127.0.0.1:${address.port}/old/`,
    DUAL_RUN_BASELINE_KEY: "wo_baseline",
  });
  if (!read.ok) throw new Error(read.problems.join());
  return baselineExchange(read.settings)?.({ method: "GET", path: "/v1/workflows/x" });
}

const textOf = (bytes: number) => JSON.stringify("x".repeat(bytes - 2));

test("an answer of the largest size is read", async () => {
  answer = { status: 200, body: textOf(LIMITS.dualRunAnswerBytes) };
  const { status, body } = (await ask()) ?? {};
  expect([status, String(body).length]).toEqual([200, LIMITS.dualRunAnswerBytes - 2]);
});

test("a larger one is no answer of this API, and is not held", async () => {
  answer = { status: 200, body: textOf(LIMITS.dualRunAnswerBytes + 1) };
  expect(await ask()).toEqual({ status: 200, body: undefined });
});

test("a redirect is not followed, so the key goes nowhere else", async () => {
  asked.length = 0;
  answer = { status: 307, headers: { location: "/elsewhere" }, body: "" };
  expect(await ask()).toEqual({ status: 307, body: undefined });
  expect(asked).toEqual([{ path: "/old/v1/workflows/x", authorization: "Bearer wo_baseline" }]);
});
