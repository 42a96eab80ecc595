/** A run that is copied, lost, brought back and released; and copies that are not whole. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import type { ImportRequest } from "#model/run-upkeep.ts";
import { readSettings, secretsKeyRing } from "#settings.ts";
import { sealForBackup } from "#archive/backup-seal.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { api, approval, definition, form } from "../support/definitions.ts";
import older from "../fixtures/runs/waiting-before-usage.json" with { type: "json" };
import {
  bindings,
  eventually,
  objectOf,
  projected,
  readHistory,
  readRun,
  runOf,
  startRecord,
  valueOf,
} from "./support/runs.ts";
import { cutOff } from "./support/worker.ts";

const BACKUP = "bak_1";
const CALLER = { id: "dev", kind: "key" } as const;
function ring() {
  const result = readSettings(bindings);
  if (!result.ok) throw new Error(result.problems.join(" "));
  return secretsKeyRing(result.settings);
}

afterEach(() => vi.restoreAllMocks());

const FLOW = definition([form("ask", { next: "sign" }), approval("sign")]);

async function startWaiting(flow: WorkflowDefinition = FLOW): Promise<string> {
  const record = startRecord(flow, { fingerprint: "f1", idempotencyKey: "k1" });
  runOf(await objectOf(record.runId).start({ record, waitMs: 5_000 }));
  return record.runId;
}

async function copyOf(runId: string, backup = BACKUP): Promise<ImportRequest[]> {
  const { pieces, next } = valueOf(
    await objectOf(runId).copy({ backup, piece: 0, from: null, most: Infinity }),
  );
  expect(next).toBeNull();
  return pieces.map((sealed, piece) => ({
    backup,
    piece,
    isLast: piece === pieces.length - 1,
    sealed,
  }));
}

/** As after the loss of the state: neither tables nor an alarm. */
async function destroy(runId: string): Promise<void> {
  await runInDurableObject(objectOf(runId), async (_object, { storage }) => {
    storage.sql.exec("DROP TABLE IF EXISTS doc; DROP TABLE IF EXISTS log");
    await storage.deleteAlarm();
    await storage.sync();
    cutOff(runId);
  }).catch((error: unknown) => expect(String(error)).toContain("interrupted by the test"));
  for (const table of ["run_steps", "run_tags"]) {
    await bindings.DB.prepare(`DELETE FROM ${table} WHERE run_id = ?`).bind(runId).run();
  }
  await bindings.DB.prepare("DELETE FROM runs WHERE id = ?").bind(runId).run();
}

async function bringBack(runId: string, copy: readonly ImportRequest[]): Promise<void> {
  for (const request of copy) valueOf(await objectOf(runId).importPiece(request));
}

/** The rows of the object, by name. */
function rowsOf(runId: string): Promise<Record<string, string>> {
  return runInDurableObject(objectOf(runId), (_object, { storage: { sql } }) => {
    const docs = sql.exec<{ name: string; value: string }>("SELECT name, value FROM doc");
    const log = sql.exec<{ seq: number; events: string }>("SELECT seq, events FROM log");
    return Object.fromEntries([
      ...[...docs].map(({ name, value }) => [name, value] as const),
      ...[...log].map(({ seq, events }) => [`log ${seq}`, events] as const),
    ]);
  });
}

async function answer(runId: string) {
  return objectOf(runId).resume({
    workflowScope: null,
    key: { name: "resume-1", fingerprint: "r1" },
    answer: { kind: "inputs", inputs: { topic: "Launch" } },
    caller: CALLER,
    waitMs: 5_000,
  });
}

test("comes back as it was, held, and goes on once it is released", async () => {
  const runId = await startWaiting();
  valueOf(await answer(runId));
  const before = { run: await readRun(runId), history: await readHistory(runId) };
  const rows = await rowsOf(runId);
  const row = (await projected(runId)).run;
  const copy = await copyOf(runId);
  await destroy(runId);
  expect(await objectOf(runId).get({ workflowScope: null })).toMatchObject({ ok: false });

  await bringBack(runId, copy);
  expect({ run: await readRun(runId), history: await readHistory(runId) }).toEqual(before);
  const { held, projection: _, ...restored } = await rowsOf(runId);
  expect(held).toBe(JSON.stringify({ backup: BACKUP }));
  const { projection: _before, ...copied } = rows;
  expect(restored).toEqual(copied);
  expect((await projected(runId)).run).toEqual(row);

  // The key of the start and that of the answer still find the run.
  expect(await objectOf(runId).replay("f1")).toMatchObject({ ok: true });
  expect(valueOf(await answer(runId))).toMatchObject({ isReplay: true });
  expect(await objectOf(runId).replay("another")).toMatchObject({
    problem: { code: "idempotency_key_reused" },
  });

  const cancel = { key: null, workflowScope: null, caller: CALLER };
  const decision = {
    workflowScope: null,
    key: null,
    answer: { kind: "approval", step_id: "sign", approved: true },
    caller: CALLER,
    waitMs: 5_000,
  } as const;
  const refused = { ok: false, problem: { code: "run_held" } };
  expect(await objectOf(runId).cancel(cancel)).toMatchObject(refused);
  expect(await objectOf(runId).resume(decision)).toMatchObject(refused);

  expect(valueOf(await objectOf(runId).release())).toEqual({ wasHeld: true });
  expect(valueOf(await objectOf(runId).release())).toEqual({ wasHeld: false });
  expect(runOf(await objectOf(runId).resume(decision)).status).toBe("completed");
});

test("sends nothing while it is held, and repeats with the same key afterwards", async () => {
  const keys: string[] = [];
  let isAnswering = false;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
    keys.push(new Headers(init?.headers).get("idempotency-key") ?? "");
    if (isAnswering) return Response.json({ id: 7 });
    return new Promise(() => {});
  });
  const flow = definition([
    api("put", { config: { url: "https://api.example.com/a", method: "PUT", body: {} } }),
  ]);
  const runId = await startUnsettled(flow);
  await eventually(
    async () => keys.length,
    (count) => count === 1,
  );
  const copy = await copyOf(runId);
  await destroy(runId);
  isAnswering = true;
  await bringBack(runId, copy);
  const { held, carry } = await rowsOf(runId);
  expect([held, carry]).toEqual([
    JSON.stringify({ backup: BACKUP }),
    JSON.stringify({ stepId: "put", attempt: 1, entries: 1 }),
  ]);
  await evictDurableObject(objectOf(runId));
  expect((await readRun(runId)).status).toBe("running");
  await scheduler.wait(300);
  expect(keys).toHaveLength(1);

  await objectOf(runId).release();
  const ended = await eventually(
    () => readRun(runId),
    ({ status }) => status !== "running",
  );
  expect(ended.status).toBe("completed");
  expect(keys).toEqual([`${runId}:put`, `${runId}:put`]);
});

test("an unkeyed POST that was pending in the copy is not sent again", async () => {
  const sent: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
    sent.push("sent");
    return Response.json({});
  });
  const flow = definition([
    api("post", { config: { url: "https://api.example.com/a", method: "POST", body: {} } }),
  ]);
  const runId = await startUnsettled(flow);
  // Of the moment before the alarm sends it.
  const copy = await copyOf(runId);
  await destroy(runId);
  const before = sent.length;
  await bringBack(runId, copy);
  await objectOf(runId).release();
  const ended = await eventually(
    () => readRun(runId),
    ({ status }) => status !== "running",
  );
  expect(ended.error?.code).toBe("outcome_unknown");
  expect(sent).toHaveLength(before);
});

async function startUnsettled(flow: WorkflowDefinition): Promise<string> {
  const record = startRecord(flow);
  runOf(await objectOf(record.runId).start({ record, waitMs: 0 }));
  return record.runId;
}

test("a large run comes in pieces, and each can be repeated", async () => {
  const topic = "é𝄞x".repeat(60_000);
  const flow = definition([
    form("ask", {
      config: { fields: [{ key: "topic", type: "text", required: false }] },
      next: "again",
    }),
    form("again", { config: { fields: [{ key: "topic", type: "text", required: false }] } }),
  ]);
  const record = startRecord(flow, { inputs: { topic } });
  runOf(await objectOf(record.runId).start({ record, waitMs: 0 }));
  const { runId } = record;
  const before = await rowsOf(runId);
  const copy = await copyOf(runId);
  expect(copy.length).toBeGreaterThan(3);
  for (const { sealed } of copy) expect(sealed.length).toBeLessThan(4 * 64 * 1024);

  const one = valueOf(
    await objectOf(runId).copy({ backup: BACKUP, piece: 0, from: null, most: 1 }),
  );
  const two = valueOf(
    await objectOf(runId).copy({ backup: BACKUP, piece: 1, from: one.next, most: Infinity }),
  );
  expect(two.revision).toBe(one.revision);
  await destroy(runId);
  const again = [...one.pieces, ...two.pieces].map((sealed, piece) => ({
    backup: BACKUP,
    piece,
    isLast: piece === copy.length - 1,
    sealed,
  }));
  await bringBack(runId, copy.slice(0, 2));
  expect(await objectOf(runId).importPiece(copy[3] ?? raise())).toMatchObject({
    problem: { code: "restore_refused" },
  });
  await bringBack(runId, again);
  await bringBack(runId, again);
  const { held: _, projection: _p, ...after } = await rowsOf(runId);
  const { projection: _b, ...expected } = before;
  expect(after).toEqual(expected);
});

test("pieces of another backup, another run or another place do not open", async () => {
  const runId = await startWaiting();
  const other = await startWaiting();
  const [first = raise()] = await copyOf(runId);
  const [foreign = raise()] = await copyOf(other);
  await destroy(runId);
  const refusals = [{ ...first, backup: "bak_2" }, foreign, { ...first, sealed: foreign.sealed }];
  for (const request of refusals) {
    expect(await objectOf(runId).importPiece(request)).toMatchObject({
      problem: {
        code: "restore_refused",
        detail: expect.stringContaining("cannot be opened") as string,
      },
    });
  }
  await bringBack(runId, [first]);
});

test("a run that is there is not replaced", async () => {
  const runId = await startWaiting();
  const [first = raise()] = await copyOf(runId);
  expect(await objectOf(runId).importPiece(first)).toMatchObject({
    problem: {
      code: "restore_refused",
      detail: expect.stringContaining("has the run already") as string,
    },
  });
});

test("a run of an older version comes back too", async () => {
  const runId = older.row.id;
  const lines = [
    ...Object.entries(older.doc)
      .filter(([name]) => name !== "projection")
      .map(([name, value]) => ["doc", name, JSON.stringify(value)] as const),
    ...older.log.map((events) => ["log", events.at(-1)?.seq, JSON.stringify(events)] as const),
  ];
  await bringBack(runId, [await sealedCopy(runId, lines)]);
  expect((await readRun(runId)).status).toBe("waiting");
});

async function sealedCopy(runId: string, rows: readonly unknown[]): Promise<ImportRequest> {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const place = { backup: BACKUP, runId, piece: 0 };
  const sealed = await sealForBackup(await ring(), place, text);
  return { backup: BACKUP, piece: 0, isLast: true, sealed };
}

type Row = ["doc", string, string] | ["log", number, string];

/** The rows of a run, of which one is changed or left out. */
async function brokenCopy(change: (row: Row) => Row | null): Promise<[string, ImportRequest]> {
  const runId = await startWaiting();
  valueOf(await answer(runId));
  const rows = Object.entries(await rowsOf(runId)).map(([name, text]): Row =>
    name.startsWith("log ") ? ["log", Number(name.slice(4)), text] : ["doc", name, text],
  );
  await destroy(runId);
  const kept = rows
    .filter(([, name]) => name !== "projection")
    .flatMap((row) => [change(row) ?? []]);
  return [
    runId,
    await sealedCopy(
      runId,
      kept.filter((row) => row.length > 0),
    ),
  ];
}

const inDoc = (name: string, from: string, to: string) => (row: Row) =>
  row[0] === "doc" && row[1] === name ? (["doc", name, row[2].replace(from, to)] as Row) : row;
const inLog = (from: string, to: string) => (row: Row) =>
  row[0] === "log" ? (["log", row[1], row[2].replace(from, to)] as Row) : row;

test.each<[string, string, (row: Row) => Row | null]>([
  [
    "the last events are missing",
    "snapshot",
    (row) => (row[0] === "log" && row[1] > 4 ? null : row),
  ],
  ["a log row is missing", "event 1 ", (row) => (row[0] === "log" && row[1] < 5 ? null : row)],
  ["an event is of another run", "another run", inLog('"run_id":"run_', '"run_id":"rum_')],
  ["an event has a type that is none", "schema of the log", inLog("run.resumed", "run.resumes")],
  ["an event lacks a field", "schema of the log", inLog('"wait_number"', '"wait_numbers"')],
  ["an event says something else", "snapshot", inLog('"wait_number":2', '"wait_number":3')],
  ["the snapshot says something else", "snapshot", inDoc("snapshot", '"waits":2', '"waits":3')],
  ["the start record is missing", "start record", (row) => (row[1] === "start" ? null : row)],
  ["the start record is of another run", "another run", inDoc("start", "run_", "rum_")],
  ["an output is missing", "output", (row) => (row[1] === "output:ask" ? null : row)],
  ["there is no log", "no events", (row) => (row[0] === "log" ? null : row)],
  ["a document is no JSON", "JSON", inDoc("start", "{", "")],
])("a copy is refused where %s", async (_name, says, change) => {
  const [runId, request] = await brokenCopy(change);
  expect(await objectOf(runId).importPiece(request)).toMatchObject({
    ok: false,
    problem: { code: "restore_refused", detail: expect.stringContaining(says) as string },
  });
  // Nothing of it is left.
  expect(await objectOf(runId).get({ workflowScope: null })).toMatchObject({ ok: false });
});

test("rows that D1 lost are written again, and counted once", async () => {
  const runId = await startWaiting();
  const before = await projected(runId);
  const counted = async () => {
    const row = await bindings.DB.prepare("SELECT value FROM metrics").first<{ value: string }>();
    const {
      projections: _p,
      projection_lag: _l,
      ...counters
    } = JSON.parse(row?.value ?? "{}") as Record<string, number>;
    return counters;
  };
  const counters = await counted();
  expect(valueOf(await objectOf(runId).rebuild())).toEqual({ isProjected: true });
  expect(await counted()).toEqual(counters);
  await bindings.DB.prepare("DELETE FROM run_steps WHERE run_id = ?").bind(runId).run();
  expect(valueOf(await objectOf(runId).rebuild())).toEqual({ isProjected: true });
  expect(await projected(runId)).toEqual(before);
  expect(await counted()).toEqual(counters);
});

test("an object is seen as it is, and an overdue run is woken", async () => {
  const runId = await startWaiting(definition([form("ask", { config: { expires_in_s: 1 } })]));
  await projected(runId);
  const seen = valueOf(await objectOf(runId).inspect(false));
  expect(seen).toMatchObject({ status: "waiting", heldBy: null, hasWork: true });
  expect(seen.projection).toMatchObject({ seq: seen.seq, failures: 0 });
});

function raise(): never {
  throw new Error("there is none");
}
