import { describe, expect, it } from "vitest";
import { durationWords, remainingWords } from "#console/components/time-words.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("a duration", () => {
  it.each([
    [-5, "0 ms"],
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1 s"],
    [2540, "2.5 s"],
    [9949, "9.9 s"],
    [10_400, "10 s"],
    [59_999, "59 s"],
    [MINUTE, "1 min"],
    [4 * MINUTE + 2000, "4 min 2 s"],
    [3 * HOUR + 20 * MINUTE, "3 h 20 min"],
    [2 * DAY + 4 * HOUR, "2 d 4 h"],
  ])("of %d ms is %s", (ms, words) => expect(durationWords(ms)).toBe(words));
});

describe("what remains", () => {
  it.each([
    [59_999, "in less than a minute"],
    [MINUTE, "in 1 minute"],
    [HOUR - 1, "in 59 minutes"],
    [HOUR, "in 1 hour"],
    [2 * DAY - 1, "in 47 hours"],
    [3 * DAY - 1, "in 2 days"],
  ])("of %d ms is %s", (ms, words) => expect(remainingWords(ms)).toBe(words));
});
