import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { isJsonObject, type JsonValue } from "#model/json.ts";
import { lineAndColumn, offsetOf, type Path } from "#workflow/source/places.ts";
import { readYaml } from "#workflow/source/yaml.ts";

function placeOf(text: string, path: Path, spot: "value" | "key" | number): string {
  const { origin } = readYaml(text, () => undefined);
  const place = lineAndColumn(origin, offsetOf(origin, path, spot));
  return `${place?.line}:${place?.column}`;
}

const TEXT = `# a remark
one: 1
two:
  - three: "x y"
    four: [5, { six: seven }]
eight: 'it''s "eight"'
nine: "tab\\tand \\u00e9 \\U0001D11E end"
ten: |
  first line
    second line

  third line
eleven: >-
  folded text
  goes on

  here
twelve: plain text
  goes on here
`;

describe("the place of", () => {
  test.each<[string, Path, "value" | "key" | number, string]>([
    ["the document", [], "value", "2:1"],
    ["a value", ["one"], "value", "2:6"],
    ["a key", ["one"], "key", "2:1"],
    ["a list", ["two"], "value", "4:3"],
    ["an item", ["two", 0], "value", "4:5"],
    ["a key in an item", ["two", 0, "three"], "key", "4:5"],
    ["a value in a flow", ["two", 0, "four", 1, "six"], "value", "5:22"],
    ["a value that is missing: the mapping it is missing from", ["two", 0, "none"], "value", "4:5"],
    ["a place in quotes", ["two", 0, "three"], 2, "4:15"],
    ["a place after a doubled quote", ["eight"], 5, "6:15"],
    ["a place after escapes", ["nine"], 8, "7:17"],
    ["a place after a pair of surrogates", ["nine"], 13, "7:35"],
    ["the start of a block", ["ten"], 0, "9:3"],
    ["a place in its second line", ["ten"], 13, "10:5"],
    ["a place after an empty line", ["ten"], 31, "12:8"],
    ["a place in a folded block", ["eleven"], 18, "15:9"],
    ["a place in its last paragraph", ["eleven"], 20, "17:3"],
    ["a place in the second line of plain text", ["twelve"], 16, "19:8"],
    ["a place past the end", ["twelve"], 99, "18:9"],
  ])("%s", (_, path, spot, place) => {
    expect(placeOf(TEXT, path, spot)).toBe(place);
  });
});

describe("positions fit the text, however it is written", () => {
  const written = fc.record({
    value: fc.dictionary(
      fc.stringMatching(/^[a-z]{1,6}$/),
      fc.oneof(
        fc.stringMatching(/^[ -~é𝄞]{0,30}$/u),
        fc.array(fc.stringMatching(/^[ -~]{0,12}$/), { maxLength: 3 }),
      ),
      { minKeys: 1, maxKeys: 4 },
    ),
    style: fc.constantFrom(
      "QUOTE_DOUBLE",
      "QUOTE_SINGLE",
      "PLAIN",
      "BLOCK_LITERAL",
      "BLOCK_FOLDED",
    ),
    indent: fc.integer({ min: 2, max: 6 }),
  });

  test("a place within a string has the character that the string has there", () => {
    fc.assert(
      fc.property(written, fc.nat(29), ({ value, style, indent }, within) => {
        const text = stringify(value, {
          defaultStringType: style,
          defaultKeyType: "PLAIN",
          indent,
        });
        const { origin, value: read } = readYaml(text, () => undefined);
        // The library writes some blocks of white space so that they are read as less of it.
        fc.pre(isDeepStrictEqual(read, value));
        for (const [key, item] of Object.entries(value)) {
          if (typeof item !== "string" || within >= item.length) continue;
          const offset = offsetOf(origin, [key], within);
          const start = offsetOf(origin, [key], "value");
          const character = item[within] ?? "";
          // White space may be folded; escapes begin with a backslash, a quote is doubled.
          const fits = [character, "\\", "'"].includes(text[offset] ?? "") || /\s/.test(character);
          expect(fits || offset === start).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("the key of every value is where its place says", () => {
    fc.assert(
      fc.property(written, ({ value, style, indent }) => {
        const text = stringify(value, {
          defaultStringType: style,
          defaultKeyType: "PLAIN",
          indent,
        });
        const { origin } = readYaml(text, () => undefined);
        const visit = (item: JsonValue, path: Path): void => {
          if (!isJsonObject(item)) return;
          for (const [key, inner] of Object.entries(item)) {
            expect(text.startsWith(key, offsetOf(origin, [...path, key], "key"))).toBe(true);
            visit(inner, [...path, key]);
          }
        };
        visit(value, []);
      }),
      { numRuns: 200 },
    );
  });
});
