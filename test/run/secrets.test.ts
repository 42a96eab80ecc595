/** Secrets of a run's api_calls, when D1 has them and when it does not. */
import { afterEach, expect, test, vi } from "vitest";
import { openDatabase } from "#db/database.ts";
import { storeSecret } from "#db/secrets.ts";
import type { StartRecord } from "#model/start-record.ts";
import { openKeyRing } from "#security/secret-keys.ts";
import { sealSecret } from "#security/secrets.ts";
import type { RetryPolicy } from "#model/workflow.ts";
import { ai, api, definition } from "../support/definitions.ts";
import {
  bindings,
  eventTypes,
  eventually,
  objectOf,
  readHistory,
  readRun,
  startRecord,
} from "./support/runs.ts";
import { ownSettings } from "./support/worker.ts";

afterEach(() => vi.restoreAllMocks());

const SERVER_SECRET = "a-secret-for-tests-of-at-least-32-characters";

async function store(name: string, value: string): Promise<void> {
  const ring = await openKeyRing(SERVER_SECRET, []);
  const identity = { name, version: 1, workflows: null };
  const sealed = await sealSecret(ring, identity, value);
  const change = { by: "dev", requestId: "r1", at: "2026-11-22T17:28:01.419Z" };
  expect(await storeSecret(openDatabase(bindings.DB), { ...identity, sealed }, change)).not.toBe(
    null,
  );
}

/** D1 fails that many times when secrets are read, with an error that quotes what it was asked. */
function failReads(times: number): void {
  const prepare = bindings.DB.prepare.bind(bindings.DB);
  let failures = 0;
  vi.spyOn(bindings.DB, "prepare").mockImplementation((query) => {
    if (query.includes('from "secrets"') && failures < times) {
      failures += 1;
      throw new Error("D1_ERROR: Network connection lost.");
    }
    return prepare(query);
  });
}

/** D1 says nothing to the first read of secrets. */
function hangOnce(): void {
  const prepare = bindings.DB.prepare.bind(bindings.DB);
  let isHung = false;
  vi.spyOn(bindings.DB, "prepare").mockImplementation((query) => {
    const statement = prepare(query);
    if (!query.includes('from "secrets"') || isHung) return statement;
    isHung = true;
    const silent = new Proxy(statement, { get: () => () => new Promise<never>(() => {}) });
    vi.spyOn(statement, "bind").mockReturnValue(silent);
    return statement;
  });
}

function witness(): string[] {
  const sent: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
    sent.push(new Headers(init?.headers).get("authorization") ?? "");
    return Response.json(completion);
  });
  return sent;
}

/** What a model answers, as chat completions are; to an api_call it is any JSON. */
const completion = {
  id: "c1",
  created: 1,
  model: "gpt-5-mini",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: '{"draft":"Text"}' },
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
};

const retry: RetryPolicy = {
  max_attempts: 2,
  initial_delay_ms: 1,
  max_delay_ms: 1,
  backoff: "fixed",
  jitter: false,
};

const calling = (name: string) =>
  definition([
    api("call", {
      retry,
      config: {
        method: "POST",
        headers: { authorization: `Bearer {{secrets.${name}}}` },
        timeout_s: 1,
      },
    }),
  ]);

async function ended(name: string) {
  return endOf(startRecord(calling(name)));
}

async function endOf(record: StartRecord) {
  await objectOf(record.runId).start({ record, waitMs: 0 });
  return eventually(
    () => readRun(record.runId),
    ({ status }) => status === "completed" || status === "failed",
  );
}

test("a call waits for its secret when D1 fails once, a POST too", async () => {
  await store("ONCE", "value-once");
  const sent = witness();
  failReads(1);
  const run = await ended("ONCE");
  expect(run.status).toBe("completed");
  expect(sent).toEqual(["Bearer value-once"]);
  expect(await eventTypes(run.id)).toContain("step.retrying");
});

test("a call is given up without being sent when D1 goes on failing", async () => {
  await store("NEVER", "value-never");
  const sent = witness();
  const lines = vi.spyOn(console, "log").mockImplementation(() => {});
  failReads(2);
  const run = await ended("NEVER");
  expect(run.error).toEqual({
    code: "internal",
    message: "The secrets could not be read.",
    step_id: "call",
  });
  expect(sent).toEqual([]);
  expect(JSON.stringify(await readHistory(run.id))).not.toContain("D1_ERROR");
  const logged = lines.mock.calls.map(([line]) => String(line));
  expect(logged.filter((line) => line.includes("secrets not read"))).toHaveLength(2);
});

test("a call is made later when D1 says nothing, a POST too: it was not sent", async () => {
  await store("SILENT", "value-silent");
  const sent = witness();
  vi.spyOn(console, "log").mockImplementation(() => {});
  hangOnce();
  const run = await ended("SILENT");
  expect(run.status).toBe("completed");
  expect(sent).toEqual(["Bearer value-silent"]);
  expect(await eventTypes(run.id)).toContain("step.retrying");
});

test.each([
  ["fails", () => failReads(1)],
  ["says nothing", hangOnce],
])("a model is asked later when D1 %s for the provider's key", async (what, spoil) => {
  const name = `KEY_${what.replaceAll(" ", "_")}`;
  await store(name, "sk-value");
  const sent = witness();
  vi.spyOn(console, "log").mockImplementation(() => {});
  const flow = definition([ai("draft", { retry, config: { provider: "openai", timeout_s: 1 } })]);
  const record = startRecord(flow, { mock: null, inputs: { topic: "x", audience: "y" } });
  ownSettings.set(record.runId, {
    OPENAI_API_KEY: `{{secrets.${name}}}`,
    OPENAI_MODEL: "gpt-5-mini",
  });
  spoil();
  const run = await endOf(record);
  expect(run).toMatchObject({ status: "completed" });
  expect(sent).toEqual(["Bearer sk-value"]);
});
