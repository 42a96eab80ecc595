/** Secrets of a run's api_calls, when D1 has them and when it does not. */
import { afterEach, expect, test, vi } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { storeSecret } from "../../src/db/secrets.ts";
import { openKeyRing } from "../../src/security/secret-keys.ts";
import { sealSecret } from "../../src/security/secrets.ts";
import { api, definition } from "../support/definitions.ts";
import {
  bindings,
  eventTypes,
  eventually,
  objectOf,
  readHistory,
  readRun,
  startRecord,
} from "./support/runs.ts";

afterEach(() => vi.restoreAllMocks());

const SERVER_SECRET = "a-secret-for-tests-of-at-least-32-characters";

async function store(name: string, value: string): Promise<void> {
  const ring = await openKeyRing(SERVER_SECRET, []);
  const identity = { name, version: 1 };
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

function witness(): string[] {
  const sent: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
    sent.push(new Headers(init?.headers).get("authorization") ?? "");
    return new Response("{}", { headers: { "content-type": "application/json" } });
  });
  return sent;
}

const calling = (name: string) =>
  definition([
    api("call", {
      retry: {
        max_attempts: 2,
        initial_delay_ms: 1,
        max_delay_ms: 1,
        backoff: "fixed",
        jitter: false,
      },
      config: { method: "POST", headers: { authorization: `Bearer {{secrets.${name}}}` } },
    }),
  ]);

async function ended(name: string) {
  const record = startRecord(calling(name));
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
