/** How projections are gathered, on a clock of the test and a database in memory. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ProjectionReply, RunProjection } from "#model/projection-rpc.ts";
import { Collector, COLLECTOR_OPTIONS, type CollectorOptions } from "#projection/collector.ts";
import { projectionOfRun } from "../support/projections.ts";

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

/** A database that takes batches as the test says. */
class FakeDatabase {
  readonly batches: string[][] = [];
  readonly startedAt: number[] = [];
  readonly written = new Map<string, number>();
  inFlight = 0;
  mostInFlight = 0;
  /** How long a batch takes. */
  takesMs = 5;
  fault: (runIds: string[]) => string | null = () => null;

  async write(projections: readonly RunProjection[]): Promise<void> {
    const runIds = projections.map(({ runId }) => runId);
    this.batches.push(runIds);
    this.startedAt.push(Date.now());
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await new Promise((resolve) => setTimeout(resolve, this.takesMs));
    this.inFlight -= 1;
    const reason = this.fault(runIds);
    if (reason !== null) throw new Error(reason);
    for (const { runId, seq } of projections) this.written.set(runId, seq);
  }

  isOfData(error: unknown): boolean {
    return error instanceof Error && error.message.includes("constraint");
  }
}

let database: FakeDatabase;
beforeEach(() => {
  database = new FakeDatabase();
});

function collectorOf(over: Partial<CollectorOptions> = {}): Collector {
  return new Collector(database, { ...COLLECTOR_OPTIONS, ...over });
}

/** Answers by run, filled as they come. */
function send(collector: Collector, runIds: readonly string[]): Map<string, ProjectionReply> {
  const answers = new Map<string, ProjectionReply>();
  for (const runId of runIds) {
    void collector
      .project(projectionOfRun({ runId }))
      .then((reply) => void answers.set(runId, reply));
  }
  return answers;
}

const runsTo = (count: number) => Array.from({ length: count }, (_, index) => `run_${index}`);
const failed = (answers: Map<string, ProjectionReply>) =>
  [...answers].flatMap(([runId, reply]) => (reply.ok ? [] : [runId]));

describe("runs that settle", () => {
  test("together are one batch", async () => {
    const answers = send(collectorOf(), runsTo(100));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([database.batches.length, answers.size, failed(answers)]).toEqual([1, 100, []]);
  });

  test("one every ten milliseconds for a second are at most ten batches", async () => {
    const collector = collectorOf();
    const answers = new Map<string, ProjectionReply>();
    for (const runId of runsTo(100)) {
      void collector.project(projectionOfRun({ runId })).then((it) => void answers.set(runId, it));
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.batches.length).toBeLessThanOrEqual(10);
    expect([answers.size, failed(answers)]).toEqual([100, []]);
  });

  test("alone wait for the gathering and no longer", async () => {
    send(collectorOf(), ["run_0"]);
    await vi.advanceTimersByTimeAsync(COLLECTOR_OPTIONS.gatherMs - 1);
    expect(database.batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(database.batches).toEqual([["run_0"]]);
  });

  test("are answered when the batch has ended, not before", async () => {
    database.takesMs = 300;
    const answers = send(collectorOf(), ["run_0"]);
    await vi.advanceTimersByTimeAsync(COLLECTOR_OPTIONS.gatherMs + 299);
    expect(answers.size).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(answers.get("run_0")).toEqual({ ok: true });
  });

  test("during a batch are the next one: there are never two at a time", async () => {
    database.takesMs = 400;
    const collector = collectorOf();
    send(collector, ["run_0"]);
    await vi.advanceTimersByTimeAsync(50);
    for (const runId of runsTo(30)) {
      send(collector, [runId]);
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(database.mostInFlight).toBe(1);
    expect(database.batches.map(({ length }) => length)).toEqual([1, 30]);
  });
});

describe("the bounds of a batch", () => {
  test.each([
    [5, [5]],
    [6, [5, 1]],
  ])("%i runs where five are one batch", async (count, expected) => {
    send(collectorOf({ batchRuns: 5 }), runsTo(count));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.batches.map(({ length }) => length)).toEqual(expected);
  });

  test("a full one does not wait for the pace", async () => {
    const collector = collectorOf({ batchRuns: 5, paceMs: 60_000 });
    send(collector, runsTo(10));
    await vi.advanceTimersByTimeAsync(100);
    expect(database.batches.map(({ length }) => length)).toEqual([5, 5]);
    send(collector, ["run_late"]);
    await vi.advanceTimersByTimeAsync(50_000);
    expect(database.batches).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(database.batches[2]).toEqual(["run_late"]);
  });

  test.each([
    // Beside the first, which counts for itself.
    [3, [["a", "b", "c", "d"]]],
    [2, [["a", "b", "c"], ["d"]]],
  ])("length, for %i runs beside the first", async (others, expected) => {
    const each = projectionOfRun({ runId: "a", steps: ["x".repeat(1_000)] });
    const length = each.row.length + each.increments.length + 1_000;
    const collector = collectorOf({ batchLength: others * length });
    for (const runId of ["a", "b", "c", "d"]) void collector.project({ ...each, runId });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.batches).toEqual(expected);
  });

  test("a run that is larger than a batch is written, and holds up no other", async () => {
    const collector = collectorOf();
    const huge = (runId: string) => projectionOfRun({ runId, steps: ["x".repeat(3_000_000)] });
    for (const runId of ["huge_0", "huge_1", "huge_2"]) void collector.project(huge(runId));
    send(collector, runsTo(20));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.batches[0]).toEqual(["huge_0", ...runsTo(20)]);
    expect(database.batches.slice(1)).toEqual([["huge_1"], ["huge_2"]]);
  });

  test("what waits longest is taken, however many small ones come", async () => {
    const collector = collectorOf({ batchRuns: 3 });
    send(collector, ["small_0"]);
    void collector.project(projectionOfRun({ runId: "huge", steps: ["x".repeat(3_000_000)] }));
    send(collector, ["small_1", "small_2", "small_3", "small_4"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.batches.slice(0, 2)).toEqual([
      ["small_0", "small_1", "small_2"],
      ["huge", "small_3", "small_4"],
    ]);
  });

  test("a run is once in a batch, so that its events are counted once", async () => {
    const collector = collectorOf();
    const answers = [1, 2, 2].map((seq) =>
      collector.project(projectionOfRun({ runId: "run_0", seq })),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.batches).toEqual([["run_0"], ["run_0"], ["run_0"]]);
    expect(await Promise.all(answers)).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  });
});

describe("more than may wait", () => {
  test("is refused at once, by their number; room is made by answers", async () => {
    const collector = collectorOf({ heldRuns: 5 });
    const first = send(collector, runsTo(5));
    const refused = send(collector, ["run_5"]);
    await vi.advanceTimersByTimeAsync(0);
    expect([first.size, failed(refused)]).toEqual([0, ["run_5"]]);
    expect(database.batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(failed(first)).toEqual([]);
    const again = send(collector, ["run_5"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(again.get("run_5")).toEqual({ ok: true });
  });

  test.each([
    [1_999, []],
    [2_000, ["run_1"]],
  ])("by their length, %i characters of 2,000", async (length, refused) => {
    const collector = collectorOf({ heldLength: 2_000 });
    const empty = projectionOfRun({ runId: "run_0" });
    const rest = length - empty.row.length - empty.increments.length;
    void collector.project({ ...empty, steps: ["x".repeat(rest)] });
    const answers = send(collector, ["run_1"]);
    await vi.advanceTimersByTimeAsync(0);
    expect(failed(answers)).toEqual(refused);
    await vi.advanceTimersByTimeAsync(1_000);
  });
});

describe("a bad row", () => {
  test.each([1, 2, 3, 64, 200])("among %i others costs none of them its place", async (others) => {
    database.fault = (runIds) => (runIds.includes("bad") ? "NOT NULL constraint failed" : null);
    const runIds = runsTo(others);
    runIds.splice(Math.floor(others / 3), 0, "bad");
    const answers = send(collectorOf({ batchRuns: 201 }), runIds);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(failed(answers)).toEqual(["bad"]);
    expect(answers.size).toBe(others + 1);
    expect(database.written.size).toBe(others);
    // Whole, then two for each level.
    expect(database.batches.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(others + 1)));
  });

  test("whose failure says nothing of the data is found as well", async () => {
    database.fault = (runIds) => (runIds.includes("bad") ? "D1 exceeded its CPU limit" : null);
    const answers = send(collectorOf(), ["bad", ...runsTo(40)]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(failed(answers)).toEqual(["bad"]);
  });

  test("in several places: all others are written", async () => {
    const bad = new Set(["run_3", "run_50", "run_98"]);
    database.fault = (runIds) => (runIds.some((id) => bad.has(id)) ? "constraint" : null);
    const answers = send(collectorOf(), runsTo(100));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(failed(answers).toSorted()).toEqual([...bad].toSorted());
  });

  test("the number of batches is bounded, and each run has an answer", async () => {
    database.fault = (runIds) =>
      runIds.some((id) => Number(id.slice(4)) % 7 === 1) ? "constraint" : null;
    const answers = send(collectorOf({ splitBatches: 20 }), runsTo(100));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(database.batches.length).toBeLessThanOrEqual(20);
    expect(answers.size).toBe(100);
  });

  test("that failed before is at the end, where it spoils one half", async () => {
    const collector = collectorOf();
    void collector.project(projectionOfRun({ runId: "suspect", failures: 3 }));
    send(collector, runsTo(3));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(database.batches).toEqual([["run_0", "run_1", "run_2", "suspect"]]);
  });
});

describe("a database that", () => {
  test("is away fails all, and is asked three times at most", async () => {
    database.fault = () => "Network connection lost.";
    const answers = send(collectorOf(), runsTo(100));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(failed(answers)).toHaveLength(100);
    expect(database.batches).toHaveLength(3);
  });

  test("takes no row at all, such as without its tables, is asked fifteen times at most", async () => {
    database.fault = () => "no such table, constraint or not";
    const answers = send(collectorOf(), runsTo(100));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(failed(answers)).toHaveLength(100);
    expect(database.batches).toHaveLength(15);
  });

  test.each([
    [4_999, []],
    [5_001, runsTo(3)],
  ])("answers after %i ms", async (takesMs, expected) => {
    database.takesMs = takesMs;
    const answers = send(collectorOf(), runsTo(3));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(failed(answers)).toEqual(expected);
    expect(answers.size).toBe(3);
    expect(database.batches).toHaveLength(1);
  });

  test("is silent keeps none waiting for more than one batch", async () => {
    database.takesMs = 60_000;
    const collector = collectorOf({ batchRuns: 2 });
    const answers = send(collector, runsTo(10));
    await vi.advanceTimersByTimeAsync(5_100);
    expect(failed(answers)).toHaveLength(10);
    expect(database.batches).toHaveLength(1);
    database.takesMs = 5;
    const later = send(collector, ["run_later"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(later.get("run_later")).toEqual({ ok: true });
  });
});
