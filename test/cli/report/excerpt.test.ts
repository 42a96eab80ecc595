import { describe, expect, test } from "vitest";
import { excerptOf } from "#cli/report/excerpt.ts";
import { lineOf, tokenLength } from "#model/source-line.ts";

/** Source and marker, one below the other, as they are shown. */
function drawn(line: string, column: number): string[] {
  const { source, marker } = excerptOf(line, column);
  return [source, marker];
}

describe("the mark stands below what is meant", () => {
  test.each([
    ["a word", "next: aprove", 7, ["next: aprove", "      ^^^^^^"]],
    ["a key", "  aprovers: []", 3, ["  aprovers: []", "  ^^^^^^^^"]],
    ["a text in quotes", 'when: "a = b" # x', 7, ['when: "a = b" # x', "      ^^^^^^^"]],
    ["inside quotes", 'when: "a ==", x: 1', 12, ['when: "a ==", x: 1', "           ^"]],
    ["an item of a list", "[nobody, b]", 2, ["[nobody, b]", " ^^^^^^"]],
    [
      "an address with a port",
      "url: http://h:80/x y",
      6,
      ["url: http://h:80/x y", "     ^^^^^^^^^^^^^"],
    ],
    ["a bracket", "a: {", 4, ["a: {", "   ^"]],
    ["after a tab", "\tkind: x", 2, ["    kind: x", "    ^^^^"]],
    ["after two tabs and text", "a\tb\tc", 5, ["a    b    c", "          ^"]],
    ["after wide characters", "日本: x y", 5, ["日本: x y", "      ^"]],
    ["wide characters themselves", "a: 日本", 4, ["a: 日本", "   ^^^^"]],
    ["after a combining mark", "e\u0301: x", 5, ["e\u0301: x", "   ^"]],
    ["after an emoji", "🎉: x", 5, ["🎉: x", "    ^"]],
    ["the end of a line", "name:", 6, ["name:", "     ^"]],
    ["beyond the end of a line", "name:", 60, ["name:", "     ^"]],
    ["an escape sequence", "a: \u001b[31m", 1, ["a: ␛[31m", "^"]],
  ])("%s", (_what, line, column, expected) => {
    expect(drawn(line, column)).toEqual(expected);
  });
});

describe("a line that is too long is cut around the place", () => {
  test("60 units before it are shown, and 60 from it on", () => {
    expect(drawn(`${"a".repeat(100)} here ${"b".repeat(100)}`, 102)).toEqual([
      `…${"a".repeat(59)} here ${"b".repeat(55)}…`,
      `${" ".repeat(61)}^^^^`,
    ]);
  });

  test("a token that is longer than that is marked as far as it is shown", () => {
    expect(drawn("a".repeat(200), 1)).toEqual([`${"a".repeat(60)}…`, "^".repeat(60)]);
  });

  test("no character is cut in two", () => {
    const { source } = excerptOf(`x${"🎉".repeat(100)}: y`, 203);
    expect(source).toBe(`…${"🎉".repeat(30)}: y`);
  });

  test("a line of just that length is shown whole", () => {
    const line = `${"a".repeat(60)}${"b".repeat(60)}`;
    expect(drawn(line, 61)).toEqual([line, `${" ".repeat(60)}${"^".repeat(60)}`]);
  });
});

test("the length of a token is 0 at the end of a line", () => {
  expect(tokenLength("name:", 6)).toBe(0);
  expect(tokenLength("name: x", 7)).toBe(1);
});

test.each([
  ["a\nb\nc", 2, "b"],
  ["a\r\nb\r\nc", 2, "b"],
  ["a", 2, ""],
])("the lines of %j: line %i is %j", (text, line, expected) => {
  expect(lineOf(text, line)).toBe(expected);
});
