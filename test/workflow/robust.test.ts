import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diagnosticSchema } from "#model/diagnostic.ts";
import type { JsonValue } from "#model/json.ts";
import { DIAGNOSTIC_CODES } from "#workflow/codes.ts";
import type { ReadResult } from "#workflow/read.ts";
import { fixtureNames, fixtureText, readJson, readYaml } from "./reading.ts";

const TEXTS = [
  ...fixtureNames("good/").map((name) => fixtureText(`good/${name}`)),
  ...fixtureNames("broken/").map((name) => fixtureText(`broken/${name}`)),
];
const WORDS = [
  "{{",
  "}}",
  "[",
  "]",
  "{",
  "}",
  "- ",
  ": ",
  "&a ",
  "*a",
  "!x ",
  "|\n",
  ">-\n",
  "\t",
  "\n",
  '"',
  "'",
  "\\",
  "%",
  "---\n",
  "<<: ",
  "? ",
  "#",
  "null",
  "0x1F",
  ".inf",
  "é𝄞",
  "\u0000",
  "\uFEFF",
];

/** What holds for every result, regardless of what was read. */
function checkResult(result: ReadResult, lineCount: number | null): void {
  const hasError = result.diagnostics.some(({ severity }) => severity === "error");
  expect(result.definition === null).toBe(hasError);
  for (const diagnostic of result.diagnostics) {
    diagnosticSchema.parse(diagnostic);
    expect(DIAGNOSTIC_CODES).toContain(diagnostic.code);
    expect(diagnostic.message).toMatch(/^\S.*\S$/su);
    if (lineCount === null) expect(diagnostic.line).toBeUndefined();
    else if (diagnostic.code !== "more_diagnostics") {
      expect(diagnostic.line).toBeGreaterThanOrEqual(1);
      expect(diagnostic.line).toBeLessThanOrEqual(lineCount);
    }
  }
}

const checkYaml = (text: string): void => checkResult(readYaml(text), text.split("\n").length);

describe("reading never throws, and its result is sound", () => {
  test("for any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), checkYaml), { numRuns: 500 });
  });

  test("for text made of what means something in YAML", () => {
    const texts = fc.array(fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 4 })));
    fc.assert(
      fc.property(texts, (parts) => checkYaml(parts.join(""))),
      { numRuns: 1000 },
    );
  });

  test("for a workflow with a piece replaced", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TEXTS),
        fc.nat(),
        fc.nat({ max: 12 }),
        fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 4 })),
        (text, position, length, piece) => {
          const at = position % (text.length + 1);
          checkYaml(text.slice(0, at) + piece + text.slice(at + length));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("for any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => checkResult(readJson(value as JsonValue), null)),
      { numRuns: 500 },
    );
  });

  test("for a workflow with any value replaced by any JSON", () => {
    const workflows = fixtureNames("good/").map((name) => fixtureText(`good/${name}`));
    fc.assert(
      fc.property(
        fc.constantFrom(...workflows),
        fc.nat(),
        fc.jsonValue({ maxDepth: 2 }),
        (text, position, replacement) => {
          const scalars = [...text.matchAll(/(?<=: )[^\n#&*!|>{["'][^\n]*/g)];
          const hit = scalars[position % scalars.length];
          if (hit === undefined) return;
          const written = JSON.stringify(replacement);
          checkYaml(text.slice(0, hit.index) + written + text.slice(hit.index + hit[0].length));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
