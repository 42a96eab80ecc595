/** Requests in a sliding window, in one isolate and in several. */
import { assert, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_KEYS, RateCounter } from "#metering/rate-counter.ts";
import { rolled, usageOf, windowAt } from "#metering/window.ts";
import type { CountedRequests, WindowCounts } from "#model/meter-rpc.ts";
import type { RatePolicy } from "#model/rate-policy.ts";

const POLICY: RatePolicy = { name: "principal", quota: 5, windowS: 10 };
/** The beginning of a window. */
const START = 1_795_339_800_000;

function allowed(counter: RateCounter, key: string, times: number, nowMs: number): number {
  return Array.from({ length: times }, () => counter.take(POLICY, key, nowMs)).filter(
    ({ isAllowed }) => isAllowed,
  ).length;
}

describe("a limit of 5 in 10 s", () => {
  test("lets the fifth request pass, and refuses the sixth", () => {
    const counter = new RateCounter();
    const verdicts = Array.from({ length: 6 }, () => counter.take(POLICY, "a", START));
    expect(verdicts.map(({ isAllowed, remaining }) => [isAllowed, remaining])).toEqual([
      [true, 4],
      [true, 3],
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
    ]);
    expect(verdicts[5]).toMatchObject({ resetS: 10, retryAfterS: 11 });
  });

  test("is each principal's own", () => {
    const counter = new RateCounter();
    expect(allowed(counter, "a", 100, START)).toBe(5);
    expect(allowed(counter, "b", 100, START)).toBe(5);
    expect(counter.take({ ...POLICY, name: "address" }, "a", START).isAllowed).toBe(true);
  });

  test("recovers", () => {
    const counter = new RateCounter();
    expect(allowed(counter, "a", 100, START)).toBe(5);
    expect(allowed(counter, "a", 100, START + 9_999)).toBe(0);
    // Four fifths of the window before still count.
    expect(allowed(counter, "a", 100, START + 12_000)).toBe(1);
    expect(allowed(counter, "a", 100, START + 40_000)).toBe(5);
  });

  test("is not passed twice around the end of a window", () => {
    const counter = new RateCounter();
    expect(allowed(counter, "a", 100, START + 9_900)).toBe(5);
    expect(allowed(counter, "a", 100, START + 10_000)).toBe(0);
    expect(allowed(counter, "a", 100, START + 10_100)).toBe(1);
  });

  test("lets a caller pass who waited as long as it was told, and no sooner", () => {
    assert(
      property(
        integer({ min: 0, max: 30 }),
        integer({ min: 0, max: 30 }),
        integer({ min: 0, max: 9_999 }),
        (previous, current, elapsedMs) => {
          const window = windowAt(START, POLICY);
          const counts: WindowCounts = { window, current, previous };
          const now = START + elapsedMs;
          const { remaining, retryAfterS } = usageOf(counts, now, POLICY);
          expect(remaining === 0).toBe(retryAfterS > 0);
          const then = now + retryAfterS * 1000;
          const later = rolled(counts, windowAt(then, POLICY));
          expect(usageOf(later, then, POLICY).remaining).toBeGreaterThan(0);
          if (retryAfterS < 2) return;
          const sooner = then - 1_000;
          const before = rolled(counts, windowAt(sooner, POLICY));
          expect(usageOf(before, sooner - 1, POLICY).remaining).toBe(0);
        },
      ),
    );
  });

  test("counts no request that it refuses", () => {
    const counter = new RateCounter();
    expect(allowed(counter, "a", 1_000, START)).toBe(5);
    expect(counter.take(POLICY, "a", START).retryAfterS).toBe(11);
  });
});

describe("two isolates", () => {
  /** What a meter does, without its object. */
  function meter() {
    let counts: WindowCounts | null = null;
    return ({ window, count }: CountedRequests): WindowCounts => {
      counts = { ...rolled(counts ?? { window, current: 0, previous: 0 }, window) };
      counts.current += count;
      return { ...counts };
    };
  }

  test("let pass hardly more than one", () => {
    const policy = { ...POLICY, quota: 1_000 };
    const count = meter();
    const isolates = [new RateCounter(), new RateCounter(), new RateCounter()];
    let passed = 0;
    for (let each = 0; each < 5_000; each++) {
      const counter = isolates[each % 3];
      if (!counter?.take(policy, "a", START).isAllowed) continue;
      passed += 1;
      const report = counter.report(policy, "a");
      if (report) counter.share(policy, "a", count(report));
    }
    expect(passed).toBeGreaterThanOrEqual(1_000);
    expect(passed).toBeLessThanOrEqual(1_000 + 3 * 20);
  });

  test("report nothing of a caller who asks seldom", () => {
    const policy = { ...POLICY, quota: 1_000 };
    const counter = new RateCounter();
    for (let each = 0; each < 19; each++) counter.take(policy, "a", START);
    expect(counter.report(policy, "a")).toBeNull();
    counter.take(policy, "a", START);
    const window = windowAt(START, policy);
    expect(counter.report(policy, "a")).toEqual({ policy: "principal", window, count: 20 });
    expect(counter.report(policy, "a")).toBeNull();
  });

  test("whose clocks differ do not mix up their windows", () => {
    const counter = new RateCounter();
    counter.take(POLICY, "a", START);
    const window = windowAt(START, POLICY);
    counter.share(POLICY, "a", { window: window + 1, current: 5, previous: 5 });
    expect(counter.take(POLICY, "a", START).isAllowed).toBe(true);
    counter.share(POLICY, "a", { window: window - 1, current: 5, previous: 0 });
    expect(counter.look(POLICY, "a", START).isAllowed).toBe(false);
    expect(counter.look(POLICY, "a", START + 30_000).isAllowed).toBe(true);
  });
});

test("memory is bounded: the key that was used least recently is forgotten", () => {
  const counter = new RateCounter();
  for (let each = 0; each < 5; each++) counter.take(POLICY, "busy", START);
  for (let each = 0; each < 3 * MAX_KEYS; each++) {
    counter.take(POLICY, `address-${each}`, START);
    if (each % 1_000 === 0) counter.take(POLICY, "busy", START);
  }
  expect(counter.size).toBe(MAX_KEYS);
  expect(counter.look(POLICY, "busy", START).isAllowed).toBe(false);
});
