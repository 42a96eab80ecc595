/**
 * Runs in a storm: D1, APIs, models and the object itself fail at random, alarms ring twice and
 * early, callers go away. When it is over every run settles, nothing was done twice, and D1 has what
 * the objects have. `STORM_RUNS` and `STORM_SEED` make it longer, or another.
 */
import { env } from "cloudflare:workers";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { type History, type Run, runSchema } from "#model/run.ts";
import type { StartRecord } from "#model/start-record.ts";
import { ai, api, approval, conditional, definition, form } from "../../support/definitions.ts";
import {
  eventually,
  objectOf,
  projected,
  readHistory,
  readRun,
  startRecord,
} from "../support/runs.ts";
import { interruptions, RunObject } from "../support/worker.ts";
import { Storm } from "./faults.ts";

const settings = env as unknown as { STORM_RUNS?: string; STORM_SEED?: string };
const RUNS = Number(settings.STORM_RUNS ?? 10);
const SEED = Number(settings.STORM_SEED ?? 20_261_129);
const STORM_MS = 3_000;
/** The watchdog looks every five seconds; the rest is for a machine that others use. */
const SETTLES_WITHIN_MS = 45_000;

const RETRY = {
  max_attempts: 6,
  initial_delay_ms: 5,
  max_delay_ms: 20,
  backoff: "fixed",
  jitter: true,
} as const;
const PUT = { method: "PUT", timeout_s: 0.2 } as const;

/** Every step type; a key for the PUT, none for the POST. */
const FLOW = definition([
  form("ask", { next: "decide" }),
  conditional("decide", { config: { when: "len(topic) > 0", then: "draft", else: "draft" } }),
  ai("draft", { next: "publish", retry: RETRY, config: { timeout_s: 0.2 } }),
  api("publish", { next: "pay", retry: RETRY, config: PUT }),
  api("pay", { next: "sign", on_error: "sign", retry: RETRY, config: { ...PUT, method: "POST" } }),
  approval("sign"),
]);

afterEach(() => {
  interruptions.clear();
  vi.restoreAllMocks();
});

/** A caller who does not give up, and may go away before the answer. */
async function act(record: StartRecord, storm: Storm): Promise<void> {
  const object = objectOf(record.runId);
  const asked = ask(record);
  // The promise is left alone: the caller has gone, and the object goes on.
  if (storm.strikes("a caller that goes away", 0.2)) {
    asked.catch(() => "the caller has gone");
    return;
  }
  await asked;
  if (storm.strikes("an alarm too early", 0.3)) await runDurableObjectAlarm(object);
  if (storm.strikes("an alarm twice", 0.3)) {
    await runInDurableObject(object, (instance) =>
      instance instanceof RunObject ? Promise.all([instance.alarm(), instance.alarm()]) : null,
    );
  }
}

async function ask(record: StartRecord): Promise<void> {
  const object = objectOf(record.runId);
  const started = await object.start({ record, waitMs: 100 });
  if (!started.ok) throw new Error(started.problem.detail);
  const { wait } = runSchema.parse(JSON.parse(started.value.run));
  if (!wait) return;
  const answer =
    wait.type === "form"
      ? ({ kind: "inputs", inputs: { topic: "Launch" } } as const)
      : ({ kind: "approval", step_id: "sign", approved: true } as const);
  const who = { key: null, workflowScope: null, caller: { id: "dev" } };
  await object.resume({ ...who, waitNumber: wait.number, waitMs: 100, answer });
}

const isOfTheStorm = (error: unknown) => /interrupted by the test|aborted/.test(String(error));

async function patiently<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (isOfTheStorm(error)) return null;
    throw error;
  }
}

/** Laws 3 and 7, as a reader of the history sees them. */
function judge({ events, steps }: History, run: Run): void {
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  const completed = events.filter(({ type }) => type === "step.completed");
  const names = completed.map(({ step_id }) => step_id);
  expect(names).toEqual([...new Set(names)]);
  const times = events.filter(({ type }) => type !== "step.late").map(({ at }) => at);
  expect(times).toEqual(times.toSorted());
  expect(steps.map(({ status }) => status)).not.toContain("running");
  // A run may fail by its retries being used up, never by a fault of ours.
  if (run.status === "failed") {
    expect(["network_error", "http_error", "timeout", "internal", "outcome_unknown"]).toContain(
      run.error?.code,
    );
  }
}

async function expectRows(run: Run, { steps, events }: History): Promise<void> {
  const rows = await projected(run.id);
  expect(rows.run).toMatchObject({
    status: run.status,
    current_step: run.current_step,
    seq: events.length,
  });
  const byName = (left: { step_id: string }, right: { step_id: string }) =>
    left.step_id < right.step_id ? -1 : 1;
  const inObject = steps.map(({ step_id, status, attempt }) => ({ step_id, status, attempt }));
  const inRows = rows.steps.map((row) => ({
    step_id: typeof row["step_id"] === "string" ? row["step_id"] : "",
    status: row["status"],
    attempt: row["attempt"],
  }));
  expect(inRows.toSorted(byName)).toEqual(inObject.toSorted(byName));
}

test(`${RUNS} runs in a storm settle when it is over, each step once, and D1 has the same`, async () => {
  const silent = vi.spyOn(console, "log").mockImplementation(() => {});
  const storm = new Storm(SEED);
  storm.breakDatabase(0.1);
  const keys = storm.breakOutside(0.15);
  const records = Array.from({ length: RUNS }, () => startRecord(FLOW));
  for (const { runId } of records) storm.evict(runId, 0.15);
  const until = Date.now() + STORM_MS;
  const client = async (record: StartRecord) => {
    while (Date.now() < until) {
      await patiently(() => act(record, storm));
      await scheduler.wait(storm.random() * 40);
    }
  };
  await Promise.all(records.map(client));
  storm.end();

  let slowestMs = 0;
  const ended = async (record: StartRecord): Promise<Run> => {
    const run = await eventually(
      async () => {
        await patiently(() => ask(record));
        return readRun(record.runId);
      },
      ({ ended_at }) => ended_at !== undefined,
      SETTLES_WITHIN_MS,
    );
    slowestMs = Math.max(slowestMs, Date.now() - storm.lastAt);
    return run;
  };
  const runs = await Promise.all(records.map(ended));
  for (const run of runs) {
    const history = await readHistory(run.id);
    judge(history, run);
    await expectRows(run, history);
    const known = new Set(["publish", "pay"].map((step) => `${run.id}:${step}`));
    const own = keys.filter((key) => key.startsWith(run.id));
    expect(own.filter((key) => !known.has(key))).toEqual([]);
  }
  silent.mockRestore();
  const statuses = runs.map(({ status }) => status);
  const completed = statuses.filter((status) => status === "completed").length;
  console.log(
    `storm, seed ${SEED}: ${RUNS} runs, ${completed} completed, ${RUNS - completed} failed; settled ${slowestMs} ms after the last fault; ${JSON.stringify(storm.counts)}`,
  );
  for (const name of ["D1 before the commit", "D1 after the commit", "eviction"]) {
    expect(Object.keys(storm.counts)).toContain(name);
  }
}, 150_000);
