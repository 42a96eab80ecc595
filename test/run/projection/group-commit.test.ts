/** Many runs share one batch of D1, and each moves its cursor for itself. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openDatabase } from "#db/database.ts";
import { readCounters } from "#db/metrics.ts";
import { COLLECTOR_OPTIONS } from "#projection/collector.ts";
import { LIMITS } from "#model/limits.ts";
import { RunStore } from "#run/store.ts";
import { definition, form } from "../../support/definitions.ts";
import { projectionOfRun } from "../../support/projections.ts";
import { bindings, eventually, objectOf, projected, startRecord } from "../support/runs.ts";
import { cutOff, cutOffCollector } from "../support/worker.ts";

const FLOW = definition([form("ask")]);
/** Of a run that waits at its form. */
const LAST_SEQ = 4;
const { DB, PROJECTIONS } = bindings;

afterEach(() => vi.restoreAllMocks());

async function startRun(): Promise<string> {
  const record = startRecord(FLOW);
  await objectOf(record.runId).start({ record, waitMs: 5_000 });
  return record.runId;
}

function startRuns(count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, startRun));
}

/** As it is stored: a cursor that moved in memory is written by the alarm, here at once. */
async function cursorOf(runId: string) {
  await runDurableObjectAlarm(objectOf(runId));
  return runInDurableObject(objectOf(runId), (_object, { storage }) =>
    new RunStore(storage).readCursor("projection"),
  );
}

const counters = () => readCounters(openDatabase(DB));

/** Counts batches. `before` and `after`: what happens around each. */
function watchBatches(around: { before?: () => Promise<void>; after?: () => Promise<void> }): {
  count: number;
} {
  const seen = { count: 0 };
  const batch = DB.batch.bind(DB);
  vi.spyOn(DB, "batch").mockImplementation(async (statements) => {
    seen.count += 1;
    await around.before?.();
    const results = await batch(statements);
    await around.after?.();
    return results;
  });
  return seen;
}

describe("a hundred runs that settle within a second", () => {
  test.each([
    ["at once", 0],
    ["one after the other", 10],
  ])("%s are one batch each time the pace allows, not one each", async (_how, gapMs) => {
    const before = await counters();
    const batches = watchBatches({});
    const begunAt = Date.now();
    const starting: Promise<string>[] = [];
    for (let run = 0; run < 100; run += 1) {
      starting.push(startRun());
      if (gapMs > 0) await scheduler.wait(gapMs);
    }
    const runIds = await Promise.all(starting);
    await Promise.all(runIds.map((runId) => projected(runId)));
    // On a machine where it takes a second, at most ten; a slower one has the time for more.
    const paces = (Date.now() - begunAt) / COLLECTOR_OPTIONS.paceMs;
    expect(batches.count).toBeLessThanOrEqual(2 + paces);
    expect(batches.count).toBeLessThan(50);
    const after = await counters();
    expect((after["runs_started"] ?? 0) - (before["runs_started"] ?? 0)).toBe(100);
    expect((after["runs|waiting"] ?? 0) - (before["runs|waiting"] ?? 0)).toBe(100);
  });
});

describe("the cursor", () => {
  test("moves after the batch and not before", async () => {
    const gate = Promise.withResolvers<void>();
    watchBatches({ before: () => gate.promise });
    const runId = await startRun();
    await scheduler.wait(150);
    expect(await cursorOf(runId)).toEqual({ seq: 0, failures: 0, retryAt: 0 });
    gate.resolve();
    await projected(runId);
    await eventually(
      () => cursorOf(runId),
      ({ seq }) => seq === LAST_SEQ,
    );
  });

  test("of each run stays when the batch fails, and they do not come back all at once", async () => {
    vi.spyOn(DB, "batch").mockRejectedValue(new Error("D1 is away"));
    const runIds = await startRuns(10);
    const cursors = await Promise.all(
      runIds.map((runId) =>
        eventually(
          () => cursorOf(runId),
          ({ failures }) => failures > 0,
        ),
      ),
    );
    expect(cursors.map(({ seq }) => seq)).toEqual(runIds.map(() => 0));
    expect(new Set(cursors.map(({ retryAt }) => retryAt)).size).toBeGreaterThan(1);
    vi.restoreAllMocks();
    await Promise.all(runIds.map((runId) => projected(runId)));
  });
});

describe("what ends between the commit in D1 and its answer", () => {
  test("the collector: the runs send again, and nothing is counted twice", async () => {
    const before = await counters();
    let isCutOff = false;
    const batches = watchBatches({
      after: async () => {
        if (isCutOff) return;
        isCutOff = true;
        cutOffCollector();
      },
    });
    const runIds = await startRuns(8);
    await Promise.all(
      runIds.map((runId) =>
        eventually(
          () => cursorOf(runId),
          ({ seq }) => seq === LAST_SEQ,
        ),
      ),
    );
    expect(batches.count).toBeGreaterThanOrEqual(2);
    const after = await counters();
    const added = (key: string) => (after[key] ?? 0) - (before[key] ?? 0);
    expect([added("runs_started"), added("runs|waiting"), added("projections")]).toEqual([8, 8, 8]);
  });

  test("the run: it sends again when it is opened, and nothing is counted twice", async () => {
    const before = await counters();
    const gate = Promise.withResolvers<void>();
    let isCommitted = false;
    watchBatches({
      after: () => {
        isCommitted = true;
        return gate.promise;
      },
    });
    const runId = await startRun();
    await eventually(
      async () => isCommitted,
      (it) => it,
    );
    await runInDurableObject(objectOf(runId), () => cutOff(runId)).catch((error: unknown) => {
      expect(String(error)).toContain("interrupted by the test");
    });
    gate.resolve();
    await eventually(
      () => cursorOf(runId),
      ({ seq }) => seq === LAST_SEQ,
    );
    const after = await counters();
    expect((after["runs_started"] ?? 0) - (before["runs_started"] ?? 0)).toBe(1);
    expect((after["runs|waiting"] ?? 0) - (before["runs|waiting"] ?? 0)).toBe(1);
  });
});

describe("a run whose rows D1 does not take", () => {
  test("fails alone, and is made up for when D1 takes them", async () => {
    const records = Array.from({ length: 6 }, () => startRecord(FLOW));
    const bad = records[2]?.runId ?? "";
    await DB.prepare(
      `CREATE TRIGGER refuse BEFORE INSERT ON runs WHEN new.id = '${bad}'
       BEGIN SELECT RAISE(ABORT, 'refused by the test'); END`,
    ).run();
    await Promise.all(
      records.map((record) => objectOf(record.runId).start({ record, waitMs: 5_000 })),
    );
    const good = records.filter(({ runId }) => runId !== bad);
    await Promise.all(good.map(({ runId }) => projected(runId)));
    for (const { runId } of good) {
      await eventually(
        () => cursorOf(runId),
        (cursor) => cursor.seq === LAST_SEQ && cursor.failures === 0,
      );
    }
    const cursor = await eventually(
      () => cursorOf(bad),
      ({ failures }) => failures > 0,
    );
    expect(cursor.seq).toBe(0);
    await DB.prepare("DROP TRIGGER refuse").run();
    await projected(bad);
  });
});

describe("a projection as large as a run's can be", () => {
  test("is written: five hundred steps, and a context of one MiB", async () => {
    const runId = "run_largest";
    const projection = projectionOfRun({ runId });
    const output = "x".repeat(Math.floor(LIMITS.contextBytes / LIMITS.workflowSteps));
    const steps = Array.from({ length: LIMITS.workflowSteps }, (_, index) =>
      JSON.stringify({
        id: `${runId}:step_${index}`,
        run_id: runId,
        step_id: `step_${index}`,
        type: "api_call",
        status: "failed",
        attempt: 1,
        started_at: "2026-11-29T02:00:00.000Z",
        ended_at: null,
        output,
        error: { body: "y".repeat(LIMITS.failedAnswerBytes) },
        seq: 1,
      }),
    );
    const context = `"static":"${"z".repeat(LIMITS.contextBytes)}"`;
    const row = projection.row.replace('"static":{}', context);
    const reply = await PROJECTIONS.getByName("0").project({ ...projection, row, steps });
    expect(reply).toEqual({ ok: true });
    const count = await DB.prepare("SELECT count(*) AS n FROM run_steps WHERE run_id = ?")
      .bind(runId)
      .first();
    expect(count).toEqual({ n: LIMITS.workflowSteps });
  });
});
