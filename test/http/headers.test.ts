import { describe, expect, test } from "vitest";
import { fingerprint, idempotencyKey } from "#http/idempotency/key.ts";
import { waitPreference } from "#http/executions/preferences.ts";

describe("Prefer", () => {
  test.each([
    [undefined, 10_000, null],
    ["", 10_000, null],
    ["wait=5", 5_000, "wait=5"],
    ["wait=0", 0, "wait=0"],
    ["wait=600", 60_000, "wait=60"],
    ["Respond-Async", 0, "respond-async"],
    ["respond-async, wait=5", 0, "respond-async"],
    ["handling=lenient, wait=2", 2_000, "wait=2"],
    ["wait=-1", 10_000, null],
    ["wait=soon", 10_000, null],
  ])("%s waits %i ms", (header, waitMs, applied) => {
    expect(waitPreference(header, 10_000)).toEqual({ waitMs, applied });
  });
});

describe("an idempotency key", () => {
  test.each([
    [undefined, undefined, null],
    ["a", undefined, "a"],
    [undefined, "b", "b"],
    ["a", "a", "a"],
    ["k".repeat(255), undefined, "k".repeat(255)],
  ])("header %s and body %s", (header, body, expected) => {
    expect(idempotencyKey(header, body)).toBe(expected);
  });

  test.each([["k".repeat(256)], ["ä"], [""], ["a\tb"]])("refuses %j", (header) => {
    expect(() => idempotencyKey(header, undefined)).toThrow(/1 to 255 printable ASCII/);
  });

  test("refuses a header and a body that differ", () => {
    expect(() => idempotencyKey("a", "b")).toThrow(/differ/);
  });
});

describe("the fingerprint of a body", () => {
  test("does not depend on the order of keys, but on everything else", async () => {
    const base = await fingerprint({ a: 1, b: { c: [1, 2], d: null } });
    expect(await fingerprint({ b: { d: null, c: [1, 2] }, a: 1 })).toBe(base);
    expect(await fingerprint({ b: { d: null, c: [2, 1] }, a: 1 })).not.toBe(base);
    expect(await fingerprint({ b: { c: [1, 2] }, a: 1 })).not.toBe(base);
    expect(await fingerprint({ b: { d: null, c: [1, 2] }, a: "1" })).not.toBe(base);
  });
});
