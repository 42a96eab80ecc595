/** The counters say what the rows of the runs say, even if writing them fails. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { readCounters } from "#db/metrics.ts";
import { openDatabase } from "#db/database.ts";
import { LIMITS } from "#model/limits.ts";
import type { Counters } from "#telemetry/metrics.ts";
import { ai, approval, conditional, definition, form } from "../../support/definitions.ts";
import { bindings, eventually, objectOf, projected, startRecord } from "../support/runs.ts";
import { cutOffCollector } from "../support/worker.ts";

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => vi.restoreAllMocks());

const RESUME = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 5_000 };
const FLOW = definition([
  form("form", { next: "generate" }),
  ai("generate", { next: "rule", on_error: "approval" }),
  conditional("rule", { config: { then: "approval", else: "approval" } }),
  approval("approval"),
]);

/** How a batch of the projection goes. */
type Weather = "fine" | "before" | "after" | "crash";

/** mulberry32: the same seed, the same weather. */
function weatherOf(seed: number): () => Weather {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const draw = ((mixed ^ (mixed >>> 14)) >>> 0) % 10;
    return draw < 5 ? "fine" : draw < 7 ? "before" : draw < 9 ? "after" : "crash";
  };
}

/** What the tables say that is counted. */
async function fromRows(): Promise<Record<string, number>> {
  const read = async (query: string) =>
    (await bindings.DB.prepare(query).all<{ key: string; n: number }>()).results;
  const rows = await Promise.all([
    read("SELECT 'runs|' || status AS key, count(*) AS n FROM runs GROUP BY status"),
    read("SELECT 'runs_started' AS key, count(*) AS n FROM runs"),
    read(
      `SELECT 'steps|' || type || '|' || status AS key, count(*) AS n FROM run_steps
       WHERE ended_at IS NOT NULL GROUP BY type, status`,
    ),
    read("SELECT 'ai_tokens|mock|mock|input' AS key, sum(tokens_prompt) AS n FROM runs"),
    read("SELECT 'ai_tokens|mock|mock|output' AS key, sum(tokens_output) AS n FROM runs"),
    read("SELECT 'ai_calls' AS key, sum(ai_calls) AS n FROM runs"),
  ]);
  return Object.fromEntries(rows.flat().map(({ key, n }) => [key, n]));
}

/** The same of the counters; calls to models are one number there. */
function comparable(counters: Counters): Record<string, number> {
  const entries = Object.entries(counters);
  const calls = entries.filter(([key]) => key.startsWith("ai_calls|"));
  const kept = entries.filter(
    ([key, value]) => /^(runs|runs_started|steps|ai_tokens)(\||$)/.test(key) && value !== 0,
  );
  return Object.fromEntries([...kept, ["ai_calls", calls.reduce((sum, [, n]) => sum + n, 0)]]);
}

const counters = () => readCounters(openDatabase(bindings.DB));

async function live(index: number): Promise<string> {
  const modes = ["success", "schema_violation", "transient_error"] as const;
  const mock = { mode: modes[index % 3] ?? "success", steps: {}, seed: index };
  const record = startRecord(FLOW, { mock });
  const { runId } = record;
  const object = () => objectOf(runId);
  await object().start({ record, waitMs: 5_000 });
  if (index % 5 === 4) return runId;
  const inputs = { topic: `topic ${index}` };
  await object().resume({ ...RESUME, answer: { kind: "inputs", inputs } });
  if (index % 5 === 3) {
    await object().cancel({ ...RESUME, key: null });
    return runId;
  }
  const answer = { kind: "approval", step_id: "approval", approved: index % 2 === 0 } as const;
  await object().resume({ ...RESUME, answer });
  return runId;
}

describe("the counters", () => {
  test.each([1, 2, 3, 4])(
    "say what the rows say after batches that failed, were not answered, or were cut off (seed %i)",
    async (seed) => {
      vi.spyOn(console, "log").mockImplementation(() => {});
      const weather = weatherOf(seed);
      const seen: Weather[] = [];
      const batch = bindings.DB.batch.bind(bindings.DB);
      const spy = vi.spyOn(bindings.DB, "batch").mockImplementation(async (statements) => {
        const now = weather();
        seen.push(now);
        if (now === "before") throw new Error("D1 is away");
        const results = await batch(statements);
        if (now === "after") throw new Error("the answer was lost");
        if (now === "crash") cutOffCollector();
        return results;
      });
      const runs: string[] = [];
      // Four at a time, so that batches have several runs.
      for (let index = 0; index < 24; index += 4) {
        runs.push(...(await Promise.all([0, 1, 2, 3].map((place) => live(index + place)))));
      }
      spy.mockImplementation(batch);
      for (const runId of runs)
        await eventually(
          () => projected(runId).catch(() => null),
          (it) => it !== null,
        );
      expect(new Set(seen).size).toBeGreaterThanOrEqual(3);
      expect(comparable(await counters())).toEqual(await fromRows());
    },
  );

  test("count a batch once that is sent again after it was committed", async () => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    const before = await counters();
    const batch = bindings.DB.batch.bind(bindings.DB);
    let isCommitted = false;
    vi.spyOn(bindings.DB, "batch").mockImplementationOnce(async (statements) => {
      await batch(statements);
      isCommitted = true;
      throw new Error("the answer was lost");
    });
    const record = startRecord(FLOW);
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    await eventually(
      async () => isCommitted,
      (it) => it,
    );
    // What comes meanwhile is in the second batch, together with what was counted already.
    await objectOf(record.runId).cancel({ ...RESUME, key: null });
    await projected(record.runId);
    const after = await counters();
    const added = (key: string) => (after[key] ?? 0) - (before[key] ?? 0);
    expect(added("runs_started")).toBe(1);
    expect(added("runs|waiting")).toBe(0);
    expect(added("runs|canceled")).toBe(1);
    expect(added("steps|form|canceled")).toBe(1);
  });
});

describe("a model that was not counted yet", () => {
  test.each([
    [LIMITS.metricKeys - 1, "mock"],
    [LIMITS.metricKeys, "other"],
  ])("where there are %i counters has the name %s", async (keys, name) => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    const full = Object.fromEntries(
      Array.from({ length: keys }, (_, n) => [`ai_calls|openai|made-up-${n}`, 1]),
    );
    const row = bindings.DB.prepare("UPDATE metrics SET value = ? WHERE name = 'counters'");
    await row.bind(JSON.stringify(full)).run();
    const runId = await live(0);
    await projected(runId);
    const after = await counters();
    const mine = Object.keys(after).filter((key) => key.startsWith("ai_calls|mock"));
    expect(mine).toEqual([`ai_calls|mock|${name}`]);
    expect(after[`ai_tokens|mock|${name}|input`]).toBeGreaterThan(0);
    expect(after["ai_calls|openai|made-up-0"]).toBe(1);
    expect(after["runs_started"]).toBe(1);
  });
});
