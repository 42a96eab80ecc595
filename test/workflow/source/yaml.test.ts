import { describe, expect, test } from "vitest";
import type { JsonValue } from "#model/json.ts";
import type { Finding } from "#workflow/findings.ts";
import { readYaml } from "#workflow/source/yaml.ts";

function read(text: string): { value: JsonValue | undefined; findings: Finding[] } {
  const findings: Finding[] = [];
  const { value } = readYaml(text, (finding) => findings.push(finding));
  return { value, findings };
}

describe("values are those of YAML 1.2, and what JSON can hold", () => {
  test.each<[string, JsonValue]>([
    ["2026-01-31", "2026-01-31"],
    ["2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"],
    ["yes", "yes"],
    ["No", "No"],
    ["on", "on"],
    ["true", true],
    ["False", false],
    ["null", null],
    ["~", null],
    ["", null],
    ["12", 12],
    ["012", 12],
    ["0o17", 15],
    ["0x1F", 31],
    ["1_000", "1_000"],
    ["1.50", 1.5],
    ["1e3", 1000],
    ["-0", 0],
    ["12:30:45", "12:30:45"],
    ["1.2.3", "1.2.3"],
    ['"12"', "12"],
    ["'true'", "true"],
    ["a # b", "a"],
    ["a#b", "a#b"],
    ["[a, [1, 2], { b: c }]", ["a", [1, 2], { b: "c" }]],
    ["{ a, b: }", { a: null, b: null }],
    ["[a: 1]", [{ a: 1 }]],
    ["|\n  one\n  two\n", "one\ntwo\n"],
    [">-\n  one\n  two\n", "one two"],
  ])("%j", (written, value) => {
    expect(read(`key: ${written}`)).toEqual({ value: { key: value }, findings: [] });
  });
});

describe("keys are text", () => {
  test.each(["on", "yes", "a b", '"404"', "'null'", "é", "constructor", "toString"])(
    "%s",
    (written) => {
      const key = written.replaceAll(/["']/g, "");

      expect(read(`${written}: 1`)).toEqual({ value: { [key]: 1 }, findings: [] });
    },
  );

  test.each(["404", "true", "null", "1.5", "[a]", "{ a: b }", "~"])("%s is not", (written) => {
    expect(read(`? ${written}\n: 1`).findings.map(({ code }) => code)).toEqual(["yaml_key"]);
  });
});

test("of a duplicate key the first counts", () => {
  const { value, findings } = read("a: 1\nb: 2\na: 3\n");

  expect(value).toEqual({ a: 1, b: 2 });
  expect(findings).toEqual([
    {
      code: "yaml_duplicate_key",
      message: 'The key "a" is duplicated; the first one is on line 1.',
      path: ["a"],
      offset: 10,
    },
  ]);
});

test("a byte order mark and line ends of Windows change nothing", () => {
  expect(read("\uFEFFa: 1\r\nb: |\r\n  x\r\n  y\r\n").value).toEqual({ a: 1, b: "x\ny\n" });
});

test("explicit tags of the core schema are refused too, and their values still looked at", () => {
  const { findings } = read("a: !!str 12\nb: !!set { x }\nc: !!binary aGk=\n");

  expect(findings.map(({ code, path }) => [code, path])).toEqual([
    ["yaml_tag", ["a"]],
    ["yaml_tag", ["b"]],
    ["yaml_tag", ["c"]],
  ]);
});

test("a marker of the document's start is fine, its end too", () => {
  expect(read("---\na: 1\n...\n")).toEqual({ value: { a: 1 }, findings: [] });
});
