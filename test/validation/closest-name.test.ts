import { describe, expect, it } from "vitest";
import { closestName } from "../../src/validation/closest-name.ts";

const KNOWN = ["topic", "audience", "approvers", "id"];

describe("the closest name", () => {
  it.each([
    ["topc", "topic"],
    ["tpoic", "topic"],
    ["Topic", "topic"],
    ["audeince", "audience"],
    ["aprovers", "approvers"],
    ["di", "id"],
    ["subject", undefined],
    ["x", undefined],
    ["", undefined],
  ])("to %j is %j", (name, expected) => {
    expect(closestName(name, KNOWN)).toBe(expected);
  });

  it("is looked for up to 64 characters and no further", () => {
    expect(closestName(`${"a".repeat(63)}b`, ["a".repeat(64)])).toBe("a".repeat(64));
    expect(closestName(`${"a".repeat(64)}b`, ["a".repeat(64)])).toBeUndefined();
    expect(closestName("a".repeat(64), ["a".repeat(65)])).toBeUndefined();
  });
});
