import { describe, expect, test } from "vitest";
import { exportDelayMs, nextAlarm, projectionDelayMs } from "#run/alarm/plan.ts";

const NOW = 1_000_000;
const NOTHING = {
  now: NOW,
  effect: "none",
  timers: [],
  isProjectionDue: false,
  isProjecting: false,
  projectionRetryAt: 0,
  tracesDueAt: null,
} as const;

describe("the next alarm", () => {
  test.each([
    ["nothing is due", {}, null],
    ["an effect waits to be carried", { effect: "carry" }, NOW + 1],
    ["an effect is being performed", { effect: "live" }, NOW + 5_000],
    ["an effect waits for settings", { effect: "blocked" }, NOW + 30_000],
    ["D1 is behind", { isProjectionDue: true }, NOW + 25],
    [
      "D1 is behind, but an effect goes first",
      { isProjectionDue: true, effect: "live" },
      NOW + 5_000,
    ],
    ["D1 is being written to", { isProjectionDue: true, isProjecting: true }, NOW + 5_000],
    ["D1 does not answer", { isProjectionDue: true, projectionRetryAt: NOW + 900 }, NOW + 900],
    ["spans are to be sent", { tracesDueAt: 0 }, NOW + 25],
    [
      "spans are to be sent, but an effect goes first",
      { tracesDueAt: 0, effect: "live" },
      NOW + 5_000,
    ],
    ["the collector does not answer", { tracesDueAt: NOW + 900 }, NOW + 900],
    [
      "D1 and the collector do not answer",
      { isProjectionDue: true, projectionRetryAt: NOW + 500, tracesDueAt: NOW + 900 },
      NOW + 500,
    ],
    ["a timer is set", { timers: [NOW + 60_000] }, NOW + 60_000],
    ["a timer is overdue", { timers: [NOW - 5] }, NOW + 1],
    ["two timers are set", { timers: [NOW + 900, NOW + 70] }, NOW + 70],
    [
      "a timer is later than the projection",
      { timers: [NOW + 900], isProjectionDue: true },
      NOW + 25,
    ],
  ] as const)("when %s", (_what, due, expected) => {
    expect(nextAlarm({ ...NOTHING, ...due })).toBe(expected);
  });

  test.each([
    [1, 250],
    [2, 500],
    [5, 4_000],
    [30, 60_000],
  ])("for the projection after failure %i is %i ms later", (failures, expected) => {
    expect(projectionDelayMs(failures)).toBe(expected);
  });

  test.each([
    [1, 1_000],
    [2, 2_000],
    [9, 256_000],
    [10, 300_000],
    [30, 300_000],
  ])("for spans after failure %i is %i ms later", (failures, expected) => {
    expect(exportDelayMs(failures)).toBe(expected);
  });
});
