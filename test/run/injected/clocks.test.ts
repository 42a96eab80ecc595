/**
 * A clock that jumps forward: the log stays in order, nothing is done twice, and what is due is done.
 * The alarm is rung by hand, since the platform's own clock stays where it is.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { ai, api, conditional, definition, form } from "../../support/definitions.ts";
import { objectOf, readHistory, readRun, startRecord } from "../support/runs.ts";

const DAY_MS = 24 * 3_600_000;
const ANSWER = {
  key: null,
  workflowScope: null,
  caller: { id: "dev" },
  waitMs: 5_000,
  answer: { kind: "inputs", inputs: { topic: "Launch" } },
} as const;

const RealDate = Date;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Only what the clock says: it goes on from there, and timers and alarms keep their own time. */
function jump(ms: number): void {
  class Jumped extends RealDate {
    constructor(...given: [] | [number | string | Date]) {
      super(given[0] ?? Jumped.now());
    }

    static override now(): number {
      return RealDate.now() + ms;
    }
  }
  vi.stubGlobal("Date", Jumped);
}

async function expectInOrder(runId: string): Promise<void> {
  const { events } = await readHistory(runId);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const times = events.map(({ at }) => at);
  expect(times).toEqual(times.toSorted());
  const done = events.filter(({ type }) => type === "step.completed");
  const names = done.map(({ step_id }) => step_id);
  expect(names).toEqual([...new Set(names)]);
}

const FLOW = definition([
  form("ask", { next: "draft", config: { expires_in_s: 3_600, on_expire: "late" } }),
  ai("draft", { next: "call" }),
  api("call"),
  conditional("late"),
]);

test("forward by a day: a wait that expires in an hour expires, once, and no answer is taken", async () => {
  const record = startRecord(FLOW);
  const object = objectOf(record.runId);
  await object.start({ record, waitMs: 5_000 });
  jump(DAY_MS);
  const refused = await object.resume(ANSWER);
  expect(refused).toMatchObject({ ok: false, problem: { code: "run_not_waiting" } });
  await runDurableObjectAlarm(object);
  const run = await readRun(record.runId);
  expect(run.status).toBe("completed");
  await expectInOrder(record.runId);
  const { steps } = await readHistory(record.runId);
  expect(steps.map(({ step_id, status }) => [step_id, status])).toEqual([
    ["ask", "failed"],
    ["late", "completed"],
  ]);
});
