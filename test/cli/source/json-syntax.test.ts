import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findJsonError } from "#cli/source/json-syntax.ts";

function found(text: string): string | null {
  const error = findJsonError(text);
  return error === null ? null : `${error.line}:${error.column} ${error.message}`;
}

describe("JSON has no error", () => {
  test.each(["{}", "[]", " null ", '"a\\u00e9\\n"', "-1.5e+3", '{"a":[1,{"b":true}],"c":""}'])(
    "%s",
    (text) => {
      expect(found(text)).toBeNull();
    },
  );
});

describe("the first place that is not JSON", () => {
  test.each([
    ["nothing", "", "1:1 The text is empty."],
    ["white space only", " \n ", "2:2 The text is empty."],
    [
      "a comma before the end of an object",
      '{\n  "a": 1,\n}',
      '3:1 Expected a key in quotes, not "}".',
    ],
    ["a comma before the end of a list", "[1, 2,]", '1:7 Expected a value, not "]".'],
    ["a missing comma", '{"a": 1\n "b": 2}', '2:2 Expected "," or "}", not "\\"".'],
    ["a missing comma in a list", "[1 2]", '1:4 Expected "," or "]", not "2".'],
    ["a missing colon", '{"a" 1}', '1:6 Expected ":", not "1".'],
    ["a key without quotes", "{a: 1}", '1:2 Expected a key in quotes, not "a".'],
    ["a word", '{"a": yes}', '1:7 Expected a value, not "yes".'],
    ["quotes of another kind", "['a']", `1:2 Expected a value, not "'".`],
    ["a number that begins with zero", "[01]", '1:3 Expected "," or "]", not "1".'],
    ["a comment", "// a\n{}", '1:1 Expected a value, not "/".'],
    ["more after the end", "{} {}", '1:4 Expected the end of the text, not "{".'],
    ["the wrong bracket", '{"a": [1}', '1:9 Expected "," or "]", not "}".'],
    ["an object that is never closed", '{"a":\n  {"b": 1', '2:3 This "{" is never closed.'],
    ["a text that is never closed", '{"a": "b\n}', "1:7 This quote is not closed on its line."],
    ["an unknown escape", '"a\\qb"', "1:3 JSON does not have this escape."],
    ["a short escape", '"\\u12"', "1:2 JSON does not have this escape."],
    [
      "a tab in a text",
      '"a\tb"',
      "1:3 A control character in a string must be written as \\u00XX.",
    ],
    ["an emoji where a comma should be", "[1🎉]", '1:3 Expected "," or "]", not "🎉".'],
  ])("%s", (_what, text, expected) => {
    expect(found(text)).toBe(expected);
  });

  test("is found in lists deeper than a call stack", () => {
    expect(found("[".repeat(100_000))).toBe('1:100000 This "[" is never closed.');
  });
});

describe("any text cut out of or put into JSON", () => {
  const OURS =
    /^(?:Expected .+, not ".+"\.|This ".+" is never closed\.|This quote is .+\.|JSON does not have this escape\.|A control .+\.|The text is empty\.)$/su;

  test("what JSON.parse refuses has a place and words, and nothing else has", () => {
    const edit = fc.record({
      value: fc.jsonValue(),
      at: fc.nat(200),
      cut: fc.nat(3),
      put: fc.constantFrom("", ",", "}", "]", '"', "\\", "0", "x", "\n", "\t", "-", ".5", "e"),
    });
    fc.assert(
      fc.property(edit, ({ value, at, cut, put }) => {
        const text = JSON.stringify(value, null, 1);
        const edited = text.slice(0, at) + put + text.slice(at + cut);
        const error = findJsonError(edited);
        if (!isJson(edited)) {
          expect(error?.message).toMatch(OURS);
          const line = edited.split("\n")[(error?.line ?? 0) - 1] ?? "";
          expect(error?.column).toBeLessThanOrEqual(line.length + 1);
        } else {
          expect(error).toBeNull();
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
