import { describe, expect, test } from "vitest";
import { checkFile } from "#cli/source/check-file.ts";
import { fixtureText } from "../workflow/reading.ts";

/** `code line:column` of each finding of a JSON text. */
function findings(text: string, allowHttpHosts: string[] = []): string[] {
  const source = { name: "a.json", isStdin: false, format: "json", text } as const;
  const { diagnostics } = checkFile(source, { allowHttpHosts });
  return diagnostics
    .filter(({ severity }) => severity !== "hint")
    .map(
      ({ code, line, column }) => `${code} ${line === undefined ? "nowhere" : `${line}:${column}`}`,
    );
}

const FORM =
  '{"id":"ask","type":"form","name":"Ask","config":{"fields":[{"key":"topic","type":"string","required":true}],"expires_in_s":60}}';

describe("findings in JSON have places", () => {
  test.each([
    [
      "broken/many-kinds-at-once.json",
      [
        "unknown_key 2:3",
        "unknown_step 4:17",
        "unknown_step 6:59",
        "invalid_value 6:117",
        "expression_syntax 7:93",
      ],
    ],
    ["broken/missing-start-step.json", ["missing_key 1:1"]],
    ["broken/not-an-object.json", ["not_a_workflow 1:1"]],
  ])("%s", (name, expected) => {
    expect(findings(fixtureText(name))).toEqual(expected);
  });

  test("also numbers that would be rounded, but for the limits of a schema", () => {
    const schema = '{"type":"integer","maximum":9223372036854775807,"enum":[1e16]}';
    const step = `{"id":"ask","type":"ai_generate","name":"A","config":{"template_id":"t_v1","variables":[],"json_schema":${schema}}}`;
    const text = `{"id": "x", "name": "X", "start_step": "ask",\n"static": {"id": 7615917337495251231},\n"steps": [\n${step}]}`;
    expect(findings(text)).toEqual([
      "number_not_exact 2:18",
      `number_not_exact 4:${step.indexOf("1e16") + 1}`,
    ]);
  });

  test("also keys that stand twice, which are then all that is said", () => {
    expect(findings('{"nam": "X",\n"static": {"a": 1, "a": 1e16}, "nam": "Y"}')).toEqual([
      "yaml_duplicate_key 2:20",
      "yaml_duplicate_key 2:32",
    ]);
  });

  test("also where it is indented with tabs and written with escapes", () => {
    const text = `{\n\t"name": "\\ud83d\\ude00 \\/",\n\t"id": "x",\n\t"start_step": "ak",\n\t"steps": [${FORM}]\n}`;
    expect(findings(text)).toEqual(["unknown_step 4:16"]);
  });

  test("but not where the text is larger than YAML may be", () => {
    const text = `{"x":"${"y".repeat(70_000)}","name":"A","start_step":"ask","steps":[${FORM}]}`;
    expect(findings(text)).toEqual(["unknown_key nowhere"]);
  });
});

describe("what the service refuses before it reads a workflow", () => {
  test("a text that is not JSON", () => {
    expect(findings('{\n  "name": A\n}')).toEqual(["json_syntax 2:11"]);
  });

  test.each([
    ["at the limit", 262_144, []],
    ["above it", 262_145, ["json_too_large nowhere"]],
  ])("a text %s of 256 KiB", (_what, bytes, expected) => {
    const text = `{"name":"A","start_step":"ask","steps":[${FORM}]}`;
    expect(findings(text.padEnd(bytes))).toEqual(expected);
  });
});
