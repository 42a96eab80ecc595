/** The walk of the retention: who is archived, what D1 says of it, and that no run stops the walk. */
import { evictDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { createScheduled } from "#archive/cron.ts";
import { retention } from "#archive/retention.ts";
import { openDatabase } from "#db/database.ts";
import { readVersionUses } from "#db/key-versions.ts";
import { readCounters } from "#db/metrics.ts";
import { listRuns } from "#db/runs.ts";
import type { Env } from "#env.ts";
import type { JsonObject } from "#model/json.ts";
import { randomRunId } from "#security/run-id.ts";
import { approval, conditional, definition, form } from "../../support/definitions.ts";
import { bindings, objectOf, projected, readRun, startRecord } from "../support/runs.ts";
import { ownSettings } from "../support/worker.ts";

const DAY_MS = 24 * 3600 * 1000;
const db = openDatabase(bindings.DB);

beforeEach(async () => {
  await bindings.DB.exec("DELETE FROM cron_tasks");
  await bindings.DB.exec("DELETE FROM run_steps");
  await bindings.DB.exec("DELETE FROM runs");
  await bindings.DB.exec("DELETE FROM archive_pieces");
});

/** One turn, so many days from now. */
function turn(days = 31, env: Env = bindings): Promise<void> {
  const scheduledTime = Date.now() + days * DAY_MS;
  return createScheduled([retention])({ cron: "retention", scheduledTime }, env);
}

const WAITING = definition([form("ask")]);
const COMPLETED = definition([
  conditional("decide", { config: { when: "true", then: null, else: null } }),
]);

async function run(workflow = COMPLETED): Promise<string> {
  const record = startRecord(workflow);
  await objectOf(record.runId).start({ record, waitMs: 1_000 });
  await projected(record.runId);
  return record.runId;
}

async function canceled(): Promise<string> {
  const runId = await run(WAITING);
  const request = { key: null, workflowScope: null, caller: { id: "dev" } };
  await objectOf(runId).cancel(request);
  await projected(runId);
  return runId;
}

async function rejected(): Promise<string> {
  const runId = await run(definition([approval("sign")]));
  const answer = { kind: "approval", step_id: "sign", approved: false, comment: "no" } as const;
  const request = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 1_000, answer };
  await objectOf(runId).resume(request);
  await projected(runId);
  return runId;
}

/** A row of D1 for which there is no object. */
async function lostRow(count = 1, endedAt = new Date().toISOString()): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomRunId());
  await bindings.DB.prepare(
    `INSERT INTO runs (id, workflow_id, workflow_version, status, created_at, updated_at, ended_at,
       created_by, tags, mock, tokens_prompt, tokens_output, cost_usd, ai_calls, seq)
     SELECT value, 'w', 1, 'completed', '2026-01-01', '2026-01-01', ?, 'dev', '[]', 0, 0, 0, 0, 0, 3
     FROM json_each(?)`,
  )
    .bind(endedAt, JSON.stringify(ids))
    .run();
  return ids;
}

async function rowOf(runId: string): Promise<JsonObject> {
  const row = await bindings.DB.prepare("SELECT * FROM runs WHERE id = ?")
    .bind(runId)
    .first<JsonObject>();
  return row ?? {};
}

/** Every row of D1 and every object of the bucket, also as what base64 in them means. */
async function everythingOutside(): Promise<string> {
  const parts: string[] = [];
  const tables = await bindings.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
  ).all<{ name: string }>();
  for (const { name } of tables.results) {
    const { results } = await bindings.DB.prepare(`SELECT * FROM "${name}"`).all<JsonObject>();
    parts.push(JSON.stringify(results));
    for (const { data } of results) if (typeof data === "string") parts.push(atob(data));
  }
  const listed = await bindings.ARCHIVE?.list();
  for (const { key } of listed?.objects ?? []) {
    const object = await bindings.ARCHIVE?.get(key);
    if (object) parts.push(new TextDecoder("latin1").decode(await object.arrayBuffer()));
  }
  return parts.join("\n");
}

const state = async () =>
  bindings.DB.prepare("SELECT state FROM cron_tasks WHERE name = 'retention'").first<string>(
    "state",
  );

describe("retention", () => {
  test("archives what ended in each way, marks it in D1, and leaves the rest", async () => {
    const ended = [await run(), await canceled(), await rejected()];
    const waiting = await run(WAITING);
    const before = await readCounters(db);

    await turn();

    for (const id of ended) {
      expect(await readRun(id)).toMatchObject({ archived: true });
      expect(await rowOf(id)).toMatchObject({
        archived_at: expect.any(String) as string,
        archive_key_version: 0,
      });
    }
    expect((await readRun(waiting)).status).toBe("waiting");
    expect(await rowOf(waiting)).toMatchObject({ archived_at: null });
    const { items } = await listRuns(db, {}, null, 10);
    const marked = items.filter((one) => one.archived === true).map(({ id }) => id);
    expect(marked.toSorted()).toEqual(ended.toSorted());
    const counters = await readCounters(db);
    expect((counters["runs_archived|r2"] ?? 0) - (before["runs_archived|r2"] ?? 0)).toBe(3);
    expect(await state()).toBeNull();
  });

  test("leaves what ended within the days, and everything where it is off", async () => {
    const id = await run();
    await turn(29);
    expect(await rowOf(id)).toMatchObject({ archived_at: null });
    await turn(5000, { ...bindings, RETENTION_DAYS: "0" } as Env);
    expect(await rowOf(id)).toMatchObject({ archived_at: null });
    await turn(8, { ...bindings, RETENTION_DAYS: "7" } as Env);
    expect(await rowOf(id)).toMatchObject({ archived_at: expect.any(String) as string });
  });

  test("passes runs that cannot be archived, and counts them", async () => {
    const before = await readCounters(db);
    await lostRow(7);
    const id = await run();
    await turn();
    expect(await readRun(id)).toMatchObject({ archived: true });
    const counters = await readCounters(db);
    expect((counters["archive_failures"] ?? 0) - (before["archive_failures"] ?? 0)).toBe(7);
  });

  test("marks a run that was archived before its mark could be written, and counts it once", async () => {
    const id = await run();
    await objectOf(id).archive({ endedBefore: "2099-01-01T00:00:00.000Z" });
    const before = await readCounters(db);
    await turn();
    expect(await rowOf(id)).toMatchObject({ archived_at: expect.any(String) as string });
    const counters = await readCounters(db);
    expect(counters["runs_archived|r2"] ?? 0).toBe(before["runs_archived|r2"] ?? 0);
  });

  test("asks no archived run again under the same key, and each one under another", async () => {
    const id = await run();
    await turn();
    const { archived_at: at } = await rowOf(id);
    await turn();
    expect(await rowOf(id)).toMatchObject({ archived_at: at ?? null, archive_key_version: 0 });
    const key = `3:${btoa("k".repeat(32))}`;
    ownSettings.set(id, { SECRETS_KEYS: key });
    await evictDurableObject(objectOf(id));
    await turn(31, { ...bindings, SECRETS_KEYS: key } as Env);
    expect(await rowOf(id)).toMatchObject({ archived_at: at ?? null, archive_key_version: 3 });
    const { archives } = await readVersionUses(db, new Date().toISOString());
    expect([...archives]).toEqual([[3, 1]]);
  });

  test.each(["r2", "d1"])("leaves no sensitive answer in the clear in %s", async (shelf) => {
    const asked = definition([
      form("ask", {
        config: {
          fields: [
            { key: "pin", type: "string", required: true, sensitive: true },
            { key: "note", type: "text", required: true },
          ],
        },
      }),
    ]);
    const canaries: string[] = [];
    for (let number = 0; number < 20; number += 1) {
      const canary = `canary-${crypto.randomUUID()}`;
      canaries.push(canary);
      const record = startRecord(asked, { inputs: number % 2 === 0 ? { pin: canary } : {} });
      const { runId } = record;
      ownSettings.set(runId, { ARCHIVE: shelf === "r2" ? bindings.ARCHIVE : undefined });
      await objectOf(runId).start({ record, waitMs: 1_000 });
      const inputs = { pin: canary, note: `said "${canary}"` };
      await objectOf(runId).resume({
        key: null,
        workflowScope: null,
        caller: { id: "dev" },
        waitMs: 1_000,
        answer: { kind: "inputs", inputs },
      });
      await projected(runId);
    }
    await turn();
    const { n } = (await bindings.DB.prepare(
      "SELECT count(*) AS n FROM runs WHERE archived_at IS NOT NULL",
    ).first<{ n: number }>()) ?? { n: 0 };
    expect(n).toBe(20);
    const outside = await everythingOutside();
    expect(outside.length).toBeGreaterThan(20_000);
    expect(canaries.filter((canary) => outside.includes(canary))).toEqual([]);
  });

  test("reads at most 6,000 rows in a turn, and goes on after the last one", async () => {
    await lostRow(7_000, "2099-01-01T00:00:00.000Z");
    const id = await canceled();
    await turn();
    expect(JSON.parse((await state()) ?? "null")).toMatchObject({ status: "completed" });
    expect(await rowOf(id)).toMatchObject({ archived_at: null });
    await turn();
    expect(await rowOf(id)).toMatchObject({ archived_at: expect.any(String) as string });
    expect(await state()).toBeNull();
  });

  test("asks at most some hundred objects in a turn", async () => {
    await lostRow(350, "2026-02-01T00:00:00.000Z");
    const before = (await readCounters(db))["archive_failures"] ?? 0;
    await turn();
    const after = (await readCounters(db))["archive_failures"] ?? 0;
    expect(after - before).toBe(300);
    await turn();
    expect(((await readCounters(db))["archive_failures"] ?? 0) - before).toBe(350);
  });
});
