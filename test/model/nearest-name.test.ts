import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance, nearestName } from "#model/nearest-name.ts";

describe("the nearest name", () => {
  test.each<[string, string[], string | null]>([
    ["aprovers", ["approvers", "quorum"], "approvers"],
    ["kidn", ["kind", "id"], "kind"],
    ["startStep", ["start_step", "static"], "start_step"],
    ["Max-Attempts", ["max_attempts"], "max_attempts"],
    ["POST", ["POST", "PUT"], null],
    ["post", ["POST", "PUT"], "POST"],
    ["xyz", ["form", "approval"], null],
    ["id", ["if"], null],
    ["ask", ["asks", "tasks"], "asks"],
    ["", ["a"], null],
    ["n".repeat(81), ["n".repeat(80)], null],
  ])("to %s among %j is %s", (name, among, nearest) => {
    expect(nearestName(name, among)).toBe(nearest);
  });
});

describe("the distance of two texts", () => {
  test.each([
    ["kitten", "sitting", 3],
    ["ab", "ba", 1],
    ["", "abc", 3],
    ["same", "same", 0],
  ])("%s and %s: %i", (left, right, distance) => {
    expect(editDistance(left, right, 99)).toBe(distance);
  });

  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });

  test("is the same both ways, and 0 only for equal texts", () => {
    fc.assert(
      fc.property(word, word, (left, right) => {
        expect(editDistance(left, right, 99)).toBe(editDistance(right, left, 99));
        expect(editDistance(left, right, 99) === 0).toBe(left === right);
      }),
    );
  });

  test("below a bound does not depend on the bound", () => {
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 5 }), (left, right, bound) => {
        const distance = editDistance(left, right, 99);
        const bounded = editDistance(left, right, bound);
        if (distance < bound) expect(bounded).toBe(distance);
        else expect(bounded).toBeGreaterThanOrEqual(bound);
      }),
    );
  });
});
