/** The rules that every sink is under, on a sink in memory. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { startCommand } from "#run/commands.ts";
import { LoadedRun } from "#run/loaded-run.ts";
import { Drain } from "#run/sinks/drain.ts";
import type { Batch, Delivery, Sink } from "#run/sinks/sink.ts";
import type { Cursor } from "#run/store.ts";
import type { RunEvent } from "#model/event.ts";
import { definition, form } from "../../support/definitions.ts";
import { startRecord } from "../support/runs.ts";

/** A run that waits at its form, with its log. */
function waitingRun(): { run: LoadedRun; log: RunEvent[] } {
  const run = new LoadedRun(startRecord(definition([form("ask")])), null);
  const result = run.plan(startCommand(run.start));
  if (!result.ok) throw new Error(result.refusal.reason);
  run.accept(result.plan);
  return { run, log: [...result.plan.commit.events] };
}

type Deliver = (batch: Batch) => Promise<Delivery>;
const DELIVERED: Deliver = async () => ({ kind: "delivered" });
const FAILED: Deliver = async () => ({ kind: "failed", reason: "away" });

let { run, log } = waitingRun();
let cursor: Cursor;
let late: number;
/** `failures` and `reason` of each line. */
let lines: unknown[];

beforeEach(() => {
  ({ run, log } = waitingRun());
  cursor = { seq: 0, failures: 0, retryAt: 0 };
  late = 0;
  lines = [];
});

function drainOf(deliver: Deliver, over: Partial<Sink> = {}, random = () => 0): Drain {
  const sink: Sink = {
    cursor: "projection",
    label: "delivery",
    backoff: { firstMs: 100, longestMs: 1_000 },
    graceMs: 0,
    takes: () => true,
    deliver,
    ...over,
  };
  const store = {
    *events(afterSeq: number) {
      yield* log.filter(({ seq }) => seq > afterSeq);
    },
    readCursor: () => cursor,
    moveCursor(_name: string, next: Cursor) {
      cursor = next;
    },
  };
  const write = (...line: unknown[]) => void lines.push(line);
  const logger = { log: write, request: write, defect: write, event: write };
  return new Drain(sink, store, logger, () => (late += 1), random);
}

describe("a delivery", () => {
  test("has everything after the cursor, and moves it", async () => {
    cursor = { seq: 1, failures: 0, retryAt: 0 };
    const seen: number[] = [];
    const drain = drainOf(async (batch) => {
      seen.push(...Array.from(batch.events(), ({ seq }) => seq));
      return { kind: "delivered" };
    });
    await drain.drain(run);
    expect(seen).toEqual(log.slice(1).map(({ seq }) => seq));
    expect(cursor).toEqual({ seq: run.state.seq, failures: 0, retryAt: 0 });
    expect(drain.due(run)).toBeNull();
  });

  test("does not contain what the log has by the time it reads on", async () => {
    const last = log.at(-1);
    if (!last) throw new Error("no event");
    const seen: number[] = [];
    const drain = drainOf(async (batch) => {
      log.push({ ...last, seq: last.seq + 1 });
      seen.push(...Array.from(batch.events(), ({ seq }) => seq));
      return { kind: "delivered" };
    });
    await drain.drain(run);
    expect(seen.at(-1)).toBe(run.state.seq);
    expect(cursor.seq).toBe(run.state.seq);
  });

  test("in parts repeats only what was not confirmed", async () => {
    const starts: number[] = [];
    const drain = drainOf(async (batch) => {
      starts.push(batch.afterSeq);
      if (starts.length > 1) return { kind: "delivered" };
      batch.confirm(2);
      return { kind: "failed", reason: "the second part" };
    });
    await drain.drain(run);
    expect(cursor).toMatchObject({ seq: 2, failures: 1 });
    cursor = { ...cursor, retryAt: 0 };
    await drain.drain(run);
    expect(starts).toEqual([0, 2]);
    expect(cursor.seq).toBe(run.state.seq);
  });

  test("is one at a time; who comes meanwhile learns of its end", async () => {
    const { promise, resolve } = Promise.withResolvers<Delivery>();
    let count = 0;
    const drain = drainOf(() => {
      count += 1;
      return promise;
    });
    const first = drain.drain(run);
    await drain.drain(run);
    expect(drain.due(run)).toEqual({ at: 0, isBusy: true });
    resolve({ kind: "delivered" });
    await first;
    expect([count, late]).toEqual([1, 1]);
  });

  test("that this run is not taken for is neither made nor due", async () => {
    const drain = drainOf(FAILED, { takes: () => false });
    await drain.drain(run);
    expect([drain.due(run), cursor.failures, lines]).toEqual([null, 0, []]);
  });
});

describe("a failure", () => {
  test("is retried later and later, and the cursor stays", async () => {
    const drain = drainOf(FAILED);
    const pauses: number[] = [];
    for (let tries = 0; tries < 6; tries += 1) {
      const before = Date.now();
      await drain.drain(run);
      pauses.push(Math.round((cursor.retryAt - before) / 100) * 100);
      await drain.drain(run);
      cursor = { ...cursor, retryAt: 0 };
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(cursor).toMatchObject({ seq: 0, failures: 6 });
    expect(lines).toHaveLength(6);
    await drainOf(DELIVERED).drain(run);
    expect(cursor).toEqual({ seq: run.state.seq, failures: 0, retryAt: 0 });
  });

  test("is not retried by all in the same moment", async () => {
    const drain = drainOf(FAILED, {}, () => 0.999);
    const before = Date.now();
    await drain.drain(run);
    expect(cursor.retryAt - before).toBeGreaterThanOrEqual(75);
    expect(cursor.retryAt - before).toBeLessThan(100);
  });

  test("is not retried before the receiver wants it", async () => {
    await drainOf(async () => ({ kind: "failed", reason: "busy", retryAfterMs: 9_000 })).drain(run);
    expect(cursor.retryAt - Date.now()).toBeGreaterThan(8_000);
  });

  test("that is thrown is a defect, and counts the same", async () => {
    await drainOf(async () => {
      throw new Error("no such table");
    }).drain(run);
    expect(cursor).toMatchObject({ seq: 0, failures: 1 });
    expect(lines).toEqual([
      ["delivery failed", expect.any(Error), { run_id: run.state.run_id, failures: 1 }],
    ]);
  });

  test("where tries are limited is given up, until there is a new event", async () => {
    const drain = drainOf(FAILED, { backoff: { firstMs: 0, longestMs: 0, attempts: 2 } });
    await drain.drain(run);
    await drain.drain(run);
    expect(drain.due(run)).toBeNull();
    cursor = { ...cursor, triedSeq: run.state.seq - 1 };
    expect(drain.due(run)).not.toBeNull();
    await drain.drain(run);
    expect(cursor).toMatchObject({ failures: 1, triedSeq: run.state.seq });
  });
});

describe("the run does not wait", () => {
  /** Ends when its signal is aborted. */
  const stoppable: Deliver = ({ signal }) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve({ kind: "interrupted" }));
    });

  test("beyond its own next timer; an interruption is no failure", async () => {
    const drain = drainOf(stoppable);
    await drain.drain(run, Date.now() + 20);
    await vi.waitFor(() => expect(drain.due(run)).toEqual({ at: 0, isBusy: false }));
    expect([cursor, lines]).toEqual([{ seq: 0, failures: 0, retryAt: 0 }, []]);
  });

  test("once something happened to it", async () => {
    const drain = drainOf(stoppable);
    const drained = drain.drain(run);
    drain.nudge();
    await drained;
    await vi.waitFor(() => expect(drain.due(run)).toEqual({ at: 0, isBusy: false }));
  });

  test("for longer than the grace of the sink", async () => {
    const drain = drainOf(stoppable, { graceMs: 60 });
    const drained = drain.drain(run);
    const before = Date.now();
    drain.nudge();
    await drained;
    expect(Date.now() - before).toBeGreaterThanOrEqual(55);
  });

  test("for what cannot be stopped, whose result counts when it comes", async () => {
    const { promise, resolve } = Promise.withResolvers<Delivery>();
    const drain = drainOf(() => promise);
    await drain.drain(run, Date.now() + 20);
    expect([drain.due(run), late]).toEqual([{ at: 0, isBusy: true }, 0]);
    resolve({ kind: "delivered" });
    await vi.waitFor(() => expect(late).toBe(1));
    expect(cursor.seq).toBe(run.state.seq);
  });
});

describe("a cursor that an earlier release left", () => {
  test("of the projection is gone on from", async () => {
    cursor = { seq: 2, failures: 3, retryAt: 0 };
    let seen: Pick<Batch, "afterSeq" | "failures"> | null = null;
    await drainOf(async (batch) => {
      seen = { afterSeq: batch.afterSeq, failures: batch.failures };
      return { kind: "delivered" };
    }).drain(run);
    expect(seen).toEqual({ afterSeq: 2, failures: 3 });
  });

  test("of a collector that was given up stays given up", () => {
    const backoff = { firstMs: 1_000, longestMs: 300_000, attempts: 20 };
    cursor = { seq: 0, failures: 20, retryAt: 1, triedSeq: run.state.seq };
    expect(drainOf(FAILED, { backoff }).due(run)).toBeNull();
    cursor = { seq: 0, failures: 19, retryAt: 1, triedSeq: run.state.seq };
    expect(drainOf(FAILED, { backoff }).due(run)).toEqual({ at: 1, isBusy: false });
  });
});
