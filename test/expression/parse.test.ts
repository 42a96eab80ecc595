import { describe, expect, test } from "vitest";
import { parseExpression } from "#expression/parse.ts";
import { parsed } from "./context.ts";

describe("the tree", () => {
  test("is plain JSON that tells a float from an integer", () => {
    const { root } = parsed("[1, 1.0]");
    expect(root).toEqual({
      kind: "list",
      offset: 0,
      items: [
        { kind: "integer", value: 1, offset: 1 },
        { kind: "float", value: 1, offset: 4 },
      ],
    });
    expect(JSON.parse(JSON.stringify(root))).toEqual(root);
  });

  test("keeps a chain of one precedence flat", () => {
    expect(parsed("a.b[0] - 1 + x").root).toEqual({
      kind: "arithmetic",
      offset: 0,
      first: {
        kind: "access",
        offset: 0,
        base: { kind: "name", name: "a", offset: 0 },
        accessors: [
          { key: { kind: "constant", value: "b", offset: 2 }, offset: 1, end: 3 },
          { key: { kind: "integer", value: 0, offset: 4 }, offset: 3, end: 6 },
        ],
      },
      rest: [
        { operator: "-", operand: { kind: "integer", value: 1, offset: 9 }, offset: 7 },
        { operator: "+", operand: { kind: "name", name: "x", offset: 13 }, offset: 11 },
      ],
    });
  });

  test.each([
    ["a && b", "a and b"],
    ["a || b", "a or b "],
    ["! a", "not a"],
    ["a == true", "a == True"],
    ["a != null", "a != None"],
    ["a ! in b", "a not in b"],
  ])("of %s is that of %s", (spelling, words) => {
    const withoutOffsets = (source: string): unknown =>
      JSON.parse(
        JSON.stringify(parsed(source).root, (key, value: unknown) =>
          key === "offset" ? 0 : value,
        ),
      );
    expect(withoutOffsets(spelling)).toEqual(withoutOffsets(words));
  });

  test("does not care how the source is folded over lines", () => {
    expect(parsed("a\n  and\r\n\tb").root).toMatchObject({ kind: "and" });
  });
});

describe("an error", () => {
  test.each([
    ["", "The expression is empty.", 0],
    ["   ", "The expression is empty.", 0],
    ["1 +", "The expression is incomplete.", 3],
    ["a b", 'Unexpected "b".', 2],
    ["(1", '"(" is not closed: ")" is missing.', 0],
    ["len([1, 2)", 'Unexpected ")".', 9],
    ["xs[0", '"[" is not closed: "]" is missing.', 2],
    ["topic == 'a", "The string is not closed: ' is missing.", 9],
    ['"\\x4"', "\\x must be followed by 2 hexadecimal digits.", 1],
    ['"\\ud800"', "\\ud800 is not a character; write the character.", 1],
    ["a = 1", 'Unexpected "=". Use == to compare.', 2],
    ["a === 1", 'Unexpected "===". Use == to compare.', 2],
    ["a is None", 'Unexpected "is". Use == to compare.', 2],
    ["a & b", 'Unexpected "&". Use and (or &&).', 2],
    ["a ? b : c", 'Unexpected "?". Conditional expressions are not part of the language.', 2],
    ["xs[1:2]", 'Unexpected ":". Slices are not part of the language.', 4],
    ["2 ** 3", 'Unexpected "**". Powers are not part of the language.', 2],
    ["(1, 2)", "Tuples are not part of the language; use [ ].", 0],
    ["+1", "Unary + is not part of the language.", 0],
    [
      "{{topic}}",
      'Unexpected "{". Objects and templates are not part of the language; names have no braces.',
      0,
    ],
    ["a @ b", 'Unexpected "@".', 2],
    ["a 🙂", 'Unexpected "🙂".', 2],
    ["012", "Integers have no leading zeros.", 0],
    ["1_000", "Numbers are written with decimal digits, a point and an exponent only.", 0],
    ["0x1F", "Numbers are written with decimal digits, a point and an exponent only.", 0],
    ["1e999", 'The number "1e999" is too large.', 0],
    ["9007199254740992", 'The integer "9007199254740992" is beyond 2^53.', 0],
    ["a.1", 'Unexpected ".1".', 1],
    ["a.", "After a dot a name is expected.", 1],
    ["steps.in", 'After a dot a name is expected; write ["in"] instead.', 6],
    ["len()", "len() takes 1 argument, not 0.", 0],
    ["len(1, 2)", "len() takes 1 argument, not 2.", 0],
    ["min()", "min() takes at least 1 argument, not 0.", 0],
    ["round(1, 2, 3)", "round() takes 1 or 2 arguments, not 3.", 0],
    ["1 + contains(a)", "contains() takes 2 arguments, not 1.", 4],
    ["lenght(a)", 'Unknown function "lenght". Did you mean "len"?', 0],
    ["startswith(a, b)", 'Unknown function "startswith". Did you mean "starts_with"?', 0],
    ["eval('1')", 'Unknown function "eval".', 0],
  ])("in %j says %j", (source, message, offset) => {
    expect(parseExpression(source)).toMatchObject({ ok: false, error: { message, offset } });
  });

  test("of a method call says which function to call", () => {
    expect(parseExpression("topic.upper()")).toMatchObject({
      error: {
        message:
          "Only functions can be called: len, any, all, min, max, abs, round, lower, upper, " +
          "contains, starts_with, ends_with. Write upper(…).",
        offset: 11,
      },
    });
  });

  test.each([
    ["a\n  ==\n == b", { offset: 8, line: 3, column: 2 }],
    ["a\r\n&& )", { offset: 6, line: 2, column: 4 }],
    ["'😀' )", { offset: 5, line: 1, column: 6 }],
  ])("in %j has its line and column", (source, place) => {
    expect(parseExpression(source)).toMatchObject({ ok: false, error: place });
  });
});
