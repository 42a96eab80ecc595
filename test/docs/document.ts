/** Reads documents of this repository for the tests beside it. Knows Markdown as far as they need. */
import { readFileSync } from "node:fs";

export function readDocument(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

interface Section {
  heading: string;
  /** What stands below the heading, up to the next one of any level. */
  text: string;
}

/** The sections under headings of a level, 2 for `##`. Headings inside fenced code do not count. */
export function sectionsOf(markdown: string, level: number): Section[] {
  const sections: Section[] = [];
  let isOpen = false;
  let isCode = false;
  for (const line of markdown.split("\n")) {
    if (line.startsWith("```")) isCode = !isCode;
    const [, marks = "", heading = ""] = isCode ? [] : (/^(#+) (.+)$/.exec(line) ?? []);
    if (marks === "") {
      const last = sections.at(-1);
      if (isOpen && last) last.text += `${line}\n`;
      continue;
    }
    isOpen = marks.length === level;
    if (isOpen) sections.push({ heading, text: "" });
  }
  return sections;
}

/** The content of the first column of a table, without its back-ticks. */
export function firstColumn(markdown: string): string[] {
  return [...markdown.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = ""]) => name);
}
