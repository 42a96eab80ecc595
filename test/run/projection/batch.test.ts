/** What a batch of many runs leaves in D1, by the statements themselves. */
import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "#db/database.ts";
import { readCounters } from "#db/metrics.ts";
import { PARAMETER_LENGTH, parametersOf, projectRuns, rowTexts } from "#db/run-projection.ts";
import type { RunRow } from "#db/schema.ts";
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { RunProjection } from "#model/projection-rpc.ts";
import { writeBatch } from "#projection/batch.ts";
import { countRuns } from "#projection/counters.ts";
import { projectionOfRun } from "../../support/projections.ts";
import { bindings } from "../support/runs.ts";

const { DB } = bindings;
const counters = () => readCounters(openDatabase(DB));

async function setCounters(value: Record<string, number>): Promise<void> {
  await DB.prepare("UPDATE metrics SET value = ? WHERE name = 'counters'")
    .bind(JSON.stringify(value))
    .run();
}

beforeEach(async () => {
  await DB.batch(
    ["run_steps", "run_tags", "runs"].map((table) => DB.prepare(`DELETE FROM ${table}`)),
  );
  await setCounters({});
});

const ROW: RunRow = {
  id: "run_a",
  workflowId: "flow",
  workflowVersion: 3,
  status: "waiting",
  currentStep: "ask",
  context: { static: {}, runtime: {} },
  createdAt: "2026-11-29T02:00:00.000Z",
  updatedAt: "2026-11-29T02:00:01.000Z",
  endedAt: null,
  idempotencyKey: null,
  createdBy: "dev",
  tags: ["b", "a"],
  error: null,
  output: null,
  mock: true,
  tokensPrompt: 91,
  tokensOutput: 22,
  costUsd: 0.000165,
  aiCalls: 1,
  costUnknownCalls: 0,
  seq: 4,
};

/** A projection of this row. */
function projectionOfRow(over: Partial<RunRow>, isFirst = true): RunProjection {
  const row = { ...ROW, ...over };
  const { id: runId, seq, status } = row;
  return projectionOfRun({ runId, seq, status, isFirst, ...rowTexts(row) });
}

async function stored(runId: string): Promise<Record<string, unknown>> {
  const row = await DB.prepare("SELECT * FROM runs WHERE id = ?").bind(runId).first();
  return row ?? {};
}

describe("a row", () => {
  test("has each column as it is", async () => {
    await writeBatch(DB, [projectionOfRow({})]);
    expect(await stored("run_a")).toMatchObject({
      id: "run_a",
      workflow_id: "flow",
      workflow_version: 3,
      status: "waiting",
      current_step: "ask",
      context: '{"static":{},"runtime":{}}',
      created_at: "2026-11-29T02:00:00.000Z",
      updated_at: "2026-11-29T02:00:01.000Z",
      ended_at: null,
      idempotency_key: null,
      created_by: "dev",
      tags: '["b","a"]',
      error: null,
      output: null,
      mock: 1,
      tokens_prompt: 91,
      tokens_output: 22,
      cost_usd: 0.000165,
      ai_calls: 1,
      cost_unknown_calls: 0,
      seq: 4,
    });
    const tags = await DB.prepare("SELECT * FROM run_tags ORDER BY tag").all();
    expect(tags.results).toEqual(
      ["a", "b"].map((tag) => ({ tag, created_at: ROW.createdAt, run_id: "run_a" })),
    );
  });

  test("has documents and texts of any kind, to the byte", async () => {
    const texts = fc.string({ unit: "binary", maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.json({ stringUnit: "binary" }),
        texts,
        fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
        fc.nat(),
        async (json, text, costUsd, seq) => {
          const context = { value: JSON.parse(json) as JsonValue };
          const id = `run_${seq}_${crypto.randomUUID()}`;
          await writeBatch(DB, [projectionOfRow({ id, context, createdBy: text, costUsd, seq })]);
          const row = await stored(id);
          expect(row["context"]).toBe(JSON.stringify(context));
          expect(row["cost_usd"]).toBe(costUsd === 0 ? 0 : costUsd);
          // D1 hands out what comes before the first NUL; what is stored has all of it.
          const { hex } =
            (await DB.prepare("SELECT hex(CAST(created_by AS BLOB)) AS hex FROM runs WHERE id = ?")
              .bind(id)
              .first<{ hex: string }>()) ?? {};
          expect(hex).toBe(hexOf(text.toWellFormed()));
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    ["newer", 5, "completed"],
    ["the same", 4, "waiting"],
    ["older", 3, "waiting"],
  ])("is overwritten by a newer one only: %s", async (_what, seq, status) => {
    await writeBatch(DB, [projectionOfRow({})]);
    await writeBatch(DB, [projectionOfRow({ seq, status: "completed" }, false)]);
    expect((await stored("run_a"))["status"]).toBe(status);
  });
});

function hexOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) =>
    byte.toString(16).padStart(2, "0").toUpperCase(),
  ).join("");
}

describe("the statements of a batch", () => {
  const many = (count: number, over: Partial<RunProjection> = {}) =>
    Array.from({ length: count }, (_, index) =>
      projectionOfRun({ runId: `run_${index}`, ...over }),
    );

  test("are as many for two hundred runs as for one", () => {
    const all = (projections: RunProjection[]) =>
      countRuns(DB, projections, 0).length + projectRuns(DB, projections).length;
    expect([all(many(1)), all(many(200))]).toEqual([2, 2]);
    const step = JSON.stringify({ id: "x" });
    const full = { isFirst: false, tags: "{}", steps: [step] };
    expect([all(many(1, full)), all(many(200, full))]).toEqual([5, 5]);
  });

  test("write no more rows for many runs than for each alone", async () => {
    const rowsWritten = async (projections: RunProjection[]) => {
      const results = await DB.batch(projectRuns(DB, projections));
      return results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
    };
    // The row and its two index entries.
    expect(await rowsWritten(many(40))).toBe(120);
    // The row alone, since the status is unchanged.
    expect(await rowsWritten(many(40, { isFirst: false, seq: 2 }).map(withSeq))).toBe(40);
  });

  test.each([
    [PARAMETER_LENGTH - 1, 1],
    [PARAMETER_LENGTH, 2],
  ])("take %i characters of rows in %i parameters", (length, parameters) => {
    const half = Math.floor(length / 2);
    const texts = ["x".repeat(half), "y".repeat(length - half)];
    expect(parametersOf(texts)).toHaveLength(parameters);
  });

  test("are within what D1 takes, at three bytes a character", async () => {
    const context = { text: "€".repeat(PARAMETER_LENGTH - 2_000) };
    const [parameter = ""] = parametersOf([rowTexts({ ...ROW, context }).row]);
    expect(new TextEncoder().encode(parameter).byteLength).toBeLessThan(2_000_000);
    await writeBatch(DB, [projectionOfRow({ context })]);
    expect((await stored("run_a"))["context"]).toHaveLength(PARAMETER_LENGTH - 2_000 + 11);
  });
});

/** The row as its projection says. */
function withSeq(projection: RunProjection): RunProjection {
  const row: unknown = JSON.parse(projection.row);
  return { ...projection, row: JSON.stringify({ ...Object(row), seq: projection.seq }) };
}

describe("the counters", () => {
  /** Up to `to`, from a cursor at `after`: each event adds 1 to its own key, and 2 to a shared one. */
  function part(runId: string, after: number, to: number): RunProjection {
    const status = to % 3 === 0 ? "completed" : "waiting";
    const seqs = Array.from({ length: to - after }, (_, index) => after + index + 1);
    const increments = seqs.flatMap((seq) => [
      { seq, key: `${runId}|${seq}`, amount: 1 },
      { seq, key: "shared", amount: 2 },
    ]);
    return withSeq(
      projectionOfRun({
        runId,
        seq: to,
        status,
        isFirst: after === 0,
        increments: JSON.stringify(increments),
      }),
    );
  }

  test("are exact over repeats, lost answers, overtaking and any grouping", async () => {
    const runIds = ["a", "b", "c", "d"];
    const delivery = fc.record({
      run: fc.nat({ max: 3 }),
      /** How far the run goes with it. */
      step: fc.integer({ min: 0, max: 3 }),
      /** The answer is lost, and the cursor stays. */
      isLost: fc.boolean(),
    });
    const batches = fc.array(fc.array(delivery, { minLength: 1, maxLength: 6 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(batches, fc.nat(), async (plan, salt) => {
        await DB.prepare("DELETE FROM runs").run();
        await setCounters({});
        const cursors = runIds.map(() => 0);
        const seqs = runIds.map(() => 0);
        const old: RunProjection[] = [];
        for (const batch of plan) {
          const parts = new Map<string, RunProjection>();
          for (const { run, step, isLost } of batch) {
            const runId = runIds[run] ?? "";
            if (parts.has(runId)) continue;
            seqs[run] = (seqs[run] ?? 0) + step;
            if (seqs[run] === cursors[run]) continue;
            parts.set(runId, part(runId, cursors[run] ?? 0, seqs[run] ?? 0));
            if (!isLost) cursors[run] = seqs[run] ?? 0;
          }
          const sent = [...parts.values()];
          if (sent.length > 0) await writeBatch(DB, sent);
          // One from long ago, that a slow network brings again.
          const late = old.at(salt % Math.max(1, old.length));
          if (late) await writeBatch(DB, [late]);
          old.push(...sent);
        }
        const {
          projection_lag: _,
          projections: __,
          projection_batches: ___,
          ...seen
        } = await counters();
        const total = seqs.reduce((sum, seq) => sum + seq, 0);
        const each = runIds.flatMap((runId, run) =>
          Array.from({ length: seqs[run] ?? 0 }, (_value, index) => [`${runId}|${index + 1}`, 1]),
        );
        const ended = seqs.filter((seq) => seq > 0 && seq % 3 === 0).length;
        const waiting = seqs.filter((seq) => seq > 0 && seq % 3 !== 0).length;
        const nonZero = Object.fromEntries(Object.entries(seen).filter(([, value]) => value !== 0));
        expect(nonZero).toEqual({
          ...Object.fromEntries(each),
          ...(total > 0 ? { shared: 2 * total } : {}),
          ...(ended > 0 ? { "runs|completed": ended } : {}),
          ...(waiting > 0 ? { "runs|waiting": waiting } : {}),
        });
      }),
      { numRuns: 60 },
    );
  });

  test("count batches, projections, retries and the lag of what was new, once", async () => {
    const at = Date.now() - 2_000;
    const sent = ["a", "b", "c"].map((runId) =>
      projectionOfRun({ runId, lastEventAt: at, failures: runId === "a" ? 2 : 0 }),
    );
    await writeBatch(DB, sent);
    await writeBatch(DB, sent);
    const seen = await counters();
    expect(seen).toMatchObject({
      projections: 3,
      projection_batches: 1,
      projection_retries: 2,
      runs_started: 3,
    });
    expect(seen["projection_lag"]).toBeGreaterThanOrEqual(6);
    expect(seen["projection_lag"]).toBeLessThan(60);
  });

  test("count a batch of several parameters as one", async () => {
    const increments = JSON.stringify(
      Array.from({ length: 6_000 }, (_, index) => ({ seq: 1, key: `k${index % 3}`, amount: 1 })),
    );
    const runIds = ["a", "b", "c", "d"];
    const sent = runIds.map((runId) => projectionOfRun({ runId, increments }));
    expect(countRuns(DB, sent, 0).length).toBeGreaterThan(1);
    await writeBatch(DB, sent);
    expect(await counters()).toMatchObject({
      projection_batches: 1,
      projections: 4,
      k0: 8_000,
      k1: 8_000,
      k2: 8_000,
      "runs|waiting": 4,
    });
  });

  test.each([
    // A model may add six keys, so the second is named where there is room for both.
    [LIMITS.metricKeys - 7, ["m1", "m2"]],
    [LIMITS.metricKeys - 6, ["m1", "other"]],
    [LIMITS.metricKeys - 1, ["m1", "other"]],
    [LIMITS.metricKeys, ["other"]],
  ])("name new models of one batch up to the limit: with %i keys %o", async (keys, names) => {
    await setCounters(Object.fromEntries(Array.from({ length: keys }, (_, n) => [`k${n}`, 1])));
    const sent = ["m1", "m2"].map((model) =>
      projectionOfRun({
        runId: model,
        increments: JSON.stringify([
          { seq: 1, key: `ai_calls|${model}`, amount: 1, otherwise: "ai_calls|other", model },
          { seq: 1, key: `ai_tokens|${model}`, amount: 5, otherwise: "ai_tokens|other", model },
        ]),
      }),
    );
    await writeBatch(DB, sent);
    const seen = await counters();
    const calls = Object.keys(seen).filter((key) => key.startsWith("ai_calls|"));
    expect(calls.map((key) => key.slice(9)).toSorted()).toEqual(names);
    const tokens = Object.entries(seen).filter(([key]) => key.startsWith("ai_tokens|"));
    expect(tokens.reduce((sum, [, value]) => sum + value, 0)).toBe(10);
  });
});
