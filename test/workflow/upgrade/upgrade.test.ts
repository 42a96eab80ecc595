/** From format 0.1 to 0.2: every fixture, byte for byte, and what holds for all of them. */
import { describe, expect, test } from "vitest";
import { upgradeWorkflow } from "#workflow/upgrade/upgrade.ts";
import { codes, readYaml } from "../reading.ts";
import { lineOf, mustUpgrade, UPGRADE_FIXTURES } from "./fixtures.ts";
import { leastCpuMs } from "../../support/effort.ts";

const upgraded = UPGRADE_FIXTURES.filter(({ after }) => after !== null);
const complete = upgraded.filter(({ report }) => report.length === 0);
const lost = upgraded.filter(({ report }) => report.length > 0);
const refused = UPGRADE_FIXTURES.filter(({ name }) => name.startsWith("refused-"));
const current = UPGRADE_FIXTURES.filter(({ name }) => name.startsWith("current"));

test("every fixture is of one of the four sorts", () => {
  const sorted = [...complete, ...lost, ...refused, ...current].map(({ name }) => name);
  expect(sorted.toSorted()).toEqual(UPGRADE_FIXTURES.map(({ name }) => name));
  expect(lost.every(({ name }) => name.startsWith("lost-"))).toBe(true);
  expect(complete.length).toBeGreaterThanOrEqual(20);
});

describe("a file of format 0.1", () => {
  test.each(complete)("$name is brought over without a loss", ({ before, after }) => {
    const result = upgradeWorkflow(before);
    expect(result).toMatchObject({ outcome: "upgraded", text: after, unmapped: [] });
  });

  test.each(complete)("$name is a sound workflow then", ({ after }) => {
    const { definition, diagnostics } = readYaml(after ?? "", { allowHttpHosts: [] });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(definition).not.toBeNull();
  });

  test.each(upgraded)("$name is left alone when it is upgraded once more", ({ before }) => {
    expect(upgradeWorkflow(mustUpgrade(before))).toEqual({ outcome: "current" });
  });

  test.each(lost)(
    "$name loses nothing without a word, and keeps it",
    ({ before, after, report }) => {
      const result = upgradeWorkflow(before);
      if (result.outcome !== "upgraded") throw new Error(result.outcome);
      expect(result.unmapped.map(lineOf)).toEqual(report);
      expect(result.text).toBe(after);
    },
  );

  test.each(refused)("$name cannot be upgraded, even with force", (fixture) => {
    const result = upgradeWorkflow(fixture.before);
    if (result.outcome !== "refused") throw new Error(result.outcome);
    expect(result.diagnostics.map(lineOf)).toEqual(fixture.report);
  });

  test.each(current)("$name needs no upgrade", ({ before }) => {
    expect(upgradeWorkflow(before)).toEqual({ outcome: "current" });
  });
});

describe("the messages", () => {
  const STEP = "version: 0.1\nname: A\nstart: a\nsteps:\n  a:\n    kind: http\n    title: A\n";
  test.each([
    [
      "version: 3\nstart: a\nsteps: {}\n",
      "This workflow is of version 3, which this program does not know; it upgrades 0.1 to 0.2.",
    ],
    [
      'schema_version: "1.0.0"\n',
      "This workflow is of version 1.0.0, which this program does not know; it upgrades 0.1 to 0.2.",
    ],
    [`${STEP}    timeout: 30\n`, '"30" is not a duration such as 30s, 500ms, 2m or 1m30s.'],
    [
      `${STEP}    timeuot: 30s\n`,
      '"timeuot" is not a key of format 0.1 here and has no counterpart. Did you mean "timeout"?',
    ],
    [
      `${STEP}    next: b\n`,
      '"next" is a key of format 0.2; in a file of 0.1 it is called "goto".',
    ],
    [
      `${STEP}    name: B\n`,
      '"name" is a key of format 0.2; in a file of 0.1 it is called "title".',
    ],
    [
      `${STEP}    verb: {}\n    endpoint: "{{ctx}}"\n`,
      '"ctx" has a counterpart only as ctx["runtime"], ctx["profile"] or ctx["static"], each with a name in quotes.',
    ],
    [
      STEP.replace("http", "https"),
      '"https" is not a kind of step; its settings have no counterpart either. Did you mean "http"?',
    ],
    [
      "version: 0.1\ntitle: A\nname: B\n",
      '"title" and "name" both become "name"; only one of them can.',
    ],
  ])("of %j", (text, message) => {
    const result = upgradeWorkflow(text);
    if (result.outcome === "current") throw new Error("no message");
    const found = result.outcome === "upgraded" ? result.unmapped : result.diagnostics;
    expect(found.map((one) => one.message)).toEqual([message]);
  });

  test("steps that had no title are named", () => {
    const text =
      "version: 0.1\nname: A\nstart: a\nsteps:\n  a: { kind: form }\n  b: { kind: form, title: B }\n";
    expect(upgradeWorkflow(text)).toMatchObject({ unnamed: ["a"] });
  });
});

describe("hostile texts", () => {
  const head = "version: 0.1\nname: Hostile\nstart: a\nsteps:\n";
  const times = (count: number, make: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => make(index)).join("");

  test.each<[string, string, string[]]>([
    ["too large by one byte", head.padEnd(64 * 1024 + 1, "#"), ["yaml_too_large"]],
    ["nested too deeply", `${head}  a: ${"[".repeat(70)}${"]".repeat(70)}\n`, ["too_deep"]],
    ["open brackets", "[".repeat(60_000), ["too_deep"]],
    [
      "a bomb of aliases",
      `a: &a [x]\nb: [${"*a ,".repeat(1000)}]\n`,
      ["yaml_alias", "more_diagnostics"],
    ],
    ["a key of the prototype", `${head}  __proto__: { kind: form }\n`, ["forbidden_key"]],
    ["two documents", `${head}  a: { kind: form }\n---\nb: 1\n`, ["yaml_multiple_documents"]],
    ["nothing at all", "", ["not_a_workflow"]],
  ])("%s", (_what, text, expected) => {
    const result = upgradeWorkflow(text);
    if (result.outcome !== "refused") throw new Error(result.outcome);
    expect([...new Set(result.diagnostics.map(({ code }) => code))]).toEqual(expected);
  });

  test("as large as it may be, but larger than it may be once it is upgraded", () => {
    const field = (i: number) => `      - { name: f${i}, type: str }\n`;
    const text = `${head}  a:\n    kind: form\n    title: A\n    fields:\n${times(1800, field)}`;
    const result = mustUpgrade(text.padEnd(64 * 1024, "#"));
    expect(codes(readYaml(result))).toEqual(["yaml_too_large"]);
  });

  test.each<[string, (n: number) => string]>([
    [
      "many steps",
      (n) =>
        head +
        times(
          n / 90,
          (i) =>
            `  s${i}:\n    kind: if\n    condition: ctx["runtime"]["inputs"]["x"] == ${i}\n    if_true: s0\n`,
        ),
    ],
    [
      "many fields",
      (n) =>
        `${head}  a:\n    kind: form\n    fields:\n${times(n / 32, (i) => `      - { name: f${i}, type: str }\n`)}`,
    ],
    [
      "many unknown keys",
      (n) => head + times(n / 30, (i) => `  s${i}: { kind: form, k${i}: 1 }\n`),
    ],
    [
      "many comments",
      (n) => `${head}  a:\n    kind: form\n${"      # one more\n".repeat(n / 17)}    title: A\n`,
    ],
    [
      "many keys in one line",
      (n) => `${head}  a: { kind: form, ${times(n / 8, (i) => `k${i}: 1, `)} }\n`,
    ],
    [
      "a long expression",
      (n) => `${head}  a: { kind: if, condition: '${"ctx[".repeat(n / 5)}' }\n`,
    ],
  ])("time grows with the text, not with its square: %s", (_what, make) => {
    const [small, large] = [make(15_000), make(60_000)];
    const before = leastCpuMs(3, () => upgradeWorkflow(small));
    const after = leastCpuMs(3, () => upgradeWorkflow(large));

    // Four times the text takes four times as long, sixteen times if the work were quadratic.
    expect(after / Math.max(before, 8)).toBeLessThan(11);
  });
});
