import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { parseJsonText } from "#model/json-text.ts";
import { RunStore } from "#run/store.ts";
import { ai, api, approval, definition, form } from "../../support/definitions.ts";
import {
  bindings,
  objectOf,
  projected,
  readHistory,
  runOf,
  startRecord,
  valueOf,
} from "../support/runs.ts";

const FLOW = definition([
  form("form", { next: "generate" }),
  ai("generate", { next: "approval" }),
  approval("approval"),
]);
const RESUME = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 5_000 };

afterEach(() => vi.restoreAllMocks());

async function rowOf(runId: string) {
  return bindings.DB.prepare("SELECT status, seq FROM runs WHERE id = ?").bind(runId).first();
}

describe("the projection", () => {
  test("is made up for when D1 has failed, and the run does not wait for it", async () => {
    const record = startRecord(FLOW);
    const batch = vi.spyOn(bindings.DB, "batch").mockRejectedValueOnce(new Error("D1 is away"));
    vi.spyOn(console, "log").mockImplementation(() => {});
    const object = objectOf(record.runId);
    const reply = await object.start({ record, waitMs: 5_000 });
    expect(reply.ok).toBe(true);
    const { run } = await projected(record.runId);
    expect(run).toMatchObject({ status: "waiting", seq: 4 });
    expect(batch.mock.calls.length).toBeGreaterThanOrEqual(2);
  });

  test("holds what each step and the run took", async () => {
    const record = startRecord(FLOW, { inputs: { topic: "x" } });
    await objectOf(record.runId).start({ record, waitMs: 5_000 });
    const { run, steps } = await projected(record.runId);
    const { usage } = (await readHistory(record.runId)).steps[1] ?? {};
    expect(usage).toMatchObject({ ai_calls: 1, cost_usd: 0 });
    expect(steps.map((step) => [step["step_id"], step["usage"]])).toEqual([
      ["form", null],
      ["generate", JSON.stringify(usage)],
      ["approval", null],
    ]);
    expect(run).toMatchObject({ ...usage, cost_unknown_calls: 0 });
  });

  test("masks as a whole what its budget of work does not reach, and the cursor moves", async () => {
    const pin = { key: "pin", type: "string", required: true, sensitive: true } as const;
    const flow = definition([
      form("ask", { next: "last", config: { fields: [pin] } }),
      form("last"),
    ]);
    const digits = "0123456789abcdef".repeat(14_000);
    const inputs = {
      pin: "sunflower",
      first: `sunflower ${digits}`,
      second: digits,
      third: "It was a sunflower.",
    };
    const record = startRecord(flow, { inputs });
    const object = objectOf(record.runId);
    expect((await object.start({ record, waitMs: 5_000 })).ok).toBe(true);
    const { run } = await projected(record.runId);
    const masked = {
      pin: "[SENSITIVE]",
      first: `[SENSITIVE] ${digits}`,
      second: "[SENSITIVE]",
      third: "[SENSITIVE]",
    };
    expect(typeof run["context"] === "string" && JSON.parse(run["context"])).toMatchObject({
      runtime: { inputs: masked },
    });
    expect(run).toMatchObject({ status: "waiting", current_step: "last" });
    // A reading of the run has a budget of its own, and ends the same way.
    const { runtime } = parseJsonText(valueOf(await object.context(null)));
    expect(runtime.inputs).toEqual(masked);
    // The alarm writes the cursor that moved in memory.
    await runDurableObjectAlarm(object);
    const cursor = await runInDurableObject(object, (_object, { storage }) =>
      new RunStore(storage).readCursor("projection"),
    );
    expect(cursor).toMatchObject({ seq: run["seq"], failures: 0 });
  });

  test("never lets an older state overwrite a newer one", async () => {
    const record = startRecord(FLOW);
    const object = objectOf(record.runId);
    await object.start({ record, waitMs: 5_000 });
    await projected(record.runId);
    await bindings.DB.prepare("UPDATE runs SET seq = 99, status = 'completed' WHERE id = ?")
      .bind(record.runId)
      .run();
    await object.resume({ ...RESUME, answer: { kind: "inputs", inputs: { topic: "x" } } });
    while (await runDurableObjectAlarm(object));
    expect(await rowOf(record.runId)).toEqual({ status: "completed", seq: 99 });
  });

  test("costs few rows: at most 30 in the object, 15 in D1, for form, AI and approval", async () => {
    const record = startRecord(FLOW);
    const object = objectOf(record.runId);
    const written = { object: 0, d1: 0 };
    const batch = bindings.DB.batch.bind(bindings.DB);
    vi.spyOn(bindings.DB, "batch").mockImplementation(async (statements) => {
      const results = await batch(statements);
      for (const result of results) written.d1 += result.meta.rows_written;
      return results;
    });
    await runInDurableObject(object, (_object, state) => {
      const { sql } = state.storage;
      const exec = sql.exec.bind(sql);
      vi.spyOn(sql, "exec").mockImplementation((query, ...values) => {
        const cursor = exec(query, ...values);
        if (!/^\s*SELECT/i.test(query)) written.object += cursor.rowsWritten;
        return cursor;
      });
      const { setAlarm, deleteAlarm } = state.storage;
      vi.spyOn(state.storage, "setAlarm").mockImplementation((at) => {
        written.object += 1;
        return setAlarm.call(state.storage, at);
      });
      vi.spyOn(state.storage, "deleteAlarm").mockImplementation(() => {
        written.object += 1;
        return deleteAlarm.call(state.storage);
      });
    });
    await object.start({ record, waitMs: 5_000 });
    await projected(record.runId);
    await object.resume({ ...RESUME, answer: { kind: "inputs", inputs: { topic: "x" } } });
    await projected(record.runId);
    const answer = { kind: "approval", step_id: "approval", approved: true } as const;
    await object.resume({ ...RESUME, answer });
    await projected(record.runId);
    expect((await readHistory(record.runId)).events.at(-1)?.type).toBe("run.completed");
    console.log(`rows written for one run: object ${written.object}, D1 ${written.d1}`);
    expect(written.object).toBeGreaterThanOrEqual(10);
    expect(written.object).toBeLessThanOrEqual(30);
    expect(written.d1).toBeGreaterThanOrEqual(6);
    expect(written.d1).toBeLessThanOrEqual(15);
  });
});

describe("a D1 that says nothing", () => {
  /** Batches hang while it is silent. */
  function hangBatches(): { isSilent: boolean } {
    const batch = bindings.DB.batch.bind(bindings.DB);
    const d1 = { isSilent: true };
    vi.spyOn(bindings.DB, "batch").mockImplementation(async (statements) => {
      while (d1.isSilent) await new Promise((resolve) => setTimeout(resolve, 20));
      return batch(statements);
    });
    return d1;
  }

  test("holds up no effect of the run, and does not keep its object busy", async () => {
    const record = startRecord(definition([form("form", { next: "call" }), api("call")]));
    const object = objectOf(record.runId);
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("fine"));
    const d1 = hangBatches();
    await object.start({ record, waitMs: 5_000 });
    await scheduler.wait(100);
    const reply = await object.resume({
      ...RESUME,
      answer: { kind: "inputs", inputs: { topic: "x" } },
    });
    expect(runOf(reply).status).toBe("completed");
    const alarms = await runInDurableObject(object, async (_object, { storage }) => {
      const setAlarm = vi.spyOn(storage, "setAlarm");
      await scheduler.wait(1_000);
      return setAlarm.mock.calls.length;
    });
    expect(alarms).toBeLessThan(5);
    d1.isSilent = false;
    // Sooner than the next look by the clock.
    const letGoAt = Date.now();
    expect((await projected(record.runId)).run["status"]).toBe("completed");
    expect(Date.now() - letGoAt).toBeLessThan(3_000);
  }, 20_000);
});
