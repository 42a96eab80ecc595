import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DIAGNOSTIC_CODES } from "#workflow/codes.ts";
import { codes, FACTS, readYaml, withSteps } from "./reading.ts";

const PAGE = readFileSync(new URL("../../docs/diagnostics.md", import.meta.url), "utf8");

interface Section {
  code: string;
  text: string;
  examples: string[];
}

const SECTIONS: Section[] = PAGE.split(/^### /m)
  .slice(1)
  .map((part) => {
    const [code = "", ...rest] = part.split("\n");
    const text = rest.join("\n");
    const examples = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);
    return { code, text, examples };
  });

/** Codes whose examples would fill the page, or that stand for many. */
const WITHOUT_EXAMPLE = new Set([
  "yaml_too_large",
  "too_deep",
  "field_invalid",
  "json_schema_too_large",
  "more_diagnostics",
  // Known from what is stored, not from the text.
  "stored_by_earlier_release",
]);

/** An example is a list of steps, a whole workflow, or lines from its top. */
function whole(example: string): string {
  if (example.startsWith("- id:")) return withSteps(example);
  if (/^-|^steps:|^---$/m.test(example)) return example;
  const ask =
    "steps:\n  - id: ask\n    type: form\n    name: Ask\n    config: { fields: [{ key: topic, type: string, required: true }] }\n";
  const name = /^name:/m.test(example) ? "" : "name: Example\n";
  return `${example}${name}start_step: ask\n${ask}`;
}

const read = (example: string) => codes(readYaml(whole(example), { ...FACTS, id: "content_flow" }));

test("every code has a section, and every section a code", () => {
  expect(SECTIONS.map(({ code }) => code).toSorted()).toEqual([...DIAGNOSTIC_CODES].toSorted());
});

describe("the examples of the page", () => {
  test.each(SECTIONS.filter(({ code }) => !WITHOUT_EXAMPLE.has(code)))(
    "$code",
    ({ code, examples }) => {
      const [broken = "", mended = ""] = examples;

      expect(examples).toHaveLength(2);
      expect(read(broken)).toContain(code);
      expect(read(mended)).not.toContain(code);
    },
  );
});

test("every section says what the code means in words", () => {
  for (const { text } of SECTIONS) expect(text.trim().length).toBeGreaterThan(60);
});
