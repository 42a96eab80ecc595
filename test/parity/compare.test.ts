import { assert, integer, jsonValue, property } from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonValue } from "#model/json.ts";
import { compareJson, compareRuns } from "#parity/compare.ts";
import type { ComparableRun } from "#parity/comparable.ts";

const json = jsonValue({ maxDepth: 4 }).map((value) => value as JsonValue);

/** The same value with the keys of its objects and the items of its lists in another order. */
function shuffled(value: JsonValue, random: () => number): JsonValue {
  if (Array.isArray(value)) {
    return value
      .map((item) => ({ item: shuffled(item, random), place: random() }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => ({
    entry: [key, shuffled(item, random)] as const,
    place: random(),
  }));
  return Object.fromEntries(
    entries.toSorted((a, b) => a.place - b.place).map(({ entry }) => entry),
  );
}

/** Numbers from 0 to 1, the same for a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same texts with other white space at their ends, where there is some, and at line ends. */
function respaced(value: JsonValue): JsonValue {
  if (typeof value === "string")
    return `  ${value.replaceAll(" ", " \t ").replaceAll("\n", "\r\n")}\n`;
  if (Array.isArray(value)) return value.map((item) => respaced(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, respaced(item)]));
}

describe("values that are the same", () => {
  test("match themselves", () => {
    assert(property(json, (value) => compareJson(value, structuredClone(value)).length === 0));
  });

  test("match in any order of their keys and items", () => {
    assert(
      property(json, integer(), (value, seed) => {
        expect(compareJson(value, shuffled(value, randomOf(seed)))).toEqual([]);
      }),
    );
  });

  test("match with other white space", () => {
    assert(
      property(json, (value) => {
        expect(compareJson(value, respaced(value))).toEqual([]);
      }),
    );
  });
});

describe("each rule, on both sides", () => {
  const cases: [string, JsonValue, JsonValue, JsonValue[]][] = [
    ["keys in another order", { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ["a key more", { a: 1 }, { a: 1, b: 2 }, [{ path: "/b", old: "(absent)", new: 2 }]],
    ["a key less", { a: 1, b: null }, { a: 1 }, [{ path: "/b", old: null, new: "(absent)" }]],
    ["items in another order", [3, 1, 2], [1, 2, 3], []],
    ["an item more", [1, 3], [1, 2, 3], [{ path: "/1", old: "(absent)", new: 2 }]],
    ["an item twice", [1, 1, 2], [1, 2, 2], [{ path: "/1", old: 1, new: 2 }]],
    [
      "one item of a list without order changed, named by its place on the old side",
      [
        { id: "b", n: 2 },
        { id: "a", n: 1 },
      ],
      [
        { id: "a", n: 1 },
        { id: "b", n: 3 },
      ],
      [{ path: "/0/n", old: 2, new: 3 }],
    ],
    ["spaces at the ends", " a b ", "a b", []],
    ["spaces within", "a  b", "a b", []],
    ["a tab for a space", "a\tb", "a b", []],
    ["line ends of Windows", "a\r\nb", "a\nb", []],
    ["a text wrapped elsewhere", "a b c", "a\nb  c", []],
    ["a space where there was none", "ab", "a b", [{ path: "", old: "ab", new: "a b" }]],
    ["capitals", "a", "A", [{ path: "", old: "a", new: "A" }]],
    ["numbers a millionth apart", 1, 1.000001, []],
    ["numbers two millionths apart", 1, 1.000002, [{ path: "", old: 1, new: 1.000002 }]],
    ["numbers almost equal in a list", [0.1 + 0.2, 1], [1, 0.3], []],
    ["a number and its text", { n: 1 }, { n: "1" }, [{ path: "/n", old: 1, new: "1" }]],
    ["true and 1", true, 1, [{ path: "", old: true, new: 1 }]],
    ["null and false", null, false, [{ path: "", old: null, new: false }]],
    ["a list and an object", [], {}, [{ path: "", old: [], new: {} }]],
    [
      "keys that a pointer escapes",
      { "a/b~": 1 },
      { "a/b~": 2 },
      [{ path: "/a~1b~0", old: 1, new: 2 }],
    ],
  ];

  test.each(cases)("%s", (_name, before, after, expected) => {
    expect(compareJson(before, after)).toEqual(expected);
  });

  test.each([
    ["the steps of a run", ["steps"]],
    ["what a rule read", ["steps", "0", "output", "trace"]],
    ["decisions", ["context", "runtime", "steps", "approve", "output", "decisions"]],
    ["findings of a step", ["steps", "1", "output", "findings"]],
    ["findings of the output", ["output", "findings"]],
    ["a timeline", ["output", "timeline"]],
    ["a draft in parts", ["output", "draft"]],
  ])("%s have an order", (_name, path) => {
    const at = (list: JsonValue) =>
      path.toReversed().reduce<JsonValue>((inner, key) => ({ [key]: inner }), list);
    expect(compareJson(at(["a", "b"]), at(["b", "a"]))).toHaveLength(2);
    expect(compareJson(at(["a", "b"]), at(["a", "b"]))).toEqual([]);
  });

  test("the order inside the items of a list without order still counts where it is declared", () => {
    const before = [{ timeline: [1, 2] }, { timeline: [3] }];
    expect(compareJson(before, [{ timeline: [3] }, { timeline: [1, 2] }])).toEqual([]);
    expect(compareJson(before, [{ timeline: [3] }, { timeline: [2, 1] }])).toHaveLength(2);
  });

  test("order counts nowhere when no path is declared", () => {
    expect(compareJson({ steps: [1, 2] }, { steps: [2, 1] }, { ordered: [] })).toEqual([]);
  });

  test("long lists that differ everywhere are compared in time", () => {
    const before = Array.from({ length: 20_000 }, (_, index) => index);
    const after = before.map((value) => value + 0.5);
    expect(compareJson(before, after)).toHaveLength(20_000);
  });
});

test("runs match or differ as a whole, and the rules are named with the result", () => {
  const run: ComparableRun = {
    status: "completed",
    current_step: null,
    steps: [
      { step_id: "ask", type: "form", status: "completed", attempt: 1, output: { a: " x " } },
    ],
    context: { runtime: { inputs: { a: " x " }, steps: {} } },
    output: { a: "x" },
  };
  const normalization = {
    ordering: "stable",
    whitespace: "trim+single-space",
    numeric_tolerance: 1e-6,
  };
  expect(compareRuns(run, { ...run, output: { a: "x  " } })).toEqual({
    match: true,
    diffs: [],
    normalization,
  });
  expect(compareRuns(run, { ...run, status: "failed" })).toEqual({
    match: false,
    diffs: [{ path: "/status", old: "completed", new: "failed" }],
    normalization,
  });
});
