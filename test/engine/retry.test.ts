import { describe, expect, test } from "vitest";
import { retryDelayMs, unitInterval } from "#engine/retry.ts";
import { RETRY } from "../support/definitions.ts";

describe("the delay before the next attempt", () => {
  test.each([
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [6, 16_000],
    [7, 30_000],
    [60, 30_000],
  ])("doubles up to the most: after failure %i it is %i ms", (failures, expected) => {
    expect(retryDelayMs(RETRY, failures, "run/step/1")).toBe(expected);
  });

  test("stays the same with a fixed backoff", () => {
    expect(retryDelayMs({ ...RETRY, backoff: "fixed" }, 5, "run/step/1")).toBe(500);
  });

  test("is at least what the server asked for, and at most a day of it", () => {
    expect(retryDelayMs(RETRY, 1, "run/step/1", 7_000)).toBe(7_000);
    expect(retryDelayMs(RETRY, 1, "run/step/1", 10)).toBe(500);
    expect(retryDelayMs(RETRY, 1, "run/step/1", 99 * 24 * 3600 * 1000)).toBe(86_400_000);
  });

  test("with jitter lies between half and all of it, and is the same for the same attempt", () => {
    const policy = { ...RETRY, jitter: true };
    const delays = Array.from({ length: 200 }, (_, index) =>
      retryDelayMs(policy, 1, `run/step/${index}`),
    );
    // Both ends are reached: 200 draws leave less than a fiftieth of the range open.
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(250);
    expect(Math.min(...delays)).toBeLessThan(260);
    expect(Math.max(...delays)).toBeLessThanOrEqual(500);
    expect(Math.max(...delays)).toBeGreaterThan(490);
    expect(new Set(delays).size).toBeGreaterThan(100);
    expect(retryDelayMs(policy, 1, "run/step/3")).toBe(delays[3]);
  });

  test("draws by every character, the first and the last too", () => {
    const drawn = ["run/step/1", "bun/step/1", "run/step/2", "r", "b"].map(unitInterval);
    expect(new Set(drawn).size).toBe(5);
  });

  test("draws evenly", () => {
    const drawn = Array.from({ length: 10_000 }, (_, index) => unitInterval(`run_${index}/s/1`));
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    expect(mean).toBeGreaterThan(0.48);
    expect(mean).toBeLessThan(0.52);
  });
});
