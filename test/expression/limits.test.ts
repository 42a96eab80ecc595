import { describe, expect, test } from "vitest";
import { isTruthy } from "#expression/truthy.ts";
import { valueOrMessage } from "./context.ts";

const TOO_LONG = "The expression is longer than 2048 bytes.";
const TOO_DEEP = "The expression is nested deeper than 32 levels.";
const TOO_MANY_STEPS = "The expression needs more than 10000 steps; use smaller lists or texts.";
const LONG_STRING = "The string is longer than 65536 characters.";
const LONG_LIST = "The list has more than 10000 items.";
const LARGE_RESULT = "The result is larger than 262144 bytes.";

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

describe("the length of the source", () => {
  test.each([
    ["2048 letters", `'${"a".repeat(2046)}'`, "a".repeat(2046)],
    ["2049 letters", `'${"a".repeat(2047)}'`, TOO_LONG],
    ["2048 bytes of two-byte letters", `'${"é".repeat(1023)}'`, "é".repeat(1023)],
    ["2050 bytes of two-byte letters", `'${"é".repeat(1024)}'`, TOO_LONG],
    ["a megabyte", "(".repeat(1024 * 1024), TOO_LONG],
  ])("%s", (_, source, expected) => {
    expect(valueOrMessage(source)).toBe(expected);
  });
});

describe("32 levels are accepted and 33 are not:", () => {
  test.each<[string, (depth: number) => string, unknown]>([
    ["parentheses", (depth) => `${"(".repeat(depth)}1${")".repeat(depth)}`, 1],
    ["not", (depth) => `${"not ".repeat(depth)}1`, true],
    ["!", (depth) => `${"!".repeat(depth)}1`, true],
    ["minus", (depth) => `${"-".repeat(depth)}1`, 1],
    ["lists", (depth) => `len(${"[".repeat(depth - 1)}${"]".repeat(depth - 1)})`, 1],
    ["calls", (depth) => `${"abs(".repeat(depth)}1${")".repeat(depth)}`, 1],
    ["subscripts", (depth) => `${"xs[".repeat(depth)}0${"]".repeat(depth)}`, 0],
  ])("%s", (_, nested, expected) => {
    expect(valueOrMessage(nested(32), { xs: [0] })).toBe(expected);
    expect(valueOrMessage(nested(33), { xs: [0] })).toBe(TOO_DEEP);
  });

  test("chains of operators, subscripts and dots are not levels", () => {
    expect(valueOrMessage(`1${"+1".repeat(500)}`)).toBe(501);
    expect(valueOrMessage(`${"(1)+".repeat(100)}1`)).toBe(101);
    expect(valueOrMessage(`0${" or 0".repeat(300)} or 7`)).toBe(7);
  });
});

describe("the budget of 10,000 steps", () => {
  // Three steps for the operator and its operands, one for each element looked at.
  test.each([
    ["1 in xs", 9_997, false],
    ["1 in xs", 9_998, TOO_MANY_STEPS],
    ["xs == ys", 9_996, true],
    ["xs == ys", 9_997, TOO_MANY_STEPS],
    ["any(xs)", 9_998, false],
    ["any(xs)", 9_999, TOO_MANY_STEPS],
    ["max(xs)", 9_999, 0],
    ["max(xs)", 10_000, TOO_MANY_STEPS],
  ])("%s of %i elements returns %j", (source, length, expected) => {
    expect(valueOrMessage(source, { xs: zeros(length), ys: zeros(length) })).toBe(expected);
  });

  test("counts bulk work by 256 characters", () => {
    const text = "a".repeat(256 * 1_000);
    expect(valueOrMessage(`[${"len(t),".repeat(9)}]`, { t: text })).toEqual(
      Array.from({ length: 9 }, () => 256_000),
    );
    expect(valueOrMessage(`[${"len(t),".repeat(10)}]`, { t: text })).toBe(TOO_MANY_STEPS);
  });

  test("counts the keys of objects by 32", () => {
    const wide = Object.fromEntries(Array.from({ length: 32_000 }, (_, at) => [`key${at}`, at]));
    expect(valueOrMessage(`0${"+len(wide)".repeat(9)}`, { wide })).toBe(288_000);
    expect(valueOrMessage(`0${"+len(wide)".repeat(10)}`, { wide })).toBe(TOO_MANY_STEPS);
  });
});

describe("strings and lists that are built", () => {
  const text = "a".repeat(65_535);

  test.each([
    ['len("a" * 65536)', 65_536],
    ['len("a" * 65537)', LONG_STRING],
    ['len(text + "b")', 65_536],
    ['len(text + "bb")', LONG_STRING],
    ['len("😀" * 32768)', 32_768],
    ['len("😀" * 32769)', LONG_STRING],
    ['len(upper("ß" * 32768))', 65_536],
    ['len(upper("ß" * 32769))', LONG_STRING],
    ['"a" * 1000000000', LONG_STRING],
    ["len([0] * 10000)", 10_000],
    ["len([0] * 10001)", LONG_LIST],
    ["len(xs + [1])", 10_000],
    ["len(xs + [1, 2])", LONG_LIST],
    ["[0] * 9007199254740991", LONG_LIST],
  ])("%s returns %j", (source, expected) => {
    expect(valueOrMessage(source, { text, xs: zeros(9_999) })).toBe(expected);
  });

  test("values of the context may be longer, they are only read", () => {
    const inputs = { text: "a".repeat(200_000), xs: zeros(20_000) };
    expect(valueOrMessage("[len(text), len(xs), xs[-1], text[-1]]", inputs)).toEqual([
      200_000,
      20_000,
      0,
      "a",
    ]);
  });
});

describe("a result that was built", () => {
  test("may be as large as a step's output", () => {
    const inputs = { t: "a".repeat(65_533) };
    expect(isTruthy(String(valueOrMessage("[t, t, t, t]", inputs)))).toBe(true);
    expect(valueOrMessage("[t, t, t, t]", inputs)).toHaveLength(4);
    expect(valueOrMessage("[t, t, t, t, 1, 2, 3, 4]", inputs)).toBe(LARGE_RESULT);
  });

  test("is refused when sharing would make it enormous", () => {
    expect(valueOrMessage("[[[0] * 10000] * 10000] * 10000")).toBe(LARGE_RESULT);
    expect(valueOrMessage("[x] * 10000", { x: { text: "a".repeat(1000) } })).toBe(LARGE_RESULT);
  });
});
