import { describe, expect, it } from "vitest";
import { PROBLEMS } from "#model/problem.ts";
import { readDocument, sectionsOf } from "./document.ts";

const sections = sectionsOf(readDocument("docs/problems.md"), 2);

describe("docs/problems.md", () => {
  it("has a section for each problem that the service can answer with, in the same order", () => {
    expect(sections.map(({ heading }) => heading)).toEqual(Object.keys(PROBLEMS));
  });

  it.each(sections)(
    "documents for $heading the status that the service sends",
    ({ heading, text }) => {
      const status = /^Status: (\d{3})$/m.exec(text)?.[1];
      const known: Record<string, { status: number }> = PROBLEMS;
      expect(Number(status)).toBe(known[heading]?.status);
    },
  );

  it.each(sections)("says of $heading when it comes and what to do", ({ text }) => {
    expect(text).toMatch(/^When: \S/m);
    expect(text).toMatch(/^Do: \S/m);
  });
});
