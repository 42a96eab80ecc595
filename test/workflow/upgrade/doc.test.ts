/** docs/upgrading.md: its examples are true, and its table names every word of format 0.1. */
import { expect, test } from "vitest";
import { KINDS, FIELD_TYPE_NAMES } from "#workflow/upgrade/names.ts";
import { readDocument, sectionsOf } from "../../docs/document.ts";
import { lines, readYaml } from "../reading.ts";
import { mustUpgrade } from "./fixtures.ts";

const PAGE = readDocument("docs/upgrading.md");
const sections = new Map(sectionsOf(PAGE, 2).map(({ heading, text }) => [heading, text]));
const yamlIn = (heading: string): string[] =>
  [...(sections.get(heading) ?? "").matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);

test("the example becomes what the page says, which is a sound workflow", () => {
  const [before = "", after = ""] = yamlIn("An example");
  expect(mustUpgrade(before)).toBe(after);
  expect(lines(readYaml(after))).toEqual([]);
});

test("what has no counterpart is kept as the page says", () => {
  const [after = ""] = yamlIn("What has no counterpart");
  const before = `version: 0.1
name: A
start: collect
steps:
  collect:
    kind: form
    title: Brief
    colour: blue
    fields:
      - { name: topic, type: str, bold: true }
`;
  expect(mustUpgrade(before)).toContain(after);
});

test("the table names every kind and every type of field", () => {
  const table = sections.get("What becomes of what") ?? "";
  for (const [old, present] of [...KINDS, ...FIELD_TYPE_NAMES]) {
    expect(table).toContain(old);
    expect(table).toContain(`\`${present}\``.replace("`form`", "form"));
  }
});
