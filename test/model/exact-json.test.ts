import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInexactNumber, parseExactJson, plainDigits, type TextPlace } from "#model/exact-json.ts";

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
      duplicateCount: 0,
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

  it("are named up to a number, and all counted, each once", () => {
    const text = '{"a":0,"a":1,"a":2,"b":{"c":0,"c":1},"d":0,"d":1}';
    const parsed = parseExactJson(text, { named: 2 });
    expect(parsed).toMatchObject({ duplicates: ["/a", "/b/c"], duplicateCount: 3 });
  });

  it("reports no number of a value that a later one replaced", () => {
    const parsed = read('{"a":[9223372036854775807],"a":"x"}');
    expect(parsed).toMatchObject({ value: { a: "x" }, inexact: [], inexactCount: 0 });
  });
});

describe("places for texts", () => {
  const limit: TextPlace = { takesText: true, below: () => null };
  const texts: TextPlace = {
    takesText: false,
    below: (key) => (key === "limit" ? limit : key === "inner" ? texts : null),
  };

  it("take a number as its text, and no other place does", () => {
    const text =
      '{"limit": 1e16, "inner": {"limit": -1e400, "other": 1e17}, "list": [1e18], "n": 1}';
    expect(parseExactJson(text, { texts })).toMatchObject({
      value: { limit: "1e16", inner: { limit: "-1e400", other: "1e17" }, list: ["1e18"], n: 1 },
      inexact: [{ pointer: "/inner/other" }, { pointer: "/list/0" }],
      inexactCount: 2,
      textCount: 2,
    });
  });

  it("hide no other number, however many they are", () => {
    const limits = Array.from({ length: 300 }, (_, index) => `"${index}": 1e16`).join(",");
    const anywhere: TextPlace = { takesText: false, below: () => limit };
    const inner: TextPlace = {
      takesText: false,
      below: (key) => (key === "limits" ? anywhere : null),
    };
    const parsed = parseExactJson(`{"limits": {${limits}}, "id": 1e16}`, { texts: inner });
    expect(parsed).toMatchObject({ inexact: [{ pointer: "/id" }], textCount: 300 });
  });
});

describe("plain digits", () => {
  it.each([
    ["9223372036854775807", "9223372036854775807"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["1e16", "10000000000000000"],
    ["9007199254740993.0", "9007199254740993"],
    ["+9.007199254740993E+15", "9007199254740993"],
    [`1${"0".repeat(399)}`, `1${"0".repeat(399)}`],
    ["1e399", `1${"0".repeat(399)}`],
    ["1e400", null],
    ["1e999999999999", null],
    [".inf", null],
    ["x", null],
  ])("of %s", (written, digits) => {
    expect(plainDigits(written, 400)).toBe(digits);
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
