import { TooCostly, Work } from "#model/work.ts";
import { describe, expect, it } from "vitest";
import { samplePattern } from "#ai/mock/pattern.ts";
import { createRandom } from "#ai/mock/prng.ts";
import { compilePattern } from "#validation/pattern.ts";

describe("a sample of a pattern", () => {
  it.each([
    "^abc$",
    "^a.c$",
    "^[a-z]{2,5}$",
    "^[^a-z]$",
    "^[A-Za-z_][\\w-]*$",
    "^[-+]?\\d+(?:\\.\\d{1,2})?$",
    "^(?<year>20\\d{2})-(0[1-9]|1[0-2])$",
    "^#[0-9a-fA-F]{6}$",
    "^\\p{Lu}\\p{Ll}+$",
    "^\\u00e9\\x41\\t$",
    "^(a|b|)c{3}d*e+?$",
    "^[]a]$|^[a\\]]$",
    "^\\$\\d{1,3}(,\\d{3})*$",
    "^[\\d.]+$",
    "^((ab){2}){2}$",
    "\\bword\\b",
  ])("%j is accepted by the pattern", (source) => {
    const pattern = compilePattern(source);
    if (!pattern.ok) return;
    for (const stretch of [0, 3, 20]) {
      const sample = samplePattern(source, createRandom(source), stretch);
      expect(sample).not.toBeNull();
      expect(pattern.finds(sample ?? ""), sample ?? "").toBe(true);
    }
  });

  it("grows with the stretch", () => {
    const random = createRandom("x");
    expect(samplePattern("^a+$", random, 0)).toBe("a");
    expect(samplePattern("^a+$", random, 500)?.length).toBeGreaterThan(1);
    expect(samplePattern("^a{5000}$", random, 0)).toBeNull();
  });

  it.each(["(?i)a", "[[:alpha:]]", "\\p{Greek}", "\\Q.\\E", "(", ")"])(
    "%j is beyond it",
    (source) => {
      expect(samplePattern(source, createRandom("x"), 1)).toBeNull();
    },
  );

  it.each(["((((^*)*)*)*)*a", "(((){300}){300}){300}b", "((((a?)*)*)*)*", "(((((b|^)*)+)*)+)*$"])(
    "%j ends, although its texts are as good as endless",
    (source) => {
      const work = new Work(1_000_000);
      for (const stretch of [0, 20, 300]) samplePattern(source, createRandom("x"), stretch, work);
      expect(work.spent).toBeLessThan(30_000);
    },
  );

  it("ends where its budget does, and says on what", () => {
    const sample = () => samplePattern("((((a?)*)*)*)*", createRandom("x"), 300, new Work(100));
    expect(sample).toThrow(new TooCostly("mock"));
  });
});
