import { describe, expect, it } from "vitest";
import { LIMITS } from "#model/limits.ts";
import { parseRetryAfter } from "#model/retry-after.ts";

const NOW_MS = Date.UTC(2026, 10, 22, 16, 38, 1);

describe("Retry-After", () => {
  it.each<[string | undefined, number | null]>([
    [undefined, null],
    ["", null],
    ["0", 0],
    ["120", 120_000],
    [" 5 ", 5_000],
    ["-5", null],
    ["1.5", null],
    ["5 apples", null],
    ["Sun, 22 Nov 2026 16:38:31 GMT", 30_000],
    ["Sunday, 22-Nov-26 16:38:31 GMT", 30_000],
    ["Sun, 22 Nov 2026 16:37:00 GMT", 0],
    ["Sun, 99 Nov 2026 16:38:31 GMT", null],
    ["2026-11-22T16:38:31Z", null],
    ["86400", LIMITS.retryAfterMaxMs],
    ["86401", LIMITS.retryAfterMaxMs],
    ["999999999999999", LIMITS.retryAfterMaxMs],
    ["9999999999999999", null],
    ["Mon, 22 Nov 2038 16:38:31 GMT", LIMITS.retryAfterMaxMs],
  ])("of %j is %j ms", (header, ms) => {
    expect(parseRetryAfter(header, NOW_MS)).toBe(ms);
  });
});
