import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInexactNumber, parseExactJson } from "../../src/model/exact-json.ts";

function read(text: string) {
  const parsed = parseExactJson(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed;
}

describe("numbers", () => {
  it.each([
    ["9007199254740991", false],
    ["-9007199254740991", false],
    ["9007199254740992", true],
    ["9007199254740993", true],
    ["-9007199254740993", true],
    ["9007199254740993.0", true],
    ["9007199254740993.000", true],
    ["9.007199254740993e15", true],
    ["9007199254740993e0", true],
    ["90071992547409930E-1", true],
    ["9223372036854775807", true],
    ["1e15", false],
    ["1e16", true],
    ["999999999999999999999", true],
    ["1e20", true],
    ["1e21", false],
    ["1e22", false],
    ["1E+300", false],
    ["12345678901234567890123", true],
    ["1e400", true],
    ["-1e400", true],
    ["0.1", false],
    ["0.30000000000000000001", false],
    ["3.141592653589793238462643", false],
    ["9007199254740991.5", false],
    ["1e-400", false],
    ["-0", false],
    ["0e999999999", false],
  ])("%s would change: %s", (written, expected) => {
    expect(isInexactNumber(written)).toBe(expected);
  });

  it("keeps the text of each, and names its place", () => {
    const text = '{"a/b": [1, 9223372036854775807, {"~": -1e400}], "c": 9007199254740993.0}';
    expect(read(text)).toEqual({
      ok: true,
      value: { "a/b": [1, "9223372036854775807", { "~": "-1e400" }], c: "9007199254740993.0" },
      inexact: [
        { pointer: "/a~1b/1", text: "9223372036854775807" },
        { pointer: "/a~1b/2/~0", text: "-1e400" },
        { pointer: "/c", text: "9007199254740993.0" },
      ],
      inexactCount: 3,
      duplicates: [],
      reordered: [],
    });
  });

  it("names the root, the first hundred, and counts all", () => {
    expect(read(" 9007199254740993 ")).toMatchObject({
      value: "9007199254740993",
      inexact: [{ pointer: "", text: "9007199254740993" }],
    });
    const many = read(`[${Array.from({ length: 101 }, () => "9007199254740993").join(",")}]`);
    expect(many.inexact).toHaveLength(100);
    expect(many.inexact.at(-1)?.pointer).toBe("/99");
    expect(many.inexactCount).toBe(101);
  });
});

describe("keys that stand twice", () => {
  it.each([
    ['{"a":1,"a":1}', ["/a"], { a: 1 }],
    ['{"a":1,"\\u0061":2}', ["/a"], { a: 2 }],
    ['{"x":[{"k":1,"k":2,"k":3}]}', ["/x/0/k"], { x: [{ k: 3 }] }],
    ['{"a":{"k":1},"b":{"k":1}}', [], { a: { k: 1 }, b: { k: 1 } }],
    ['{"constructor":1}', [], { constructor: 1 }],
  ])("%s: %j", (text, duplicates, value) => {
    expect(read(text)).toMatchObject({ duplicates, value });
  });

  it("reports no number of a value that a later one replaced", () => {
    const parsed = read('{"a":[9223372036854775807],"a":"x"}');
    expect(parsed).toMatchObject({ value: { a: "x" }, inexact: [], inexactCount: 0 });
  });
});

describe("the text", () => {
  it("is JSON where JSON.parse says so, and has its values", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(read(text).inexactCount === 0);
        expect(read(text).value).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(["", "{", "[1,]", "{'a':1}", '{"a":1} x', "01", "NaN"])("%j is refused", (text) => {
    expect(parseExactJson(text).ok).toBe(false);
  });

  it("keeps a key called __proto__ as a key", () => {
    const { value } = read('{"__proto__":{"x":9223372036854775807}}');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"x":"9223372036854775807"}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it("of brackets alone is read without recursion", () => {
    const depth = 5_000;
    const parsed = read(`${"[".repeat(depth)}9223372036854775807${"]".repeat(depth)}`);
    expect(parsed.inexactCount).toBe(1);
  });
});
