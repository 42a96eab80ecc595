import { describe, expect, test } from "vitest";
import type { JsonValue } from "#model/json.ts";
import { leastCpuMs, timesFloor } from "../support/effort.ts";
import { readJson, readYaml } from "./reading.ts";

const fill = (length: number, make: (index: number) => string): string => {
  const parts: string[] = [];
  for (let size = 0; size < length;) {
    const part = make(parts.length);
    size += part.length;
    parts.push(part);
  }
  return parts.join("");
};

const HEAD = "name: Hostile\nstart_step: s0\nsteps:\n";

/** Texts of about a given length that make naive readers slow, or larger than they look. */
const TEXTS: Record<string, (length: number) => string> = {
  "a flow map of many keys": (n) => `{${fill(n, (i) => `k${i}: 1, `)}}`,
  "a block map of many keys": (n) => fill(n, (i) => `k${i}: 1\n`),
  "the same key again and again": (n) =>
    `${"# long\n".repeat(n / 14)}${fill(n / 2, () => "a: 1\n")}`,
  "open brackets": (n) => "[".repeat(n),
  "open braces": (n) => "{a: ".repeat(n / 4),
  "closing brackets": (n) => "]".repeat(n),
  commas: (n) => `[${",".repeat(n)}`,
  dashes: (n) => "- ".repeat(n / 2),
  "question marks": (n) => "? ".repeat(n / 2),
  "quotes that are never closed": (n) => fill(n, (i) => `a${i}: "x\n`),
  anchors: (n) => "&a ".repeat(n / 3),
  tags: (n) => "!a ".repeat(n / 3),
  documents: (n) => "---\n".repeat(n / 4),
  "many aliases": (n) => `- &a x\n${"- *a\n".repeat(n / 5)}`,
  "a bomb of aliases": (n) =>
    `a0: &a0 [x, x]\n${fill(n, (i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`)}`,
  "empty steps": (n) => HEAD + fill(n, () => "  - {}\n"),
  "steps in a ring": (n) => {
    const ring = (i: number, to: number) =>
      `  - {id: s${i}, type: conditional, name: N, config: {when: a, then: s${to}}}\n`;
    const count = Math.floor(n / 75);
    return HEAD + Array.from({ length: count }, (_, i) => ring(i, (i + 1) % count)).join("");
  },
  "names that are nearly others": (n) =>
    `${HEAD}  - {id: s0, type: form, name: F, next: s1, config: {fields: [\n${fill(n / 2, (i) => `    {key: topic_${i}, type: text, required: true},\n`)}    ]}}\n` +
    `  - {id: s1, type: ai_generate, name: A, config: {template_id: content_v1, json_schema: true, variables: [\n${fill(n / 2, (i) => `    toqic_${i},\n`)}    ]}}\n`,
  "unknown targets": (n) =>
    HEAD + fill(n, (i) => `  - {id: s${i}, type: form, name: F, next: t${i}}\n`),
  "regular expressions": (n) =>
    `${HEAD}  - {id: s0, type: form, name: F, config: {fields: [\n${fill(n, (i) => `    {key: f${i}, type: text, required: true, pattern: "(a{1,30}){1,30}${i}"},\n`)}    ]}}\n`,
  placeholders: (n) =>
    `${HEAD}  - {id: s0, type: api_call, name: C, config: {method: POST, url: "https://a.example.com", body: [\n${fill(n, (i) => `    "{{a${i}}} {{b",\n`)}    ]}}\n`,
  "one long key over many values": (n) =>
    `? ${"k".repeat(n / 2)}\n: [${".nan, ".repeat(n / 12)}]\n`,
};

describe("time grows with the text, not with its square", () => {
  // Four times the text takes four times as long, sixteen times if the work were quadratic.
  const LARGEST_GROWTH = 11;
  const LEAST_MS = 8;

  test.each(Object.entries(TEXTS))("%s", (_, make) => {
    const [small, large] = [make(15_000), make(60_000)];
    expect(readYaml(large).diagnostics.length).toBeGreaterThan(0);
    const before = leastCpuMs(3, () => readYaml(small));
    const after = leastCpuMs(3, () => readYaml(large));

    expect(after / Math.max(before, LEAST_MS)).toBeLessThan(LARGEST_GROWTH);
  });
});

test("a workflow of 500 steps with branches and names is read in no time", () => {
  const steps = Array.from({ length: 500 }, (_, i): JsonValue => ({
    id: `s${i}`,
    type: "conditional",
    name: "Step",
    config: {
      when: `steps.s${Math.max(0, i - 7)}.output.result or steps.s${i % 100}.output.result`,
      then: i < 499 ? `s${i + 1}` : null,
      else: i < 498 ? `s${i + 2}` : null,
    },
  }));
  const workflow = { name: "Long", start_step: "s0", steps };

  expect(readJson(workflow).definition).not.toBeNull();
  expect(timesFloor(() => void readJson(workflow))).toBeLessThan(100);
});

test("a list that is nested as deep as the text is long is refused, not overflowed", () => {
  for (const open of ["[", "{a: ", "- ", "? ", "[{"]) {
    const text = open.repeat(60_000 / open.length);
    expect(readYaml(text).diagnostics.map(({ code }) => code)).toEqual(["too_deep"]);
  }
});

test("JSON that is nested beyond all measure is refused, not overflowed", () => {
  let value: JsonValue = 1;
  for (let i = 0; i < 100_000; i += 1) value = [value];

  expect(readJson(value).diagnostics.map(({ code }) => code)).toEqual(["too_deep"]);
});
