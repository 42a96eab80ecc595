/**
 * Turns of runs: a long way through steps without outside effects is gone in several transactions,
 * and a run whose work takes the process along is ended before it does so for ever.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { mockProvider } from "#ai/mock/provider.ts";
import { LIMITS } from "#model/limits.ts";
import type { Run } from "#model/run.ts";
import type { StartRecord } from "#model/start-record.ts";
import type { Step } from "#model/workflow.ts";
import { LoadedRun } from "#run/loaded-run.ts";
import { ai, conditional, definition, form } from "../support/definitions.ts";
import {
  eventually,
  eventTypes,
  objectOf,
  readHistory,
  readRun,
  runOf,
  startRecord,
} from "./support/runs.ts";
import { cutOff, interruptions } from "./support/worker.ts";

afterEach(() => {
  interruptions.clear();
  vi.restoreAllMocks();
});

function chain(count: number, when = "true", last: Step = form("last")): Step[] {
  const checks = Array.from({ length: count }, (_, index) => {
    const next = index + 1 === count ? last.id : `c${index + 1}`;
    return conditional(`c${index}`, { config: { when, then: next, else: next } });
  });
  return [...checks, last];
}

const isCutOff = (error: unknown): boolean => String(error).includes("interrupted by the test");

/** What a client does that does not give up: each call may find the object cut off. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isCutOff(error)) throw error;
    }
  }
}

/** A start that the end of the object may cut off. */
async function begin(record: StartRecord, waitMs = 0): Promise<void> {
  try {
    await objectOf(record.runId).start({ record, waitMs });
  } catch (error) {
    if (!isCutOff(error)) throw error;
  }
}

describe("a way of 450 conditionals", () => {
  test("is gone in three turns, and the start waits for all of them", async () => {
    const proceed = vi.spyOn(LoadedRun.prototype, "proceed");
    const record = startRecord(definition(chain(450)));
    const run = runOf(await objectOf(record.runId).start({ record, waitMs: 20_000 }));
    expect(run).toMatchObject({ status: "waiting", current_step: "last" });
    expect(proceed).toHaveBeenCalledTimes(2);
    const types = await eventTypes(record.runId);
    expect(types.filter((type) => type === "step.completed")).toHaveLength(450);
  });

  test.each([
    [LIMITS.turnSteps, 0],
    // The form is the step beyond the turn.
    [LIMITS.turnSteps - 1, 0],
    [LIMITS.turnSteps + 1, 1],
  ])("of %i steps and a form takes %i turns of the alarm", async (steps, turns) => {
    const proceed = vi.spyOn(LoadedRun.prototype, "proceed");
    const record = startRecord(definition(chain(steps - 1)));
    const run = runOf(await objectOf(record.runId).start({ record, waitMs: 20_000 }));
    expect(run.status).toBe("waiting");
    expect(proceed).toHaveBeenCalledTimes(turns);
  });

  test("is gone to its end when no one waits and the object is cut off after each turn", async () => {
    const record = startRecord(definition(chain(450)));
    interruptions.set(record.runId, { commits: 0, isDue: () => true });
    await begin(record);
    const run = await eventually(
      async () => {
        await patiently(() => runDurableObjectAlarm(objectOf(record.runId)));
        return patiently(() => readRun(record.runId));
      },
      ({ status }) => status === "waiting",
    );
    expect(run.current_step).toBe("last");
    const { events } = await patiently(() => readHistory(record.runId));
    expect(events.filter(({ type }) => type === "step.completed")).toHaveLength(450);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  test("can be canceled between two turns, and then no step begins any more", async () => {
    const record = startRecord(definition(chain(450)));
    const object = objectOf(record.runId);
    const started = runOf(await object.start({ record, waitMs: 0 }));
    expect(started).toMatchObject({ status: "running", current_step: `c${LIMITS.turnSteps}` });
    await object.cancel({ key: null, workflowScope: null, caller: { id: "dev" } });
    await runDurableObjectAlarm(object);
    const { events } = await readHistory(record.runId);
    expect(events.at(-1)?.type).toBe("run.canceled");
    expect(events.filter(({ type }) => type === "step.completed")).toHaveLength(LIMITS.turnSteps);
  });

  test("ends a turn before its steps are many when they are costly", async () => {
    const proceed = vi.spyOn(LoadedRun.prototype, "proceed");
    const inputs = { text: "a".repeat(60_000), part: `${"a".repeat(20_000)}b` };
    const when = Array.from({ length: 30 }, () => "part in text").join(" or ");
    const record = startRecord(definition(chain(24, when)), { inputs });
    const run = runOf(await objectOf(record.runId).start({ record, waitMs: 30_000 }));
    expect(run.status).toBe("waiting");
    expect(proceed.mock.calls.length).toBeGreaterThan(1);
  });
});

describe("a run whose work takes the process along", () => {
  /** Opens the object until the run has ended, or so many times. */
  async function open(record: StartRecord, times: number): Promise<Run> {
    for (let count = 0; count < times; count += 1) {
      const run = await patiently(() => readRun(record.runId));
      if (run.ended_at !== undefined) return run;
      await patiently(() => runDurableObjectAlarm(objectOf(record.runId)));
    }
    return patiently(() => readRun(record.runId));
  }

  test("in the request that started it is ended by the third opening, before the work is done again", async () => {
    const record = startRecord(definition([ai("draft")]));
    const generate = vi.spyOn(mockProvider, "generate").mockImplementation(async () => {
      cutOff(record.runId);
      return new Promise(() => {});
    });
    await begin(record, 1_000);
    const run = await open(record, 10);
    expect(run).toMatchObject({
      status: "failed",
      error: { code: "poisoned", step_id: "draft" },
    });
    expect(run.error?.message).toContain("The process ended 3 times");
    expect(generate).toHaveBeenCalledTimes(LIMITS.openingsWithoutProgress + 1);
  });

  test("in an answer to an object that lived is ended too, one opening later", async () => {
    const record = startRecord(definition([form("ask", { next: "draft" }), ai("draft")]));
    await begin(record, 1_000);
    const generate = vi.spyOn(mockProvider, "generate").mockImplementation(async () => {
      cutOff(record.runId);
      return new Promise(() => {});
    });
    const answer = { kind: "inputs", inputs: { topic: "x" } } as const;
    const request = { key: null, workflowScope: null, caller: { id: "dev" }, waitMs: 1_000 };
    // Nothing of the first answer was durable, so the caller answers again.
    for (let count = 0; count < 2; count += 1) {
      const resumed = objectOf(record.runId).resume({ ...request, answer });
      // By `then`: `rejects` leaves a second promise of the call behind, which fails unhandled.
      const isBroken = await resumed.then(
        () => false,
        () => true,
      );
      expect(isBroken).toBe(true);
    }
    const run = await open(record, 10);
    expect(run).toMatchObject({ status: "failed", error: { code: "poisoned", step_id: "draft" } });
    expect(generate.mock.calls.length).toBeLessThanOrEqual(LIMITS.openingsWithoutProgress + 2);
  });

  test("in a turn of the alarm is ended in the same way", async () => {
    const record = startRecord(definition(chain(450)));
    const proceed = vi.spyOn(LoadedRun.prototype, "proceed").mockImplementation(() => {
      cutOff(record.runId);
      throw new Error("interrupted by the test");
    });
    await begin(record);
    // The object that started the run is not opened: its memory is gone with the process.
    const run = await open(record, 12);
    expect(run).toMatchObject({ status: "failed", error: { code: "poisoned" } });
    expect(proceed.mock.calls.length).toBeLessThanOrEqual(LIMITS.openingsWithoutProgress + 2);
  });

  test("that gets on each time is not ended, however often it is cut off", async () => {
    const steps = Array.from({ length: 6 }, (_, index) =>
      ai(`d${index}`, { next: index === 5 ? null : `d${index + 1}` }),
    );
    const record = startRecord(definition(steps));
    const real = mockProvider.generate.bind(mockProvider);
    const seen = new Map<string, number>();
    vi.spyOn(mockProvider, "generate").mockImplementation(async (request, signal) => {
      const step = (await readCurrentStep(record)) ?? "";
      seen.set(step, (seen.get(step) ?? 0) + 1);
      if (seen.get(step) !== 1) return real(request, signal);
      cutOff(record.runId);
      return new Promise(() => {});
    });
    await begin(record);
    const run = await open(record, 40);
    expect(run.status).toBe("completed");
  });

  async function readCurrentStep({ runId }: StartRecord): Promise<string | null> {
    return (await readRun(runId)).current_step;
  }
});
