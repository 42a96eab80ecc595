/**
 * A run that was started by an older version: rows as it left them, written before usage of steps,
 * calls of unknown cost, spans, resume tokens and counters were known.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { readCounters } from "#db/metrics.ts";
import { openDatabase } from "#db/database.ts";
import { foldLog } from "#engine/fold.ts";
import type { RunState } from "#engine/state.ts";
import type { JsonValue } from "#model/json.ts";
import type { RunEvent } from "#model/event.ts";
import older from "../fixtures/runs/waiting-before-usage.json" with { type: "json" };
import {
  bindings,
  eventually,
  objectOf,
  projected,
  readHistory,
  readRun,
  runOf,
} from "./support/runs.ts";
import { ownSettings } from "./support/worker.ts";

vi.setConfig({ testTimeout: 20_000 });
afterEach(() => vi.restoreAllMocks());

const { doc, log, row } = older;
const RUN_ID = row.id;
const object = () => objectOf(RUN_ID);
const counters = () => readCounters(openDatabase(bindings.DB));

beforeAll(async () => {
  ownSettings.set(RUN_ID, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.test:4318" });
  await runInDurableObject(object(), (_object, { storage: { sql } }) => {
    sql.exec("CREATE TABLE doc (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
    sql.exec("CREATE TABLE log (seq INTEGER PRIMARY KEY, events TEXT NOT NULL)");
    for (const [name, value] of Object.entries(doc)) {
      sql.exec("INSERT INTO doc (name, value) VALUES (?, ?)", name, JSON.stringify(value));
    }
    for (const events of log) {
      sql.exec(
        "INSERT INTO log (seq, events) VALUES (?, ?)",
        events.at(-1)?.seq ?? 0,
        JSON.stringify(events),
      );
    }
  });
  const columns = Object.keys(row);
  await bindings.DB.prepare(
    `INSERT INTO runs (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  )
    .bind(...Object.values(row))
    .run();
  await evictDurableObject(object());
});

test("is shown, with tokens for its wait", async () => {
  const reply = await object().get({
    workflowScope: null,
    tokens: { form: true, approvals: "all" },
  });
  expect(runOf(reply)).toMatchObject({
    status: "waiting",
    usage: { tokens_prompt: 5, tokens_output: 21, cost_usd: 0, ai_calls: 1 },
    wait: {
      number: 2,
      step_id: "approval",
      resume_tokens: [
        { approver: "ann@example.com", token: expect.stringMatching(/^wo_resume_/) as string },
      ],
    },
  });
});

test("has a history, whose steps say nothing of usage where nothing is known", async () => {
  const { steps, events } = await readHistory(RUN_ID);
  expect(events).toHaveLength(12);
  expect(steps.map((step) => [step.step_id, step.status, step.usage])).toEqual([
    ["form", "completed", undefined],
    ["generate", "completed", undefined],
    ["approval", "waiting", undefined],
  ]);
});

test("folds to the same run, but for what was not counted then", () => {
  const state = foldLog(log.flat() as unknown as RunEvent[], null) as unknown as JsonValue;
  const snapshot = structuredClone(doc.snapshot) as unknown as RunState;
  const generate = snapshot.steps["generate"];
  if (generate) generate.usage = snapshot.usage;
  expect(state).toEqual(snapshot);
});

test("knows the keys that were used with it", async () => {
  const reply = await object().resume({
    key: { name: "resume:dev:k1", fingerprint: "f1" },
    workflowScope: null,
    caller: { id: "dev" },
    answer: { kind: "inputs", inputs: { topic: "x" } },
    waitMs: 0,
  });
  expect(reply).toMatchObject({ ok: true, value: { isReplay: true } });
});

test("is resumed, goes on to its end, and reaches D1 and the counters; no span is sent", async () => {
  const before = await counters();
  const sent = vi
    .spyOn(globalThis, "fetch")
    .mockImplementation(async () => new Response("fine", { status: 200 }));
  const reply = await object().resume({
    key: null,
    workflowScope: null,
    caller: { id: "dev", email: "ann@example.com" },
    answer: { kind: "approval", step_id: "approval", approved: true },
    waitMs: 5_000,
  });
  expect(reply.ok).toBe(true);
  await eventually(
    () => readRun(RUN_ID),
    ({ status }) => status === "completed",
  );
  const { run } = await projected(RUN_ID);
  expect(run).toMatchObject({ status: "completed", ai_calls: 1, cost_unknown_calls: 0 });
  const after = await counters();
  const added = (key: string) => (after[key] ?? 0) - (before[key] ?? 0);
  expect(added("runs|waiting")).toBe(-1);
  expect(added("runs|completed")).toBe(1);
  expect(added("runs_started")).toBe(0);
  expect(added("steps|approval|completed")).toBe(1);
  expect(added("steps|ai_generate|completed")).toBe(0);
  expect(sent.mock.calls.map(([url]) => url)).toEqual(["https://api.example.com/"]);
});
