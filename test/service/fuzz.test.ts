/**
 * `npm run fuzz` in short: 2,000 requests of its kind, and by name those that it found first. On
 * the Worker's direct socket, since what is sent here does not get past a proxy.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { problemSchema } from "#model/problem.ts";
import { campaign } from "../fuzz/campaign.ts";
import { openTarget, type OpenTarget } from "../fuzz/target.ts";
import { exchange, type Framing } from "../fuzz/wire.ts";

const REQUESTS = 2_000;
const SEED = 20_261_128;

let target: OpenTarget;

beforeAll(async () => {
  target = await openTarget();
});

afterAll(() => target.close());

test(`${REQUESTS} requests get an answer that is documented`, { timeout: 600_000 }, async () => {
  const options = { requests: REQUESTS, seed: SEED, lanes: 4, session: null, shrunk: 3 };
  const { coverage, found } = await campaign(target, options);
  const faults = found.map(({ session, text }) => `${text}\nnpm run fuzz -- --session ${session}`);
  expect(faults.join("\n\n")).toBe("");
  expect(target.defects()).toEqual([]);
  expect(coverage.sent).toBeGreaterThanOrEqual(REQUESTS);
  expect(coverage.neverSucceeded()).toEqual([]);
  expect(coverage.share).toBeGreaterThan(0.3);
});

async function send(method: string, path: string, framing: Framing, body = '{"value":"x"}') {
  const sent = await exchange(target.url, {
    method,
    target: path,
    headers: [
      ["authorization", `Bearer ${target.key}`],
      ["content-type", "application/json"],
    ],
    body: Buffer.from(body),
    framing,
  });
  if (sent.kind !== "answer") throw new Error(`no answer: ${sent.kind}`);
  return sent.answer;
}

test.each([
  ["GET", "/v1/workflows"],
  ["HEAD", "/v1/workflows"],
  ["GET", "/v1/keys"],
  ["GET", "/healthz"],
])("a body in chunks, which %s %s does not take, is left alone", async (method, path) => {
  expect((await send(method, path, { kind: "chunks", sizes: 2 })).status).toBe(200);
});

test.each([
  ["POST", "/v1/executions"],
  ["POST", "/v1/workflows"],
  ["PUT", "/v1/secrets/FUZZ"],
  ["DELETE", "/v1/secrets/FUZZ"],
  ["POST", "/v1/executions/run_aaaaaaaaaaaaaaaaaaaaaaaaaa/cancel"],
])("a body of %s %s that breaks off cannot be read", async (method, path) => {
  const answer = await send(method, path, { kind: "broken_chunks" });
  const { code, detail } = problemSchema.parse(answer.json());
  expect({ status: answer.status, code, detail }).toEqual({
    status: 400,
    code: "malformed_body",
    detail: "The body broke off before its end.",
  });
});

test("a body that never ends does not keep its answer back", async () => {
  const head = [
    "POST /nowhere HTTP/1.1",
    "host: service",
    "connection: close",
    "transfer-encoding: chunked",
  ];
  const { hostname, port } = new URL(target.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`${head.join("\r\n")}\r\n\r\n1\r\na\r\n`);
  const sending = setInterval(() => socket.write("1\r\na\r\n"), 100);
  const first: unknown[] = await once(socket, "data");
  clearInterval(sending);
  socket.destroy();
  expect(String(first[0])).toMatch(/^HTTP\/1\.1 404 /);
});

test("chunks of one byte are one body", async () => {
  const body = JSON.stringify({ value: "x".repeat(16_000) });
  expect((await send("PUT", "/v1/secrets/FUZZ", { kind: "chunks", sizes: 1 }, body)).status).toBe(
    200,
  );
  const longer = JSON.stringify({ value: "x".repeat(262_144) });
  const refused = await send("PUT", "/v1/secrets/FUZZ", { kind: "chunks", sizes: 1_000 }, longer);
  expect(refused.status).toBe(413);
});

test("an address that a pattern matches too names its own methods alone", async () => {
  const answer = await send("PATCH", "/v1/secrets/rewrap", { kind: "none" }, "");
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  const other = await send("PATCH", "/v1/secrets/REWRAP", { kind: "none" }, "");
  expect([other.status, other.headers.get("allow")]).toEqual([405, "DELETE, PUT"]);
});

test("a form of the resume page that breaks off is answered with a page", async () => {
  const { status, mediaType } = await send("POST", "/resume/x", { kind: "broken_chunks" });
  expect({ status, mediaType }).toEqual({ status: 400, mediaType: "text/html" });
});
