import { describe, expect, it } from "vitest";
import { CRITERIA } from "../support/exit-criteria.ts";
import { readDocument, sectionsOf } from "./document.ts";

describe("docs/exit-criteria.md", () => {
  const sections = sectionsOf(readDocument("docs/exit-criteria.md"), 2).filter(({ heading }) =>
    /^\d/.test(heading),
  );

  it("has the seven criteria that are run, in the same order", () => {
    expect(CRITERIA).toHaveLength(7);
    expect(sections.map(({ heading }) => heading)).toEqual(
      CRITERIA.map(({ title }, index) => `${index + 1}. ${title}`),
    );
  });

  it.each(CRITERIA.map(({ title, checks }, index) => ({ title, checks, index })))(
    "names the commands that show: $title",
    ({ checks, index }) => {
      const [, code = ""] = /```bash\n([\s\S]*?)\n```/.exec(sections[index]?.text ?? "") ?? [];
      expect(code.split("\n")).toEqual(checks.map(({ command }) => command));
    },
  );
});
