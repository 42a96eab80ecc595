import { expect, test } from "vitest";
import { exactTime, timeText } from "#console/app/time-text.ts";

const NOW = Date.parse("2026-11-22T12:00:00.000Z");

test.each([
  ["2026-11-22T12:00:00.000Z", "just now"],
  ["2026-11-22T11:59:01.000Z", "just now"],
  // A clock that is a little ahead of ours.
  ["2026-11-22T12:00:40.000Z", "just now"],
  ["2026-11-22T11:59:00.000Z", "1 minute ago"],
  ["2026-11-22T11:00:01.000Z", "59 minutes ago"],
  ["2026-11-22T11:00:00.000Z", "1 hour ago"],
  ["2026-11-21T12:00:01.000Z", "23 hours ago"],
  ["2026-11-21T12:00:00.000Z", "yesterday"],
  ["2026-11-15T12:00:01.000Z", "6 days ago"],
  ["2026-11-22T12:05:30.000Z", "in 5 minutes"],
])("%s is %s", (at, text) => {
  expect(timeText(at, NOW)).toBe(text);
});

test("what is a week away or more is shown by its date", () => {
  const at = "2026-11-15T12:00:00.000Z";
  expect(timeText(at, NOW)).toBe(exactTime(at));
  expect(exactTime(at)).toMatch(/2026/);
});
