/** The bounds of what a problem lists and says. */
import { describe, expect, it } from "vitest";
import { boundErrors, cutText, detailOf } from "#http/problems/problem-errors.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import { LIMITS } from "#model/limits.ts";

const error = (message: string, pointer = "/a"): Diagnostic => ({ code: "x", message, pointer });
const many = (count: number) => Array.from({ length: count }, (_, index) => error(`M${index}.`));

describe("errors", () => {
  it.each([
    [0, 0, null],
    [200, 200, null],
    [201, 200, "2 more errors are not listed; fix these first."],
    [24_000, 200, "23801 more errors are not listed; fix these first."],
  ])("%i are listed as %i", (count, listed, last) => {
    const shown = boundErrors(many(count));
    expect(shown).toHaveLength(listed);
    if (last !== null)
      expect(shown.at(-1)).toEqual({ code: "more_diagnostics", message: last, pointer: "" });
  });

  it("are counted where only the first ones are at hand", () => {
    expect(boundErrors(many(2), 3).at(-1)?.message).toBe(
      "1 more error is not listed; fix these first.",
    );
    expect(boundErrors(many(200), 300)).toHaveLength(200);
  });

  it("have messages up to a length", () => {
    const [kept, cut] = boundErrors([
      error("m".repeat(LIMITS.problemMessageLength)),
      error("m".repeat(LIMITS.problemMessageLength + 1)),
    ]);
    expect(kept?.message).toHaveLength(LIMITS.problemMessageLength);
    expect(cut?.message).toBe(`${"m".repeat(LIMITS.problemMessageLength - 1)}…`);
  });

  it("take room together up to a length", () => {
    const rest = LIMITS.problemErrorsLength - "m".length;
    expect(boundErrors([error("m", "p".repeat(rest))])).toHaveLength(1);
    const beyond = boundErrors([error("m"), error("m", "p".repeat(rest))]);
    expect(beyond.map(({ code }) => code)).toEqual(["x", "more_diagnostics"]);
  });
});

describe("the detail", () => {
  it.each([
    [1, "M0."],
    [3, "M0. M1. M2."],
    [4, "M0. M1. M2. 1 more in errors."],
    [24_000, "M0. M1. M2. 23997 more in errors."],
  ])("of %i errors", (count, text) => {
    expect(detailOf(many(count))).toBe(text);
  });

  it("is cut beyond its length, and between two characters", () => {
    expect(cutText("abc", 3)).toBe("abc");
    expect(cutText("abcd", 3)).toBe("ab…");
    expect(cutText("a😀bc", 3).isWellFormed()).toBe(true);
  });
});
