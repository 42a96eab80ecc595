import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { docsOf } from "#cli/report/diagnostic-docs.ts";
import { jsonReport } from "#cli/report/json.ts";
import { sarifReport } from "#cli/report/sarif.ts";
import { textReport } from "#cli/report/text.ts";
import { type CheckedFile, checkFile, FILE_CODES } from "#cli/source/check-file.ts";
import { type Paint, withoutColours } from "#cli/terminal/terminal.ts";
import { DIAGNOSTIC_CODES } from "#workflow/codes.ts";
import { FACTS, fixtureNames, fixtureText } from "../../workflow/reading.ts";

function checked(name: string, text: string): CheckedFile {
  const format = name.endsWith(".json") ? "json" : "yaml";
  return checkFile({ name, format, text, isStdin: name === "stdin" }, FACTS);
}

const SOUND = `name: Sound
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }], expires_in_s: 60 }
`;
const BROKEN = `${SOUND}  - id: approve
    type: approval
    name: Approve
    config: { approvers: [a@example.com], qourum: 1, expires_in_s: 60 }
`;

describe("findings as text", () => {
  test("have the place, the line with a mark, and what was probably meant", () => {
    expect(textReport([checked("flows/broken.yaml", BROKEN)], withoutColours)).toBe(
      `flows/broken.yaml:11:43: error unknown_key: Unknown key "qourum".
   11 |     config: { approvers: [a@example.com], qourum: 1, expires_in_s: 60 }
      |                                           ^^^^^^
  help: did you mean "quorum"?

flows/broken.yaml:8:9: warning unreachable_step: No path leads from "ask" to the step "approve"; it never runs.
    8 |   - id: approve
      |         ^^^^^^^

1 file checked: 1 error, 1 warning.`,
    );
  });

  test.each([
    [[], "0 files checked: no findings."],
    [[checked("a.yaml", SOUND)], "1 file checked: no findings."],
    [[checked("a.yaml", SOUND), checked("b.yaml", SOUND)], "2 files checked: no findings."],
  ])("say so when there are none", (files, expected) => {
    expect(textReport(files, withoutColours)).toBe(expected);
  });

  test("tell hints from warnings", () => {
    const hinted = checked("a.yaml", SOUND.replace(", expires_in_s: 60", ""));
    const report = textReport([hinted], withoutColours);
    expect(report).toMatch(/^a\.yaml:7:13: hint no_expiry: /);
    expect(report).toMatch(/\n1 file checked: 1 hint\.$/);
  });

  test("have a pointer where there is no line", () => {
    const json = JSON.stringify({ name: "A", x: "y".repeat(70_000), start_step: "a", steps: [] });
    const [first = ""] = textReport([checked("a.json", json)], withoutColours).split("\n");
    expect(first).toBe('a.json: error unknown_key: Unknown key "x". (/x)');
  });

  test("cannot act on the terminal", () => {
    const report = textReport([checked("\u001b.yaml", "na\u001b[2Jme: x\n")], withoutColours);
    expect(report).not.toContain("\u001b");
  });

  test("are coloured by what they are", () => {
    const paint: Paint = (colour, text) => `<${colour}>${text}</>`;
    const report = textReport([checked("a.yaml", BROKEN)], paint);
    expect(report).toContain("<bold>a.yaml:11:43</>: <red>error unknown_key</>: ");
    expect(report).toContain("^^^^^^</>");
    expect(report).toContain("<yellow>warning unreachable_step</>");
    expect(report).toContain("  <cyan>help</>: did you mean");
  });
});

test("findings as JSON have the shape of the API, file by file", () => {
  expect(JSON.parse(jsonReport([checked("a.yaml", SOUND), checked("b.yaml", "[]")]))).toEqual({
    files: [
      { file: "a.yaml", valid: true, diagnostics: [] },
      {
        file: "b.yaml",
        valid: false,
        diagnostics: [
          {
            severity: "error",
            code: "not_a_workflow",
            message: "A workflow is a mapping with name, start_step and steps, not a list.",
            pointer: "",
            line: 1,
            column: 1,
          },
        ],
      },
    ],
  });
});

/** What SARIF 2.1.0 requires, of the parts that are used. */
const place = z.int().min(1);
const sarifSchema = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.tuple([
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string().min(1),
          semanticVersion: z.string().regex(/^\d+\.\d+\.\d+$/),
          rules: z.array(
            z.strictObject({
              id: z.string().min(1),
              shortDescription: z.strictObject({ text: z.string().min(1) }),
              fullDescription: z.strictObject({ text: z.string().min(1) }),
              help: z.strictObject({ text: z.string().min(1), markdown: z.string().min(1) }),
              helpUri: z.url(),
            }),
          ),
        }),
      }),
      columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]),
      invocations: z.array(z.strictObject({ executionSuccessful: z.boolean() })),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(0),
          level: z.enum(["none", "note", "warning", "error"]),
          message: z.strictObject({ text: z.string().min(1) }),
          locations: z.array(
            z.strictObject({
              physicalLocation: z.strictObject({
                artifactLocation: z.strictObject({ uri: z.string().min(1) }),
                region: z
                  .strictObject({
                    startLine: place,
                    startColumn: place,
                    endLine: place,
                    endColumn: place,
                  })
                  .optional(),
              }),
              logicalLocations: z
                .array(z.strictObject({ fullyQualifiedName: z.string() }))
                .optional(),
            }),
          ),
          properties: z.strictObject({ suggestion: z.string() }).optional(),
        }),
      ),
    }),
  ]),
});

function sarif(files: CheckedFile[]) {
  const text = sarifReport(files, { version: "1.2.3", folder: "/srv" });
  return sarifSchema.parse(JSON.parse(text)).runs[0];
}

describe("findings as SARIF", () => {
  test("have hints as notes, which is what the format calls them", () => {
    const hinted = checked("a.yaml", SOUND.replace(", expires_in_s: 60", ""));
    expect(sarif([hinted]).results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ["no_expiry", "note"],
    ]);
  });

  test("say where, which rule, and what was probably meant", () => {
    const { tool, results } = sarif([checked("flows/a b.yaml", BROKEN)]);
    expect(tool.driver.semanticVersion).toBe("1.2.3");
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(["unknown_key", "unreachable_step"]);
    expect(results).toEqual([
      {
        ruleId: "unknown_key",
        ruleIndex: 0,
        level: "error",
        message: {
          text: 'Unknown key "qourum". Did you mean "quorum"?',
        },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "flows/a%20b.yaml" },
              region: { startLine: 11, startColumn: 43, endLine: 11, endColumn: 49 },
            },
            logicalLocations: [{ fullyQualifiedName: "/steps/1/config/qourum" }],
          },
        ],
        properties: { suggestion: "quorum" },
      },
      {
        ruleId: "unreachable_step",
        ruleIndex: 1,
        level: "warning",
        message: { text: 'No path leads from "ask" to the step "approve"; it never runs.' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "flows/a%20b.yaml" },
              region: { startLine: 8, startColumn: 9, endLine: 8, endColumn: 16 },
            },
            logicalLocations: [{ fullyQualifiedName: "/steps/1/id" }],
          },
        ],
      },
    ]);
  });

  test.each([
    ["a file in the folder", "flows/a.yaml", "flows/a.yaml"],
    ["a file in the folder by its whole path", "/srv/flows/a.yaml", "flows/a.yaml"],
    ["a file whose name needs encoding", "100%/ä#.yaml", "100%25/%C3%A4%23.yaml"],
    ["a file elsewhere", "/elsewhere/a.yaml", pathToFileURL("/elsewhere/a.yaml").href],
    ["standard input", "stdin", "stdin"],
  ])("name %s", (_what, name, uri) => {
    const [result] = sarif([checked(name, BROKEN)]).results;
    expect(result?.locations[0]?.physicalLocation.artifactLocation.uri).toBe(uri);
  });

  test("have each code once as a rule", () => {
    const { tool, results } = sarif([checked("a.yaml", BROKEN), checked("b.yaml", BROKEN)]);
    expect(tool.driver.rules).toHaveLength(2);
    expect(results.map(({ ruleIndex }) => ruleIndex)).toEqual([0, 1, 0, 1]);
  });

  test.each(fixtureNames("broken/"))("are valid for %s", (name) => {
    const { results } = sarif([checked(name, fixtureText(`broken/${name}`))]);
    expect(results.length).toBeGreaterThan(0);
    for (const { locations } of results) {
      const region = locations[0]?.physicalLocation.region;
      if (region) expect(region.endColumn).toBeGreaterThanOrEqual(region.startColumn);
    }
  });
});

describe("the documents explain", () => {
  test.each([...DIAGNOSTIC_CODES, ...FILE_CODES])("%s", (code) => {
    const docs = docsOf(code);
    expect(docs?.uri).toMatch(new RegExp(`/docs/(?:diagnostics|cli)\\.md#${code}$`));
    expect(docs?.summary).toMatch(/^\S.*\.$/);
    expect(docs?.markdown.startsWith("#")).toBe(false);
  });

  test("no other code", () => {
    expect(docsOf("no_such_code")).toBeNull();
  });
});
