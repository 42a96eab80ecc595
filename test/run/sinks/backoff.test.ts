import { expect, test } from "vitest";
import { backoffMs } from "#run/sinks/backoff.ts";

test.each([
  ["the projection", { firstMs: 250, longestMs: 60_000 }, 1, 250],
  ["the projection", { firstMs: 250, longestMs: 60_000 }, 2, 500],
  ["the projection", { firstMs: 250, longestMs: 60_000 }, 5, 4_000],
  ["the projection", { firstMs: 250, longestMs: 60_000 }, 30, 60_000],
  ["spans", { firstMs: 1_000, longestMs: 300_000 }, 1, 1_000],
  ["spans", { firstMs: 1_000, longestMs: 300_000 }, 2, 2_000],
  ["spans", { firstMs: 1_000, longestMs: 300_000 }, 9, 256_000],
  ["spans", { firstMs: 1_000, longestMs: 300_000 }, 10, 300_000],
  ["spans", { firstMs: 1_000, longestMs: 300_000 }, 30, 300_000],
  ["a receiver that fails for years", { firstMs: 250, longestMs: 60_000 }, 5_000, 60_000],
])(
  "for %s (%o), failure %i is followed by a pause of %i ms",
  (_what, backoff, failures, expected) => {
    expect(backoffMs(backoff, failures)).toBe(expected);
  },
);

test.each([
  [0, 1_000],
  [0.5, 875],
  [0.999, 750],
])("where the draw is %d the pause of a second is %i ms", (random, expected) => {
  expect(backoffMs({ firstMs: 1_000, longestMs: 60_000 }, 1, random)).toBe(expected);
});
