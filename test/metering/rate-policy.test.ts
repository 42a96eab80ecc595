/** The setting RATE_LIMITS: what it may say, and what holds where it says nothing. */
import { describe, expect, test } from "vitest";
import { parseRatePolicies, RATE_POLICY_NAMES } from "#model/rate-policy.ts";

function read(text: string) {
  const result = parseRatePolicies(text, "production");
  return result.ok ? result.value : result.error;
}

describe("RATE_LIMITS", () => {
  test("says nothing: there are limits, in production smaller ones", () => {
    const production = parseRatePolicies("", "production");
    const development = parseRatePolicies("", "development");
    if (!production.ok || !development.ok) throw new Error("no defaults");
    for (const name of RATE_POLICY_NAMES) {
      const there = production.value[name]?.quota ?? 0;
      expect(there).toBeGreaterThan(0);
      expect(development.value[name]?.quota).toBeGreaterThan(there);
    }
  });

  test.each([
    ["principal=5/10", { principal: { name: "principal", quota: 5, windowS: 10 } }],
    [" address=1/1 , sign-in=2/60 ", { "sign-in": { name: "sign-in", quota: 2, windowS: 60 } }],
    ["sign-in=off", { "sign-in": null }],
    ["off", { principal: null, address: null, page: null, "sign-in": null }],
    ["page=off", { page: null }],
  ])("%s", (text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  test.each([
    "principal",
    "principal=",
    "principal=5",
    "principal=0/60",
    "principal=-1/60",
    "principal=5/0",
    "principal=5/61",
    "principal=1.5/60",
    "principal=5/60s",
    "user=5/60",
    "Principal=5/60",
    "principal=5/60;address=5/60",
    "off,principal=5/60",
    "__proto__=5/60",
    "principal=9999999999/60",
  ])("%s is refused with its form", (text) => {
    expect(read(text)).toContain('must be "off", or pairs like principal=3000/60');
  });
});
