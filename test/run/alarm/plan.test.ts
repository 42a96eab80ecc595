import { describe, expect, test } from "vitest";
import { nextAlarm } from "#run/alarm/plan.ts";

const NOW = 1_000_000;
const NOTHING = {
  now: NOW,
  effect: "none",
  timers: [],
  sinks: [],
} as const;

/** A sink that does not fail. */
const BEHIND = { at: 0 };

describe("the next alarm", () => {
  test.each([
    ["nothing is due", {}, null],
    ["an effect waits to be carried", { effect: "carry" }, NOW + 1],
    ["an effect is being performed", { effect: "live" }, NOW + 5_000],
    ["an effect waits for settings", { effect: "blocked" }, NOW + 30_000],
    ["a sink is behind", { sinks: [BEHIND] }, NOW + 5_000],
    [
      "a sink is behind, but an effect goes first",
      { sinks: [BEHIND], effect: "live" },
      NOW + 5_000,
    ],
    ["a sink is behind, and the effect waits", { sinks: [BEHIND], effect: "blocked" }, NOW + 5_000],
    ["a sink does not answer", { sinks: [{ at: NOW + 9_000 }] }, NOW + 9_000],
    ["a sink is to be retried from memory", { sinks: [{ at: NOW + 900 }] }, NOW + 5_000],
    ["a sink was to be retried long ago", { sinks: [{ at: NOW - 900 }] }, NOW + 5_000],
    [
      "two sinks do not answer",
      {
        sinks: [{ at: NOW + 9_000 }, { at: NOW + 8_000 }],
      },
      NOW + 8_000,
    ],
    [
      "one sink does not answer, the other is behind",
      { sinks: [{ at: NOW + 9_000 }, BEHIND] },
      NOW + 5_000,
    ],
    ["a timer is set", { timers: [NOW + 60_000] }, NOW + 60_000],
    ["a timer is overdue", { timers: [NOW - 5] }, NOW + 1],
    ["two timers are set", { timers: [NOW + 900, NOW + 70] }, NOW + 70],
    ["a timer is later than a sink", { timers: [NOW + 9_000], sinks: [BEHIND] }, NOW + 5_000],
  ] as const)("when %s", (_what, due, expected) => {
    expect(nextAlarm({ ...NOTHING, ...due })).toBe(expected);
  });
});
