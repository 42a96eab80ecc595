import { describe, expect, test } from "vitest";
import { parseExpression } from "#expression/parse.ts";
import { evaluateExpression } from "#expression/evaluate.ts";
import type { JsonValue } from "#model/json.ts";
import { contextOf, valueOrMessage } from "./context.ts";
import { timesFloor } from "../support/effort.ts";

/** As much of the piece as the source may hold. */
function fill(piece: string, before = "", after = ""): string {
  const count = Math.floor((2048 - before.length - after.length) / piece.length);
  return before + piece.repeat(count) + after;
}

function nested(depth: number): JsonValue {
  let value: JsonValue = [];
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

const PERIODIC = '"a" * 16000 + "b" + "a" * 16000';

const SOURCES: readonly string[] = [
  fill("("),
  fill("["),
  fill("len("),
  fill("xs["),
  fill("not ", "", "1"),
  fill("!", "", "1"),
  fill("-", "", "1"),
  fill("1+", "", "1"),
  fill("1<", "", "1"),
  fill("1//", "", "1"),
  fill("0 or ", "", "0"),
  fill("1&&", "", "1"),
  fill(".a", "a"),
  fill("[0]", "xs"),
  fill("[0]", "deep"),
  fill("1,", "[", "]"),
  fill("xs,", "max(", ")"),
  fill("\\", "'"),
  fill("'"),
  fill("9"),
  fill("1e"),
  fill("9.9e9"),
  fill(" "),
  fill("\n"),
  fill("é"),
  fill("round(5e-324,323)+", "", "1"),
  fill("text[-1]+", "", "''"),
  fill("any(text)and ", "", "1"),
  fill("wide and ", "", "1"),
  fill("len(wide)and ", "", "1"),
  fill("wide==wide and ", "", "1"),
  fill("len([0]*9999)and ", "", "1"),
  fill("len(text*1)and ", "", "1"),
  fill("text<text+'b'and ", "", "1"),
  fill(`(${PERIODIC}) not in text and `, "", "1"),
  fill("near not in text and ", "", "1"),
  '"a" * 1000000000 * 1000000000',
  "[[[[0] * 10000] * 10000] * 10000] * 10000",
  "[[[0] * 9999] * 9999] * 9999 == [[[0] * 9999] * 9999] * 9999",
  "[[[0] * 9999] * 9999] * 9999 < [[[0] * 9999] * 9999] * 9999",
  "deep == deeper",
  "deep < deeper",
  "deep in [deeper]",
  "[deep]",
  "[wide] * 10000",
  "missing_name_that_is_near_nothing",
  "wide.missing",
];

describe("hostile sources end fast, in a value or an error:", () => {
  const context = contextOf({
    xs: [0],
    a: {},
    text: "a".repeat(64_000),
    near: `${"a".repeat(16_000)}b${"a".repeat(16_000)}`,
    wide: Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`key${at}`, at])),
    deep: nested(100_000),
    deeper: nested(100_000),
  });

  test.each(SOURCES.map((source) => [source.slice(0, 40), source]))("%s", (_, source) => {
    const effort = timesFloor(() => {
      const parsed = parseExpression(source);
      if (parsed.ok) evaluateExpression(parsed.value, context);
    });
    expect(effort).toBeLessThan(50);
  });
});

describe("nothing but own data can be reached:", () => {
  test.each([
    "constructor",
    "__proto__",
    "toString",
    "globalThis",
    "inputs.constructor",
    "inputs.__proto__",
    'inputs["__proto__"]',
    'inputs["constructor"]["constructor"]',
    "xs.length",
    "xs.map",
    'xs["length"]',
    '"abc".length',
    '"abc"["length"]',
    "(1).toFixed",
    "(0.5).constructor",
    "None.x",
    "True.valueOf",
    "[1].float",
    "[1].items",
    "(0.5).float",
  ])("%s is an error", (source) => {
    expect(valueOrMessage(source, { xs: [1] })).toBeTypeOf("string");
  });

  test("a key of such a name that is the context's own is read as any other", () => {
    const inputs = JSON.parse('{"__proto__": {"x": 1}, "o": {"constructor": 2}}') as Record<
      string,
      JsonValue
    >;
    expect(valueOrMessage("__proto__.x + o.constructor", inputs)).toBe(3);
  });
});
