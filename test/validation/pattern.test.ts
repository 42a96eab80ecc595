import { describe, expect, it } from "vitest";
import { compilePattern, patternSize } from "#validation/pattern.ts";
import { timesFloor } from "../support/effort.ts";

function pattern(source: string) {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(`${source} ${compiled.message}`);
  return compiled;
}

describe("a user's regular expression", () => {
  it.each([
    // source, text, finds, matches whole
    ["a", "cat", true, false],
    ["^a", "cat", false, false],
    ["cat|dog", "dog", true, true],
    ["a|ab", "ab", true, true],
    ["^\\d{3}$", "123", true, true],
    ["^\\d{3}$", "1234", false, false],
    ["a$", "a\n", false, false],
    ["^.$", "😀", true, true],
    ["^\\p{Letter}+$", "Ünï", true, true],
    ["^\\p{Script=Greek}$", "λ", true, true],
    ["^[\\u00e0-\\u00ff]$", "é", true, true],
    ["(?<year>\\d{4})", "in 2026", true, false],
    ["\\\\p{Letter}", "\\p{Letter}", true, true],
    ["", "anything", true, false],
  ])("%j on %j: finds %j, matches whole %j", (source, text, finds, whole) => {
    expect(pattern(source).finds(text)).toBe(finds);
    expect(pattern(source).matchesWhole(text)).toBe(whole);
  });

  it.each([
    ["(", "is not a regular expression"],
    ["[z-a]", "is not a regular expression"],
    ["(?=a)b", "is not supported"],
    ["(?<!a)b", "is not supported"],
    ["(a)\\1", "is not supported"],
    ["(?<n>a)\\k<n>", "is not supported"],
    ["\\p{Nonsense}", "is not a regular expression"],
  ])("%j is refused: %s", (source, message) => {
    expect(compilePattern(source)).toEqual({
      ok: false,
      message: expect.stringContaining(message) as unknown,
    });
  });

  it("may be 500 characters long and no longer", () => {
    expect(compilePattern("a".repeat(500)).ok).toBe(true);
    expect(compilePattern("a".repeat(501))).toEqual({
      ok: false,
      message: "is longer than 500 characters",
    });
  });

  it("may repeat up to a size of 20,000 and no more", () => {
    const below = `${"x".repeat(13)}a{999}`;
    const above = `${"x".repeat(14)}a{999}`;
    expect(patternSize(below)).toBe(19_000);
    expect(patternSize(above)).toBe(20_000);
    expect(compilePattern(above).ok).toBe(true);
    expect(compilePattern(`${above}x`)).toEqual({
      ok: false,
      message: "repeats too much: its counted repetitions are too large",
    });
  });

  it("says that a longer text is more work", () => {
    const digits = pattern("^[0-9]{1,20}$");
    expect(digits.work("1".repeat(10_000))).toBeGreaterThan(digits.work("1"));
    expect(digits.work("")).toBe(1);
  });

  it.each(["^(a+)+$", "^(a|aa)+$", "^(.*)*$x", "(x+x+)+y"])(
    "%j takes linear time on the text that attacks it",
    (source) => {
      const effort = timesFloor(() => {
        pattern(source).finds(`${"a".repeat(28)}!`);
        pattern(source).matchesWhole(`${"a".repeat(50_000)}!`);
        pattern(source).finds("x".repeat(50_000));
      });
      expect(effort).toBeLessThan(50);
    },
  );

  it("compiles the same again after the cache was filled by others", () => {
    expect(pattern("^first$").finds("first")).toBe(true);
    for (let index = 0; index < 300; index += 1) compilePattern(`^filler${index}$`);
    expect(pattern("^first$").finds("first")).toBe(true);
    expect(compilePattern("(")).toMatchObject({ ok: false });
  });
});
