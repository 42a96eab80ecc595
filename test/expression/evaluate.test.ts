import { describe, expect, test } from "vitest";
import { evaluateExpression } from "#expression/evaluate.ts";
import type { RunContext } from "#model/context.ts";
import { evaluated, parsed, valueOrMessage } from "./context.ts";

const context: RunContext = {
  static: { limit: 10, both: "static", secrets: "no" },
  profile: { email: "ada@example.org", both: "profile" },
  runtime: {
    inputs: { topic: "space", both: "input", static: "hidden" },
    steps: {
      generate: { output: { draft: "To space", score: 0.5 } },
      "my-step": { output: [1, 2] },
    },
  },
};

function inContext(source: string): unknown {
  const result = evaluateExpression(parsed(source), context);
  return result.ok ? result.value : result.error.message;
}

describe("names", () => {
  test.each([
    ["topic", "space"],
    ["inputs.topic", "space"],
    ["runtime.inputs.topic", "space"],
    ["email", "ada@example.org"],
    ["profile.email", "ada@example.org"],
    ["limit", 10],
    ["static.limit", 10],
    ["both", "input"],
    ["steps.generate.output.score", 0.5],
    ["runtime.steps.generate.output.draft", "To space"],
    ['steps["my-step"].output[-1]', 2],
    ['"generate" in steps and "reject" not in steps', true],
    ["static.secrets", "no"],
    ["inputs.static", "hidden"],
  ])("%s is %j", (source, value) => {
    expect(inContext(source)).toEqual(value);
  });

  test.each([
    ["toppic", 'Unknown name "toppic". Did you mean "topic"?'],
    ["step.generate", 'Unknown name "step". Did you mean "steps"?'],
    ["nothing_like_it", 'Unknown name "nothing_like_it".'],
    ["constructor", 'Unknown name "constructor".'],
    ["__proto__", 'Unknown name "__proto__".'],
    ["secrets", "Secrets cannot be read in expressions."],
    ["secrets.API_KEY", "Secrets cannot be read in expressions."],
    ["len", '"len" is a function; write len(…).'],
    ["inputs.toppic", '"inputs" (an object) has no key "toppic". Did you mean "topic"?'],
    ["steps.my-step.output", '"steps" (an object) has no key "my". Did you mean ["my-step"]?'],
    ["steps.generate.constructor", '"steps.generate" (an object) has no key "constructor".'],
    ["topic.length", '"topic" (a string) has no "length"; it needs an integer subscript.'],
    ["limit.real", '"limit" (an integer) has no elements or keys.'],
    ["(inputs or 1).x", 'An object has no key "x".'],
  ])("%s fails with %j", (source, message) => {
    expect(inContext(source)).toBe(message);
  });

  test("that are computed do not show values of the context in messages", () => {
    expect(inContext("steps[topic]")).toBe('"steps" (an object) has no such key.');
  });
});

describe("errors of evaluation", () => {
  const inputs = { xs: [1, 2], big: 1e300, word: "ab", person: { age: 41 } };

  test.each([
    ["1 + (2 / 0)", "Division by zero.", 7],
    ["1 + 'a'", "+ does not work on an integer and a string.", 2],
    ["xs - [1.5]", "- does not work on a list and a list.", 3],
    ["-word", "- does not work on a string.", 0],
    ["'%s' % 1", "% does not format strings; it works on numbers only.", 5],
    ["9007199254740991 + 1", "The result is an integer beyond 2^53.", 17],
    ["1e308 * 10", "The result is not a finite number.", 6],
    ["xs[0] + big", "The integer is beyond 2^53.", 8],
    ["xs[4 / 2]", '"xs" (a list) needs an integer subscript, not a float.', 3],
    ["xs[2]", '"xs" (a list) has fewer items: the subscript is out of range.', 3],
    ["word[-3]", '"word" (a string) has fewer characters: the subscript is out of range.', 5],
    ["person[1]", '"person" (an object) needs a string subscript, not an integer.', 7],
    ["1 < 2 < None", "< does not work on an integer and None.", 6],
    ["[1, [2]] < [1, ['a']]", "< does not work on an integer and a string.", 9],
    ["1 in 2", "in and contains() need a string, list or object, not an integer.", 2],
    ["1 in word", "A string can only contain strings, not an integer.", 2],
    ["xs in person", "The keys of an object are strings, not a list.", 3],
    ["1 + len(5)", "len() needs a string, list or object, not an integer.", 4],
    ["min([])", "min() needs at least one element.", 0],
    ["abs('a')", "abs() needs a number, not a string.", 0],
    ["round(1.5, 1.0)", "round() needs an integer number of digits, not a float.", 0],
    ["lower(1)", "lower() needs a string, not an integer.", 0],
    ["starts_with('a', None)", "starts_with() needs two strings, not None.", 0],
  ])("%s fails with %j", (source, message, offset) => {
    expect(evaluated(source, inputs)).toMatchObject({
      ok: false,
      error: { message, offset, line: 1, column: offset + 1 },
    });
  });

  test("have the line and column of a folded source", () => {
    expect(evaluated("True and\n  1 / 0")).toMatchObject({
      ok: false,
      error: { offset: 13, line: 2, column: 5 },
    });
  });
});

describe("results", () => {
  test("become JSON again: floats are numbers, built lists are arrays", () => {
    expect(evaluated("[4 / 2, [0.5], xs, -0.0]", { xs: [1] })).toMatchObject({
      value: [2, [0.5], [1], 0],
    });
  });

  test("from the context are the context's own values", () => {
    const inputs = { person: { age: 41 } };
    const result = evaluated("person", inputs);
    expect(result.ok && result.value).toBe(inputs.person);
  });

  test.each([
    ["0 or 'default'", "default"],
    ["'' and missing", ""],
    ["1 < 2 < 3", true],
  ])("%s is %j", (source, value) => {
    expect(valueOrMessage(source)).toBe(value);
  });
});

describe("the trace", () => {
  test("has every name and chain that was read, in order, once", () => {
    const inputs = { topic: "x", plan: "pro", prices: { pro: 10 }, xs: [1, 2], unread: 1 };
    const source = "topic == 'x' and prices[plan] > xs[-1] and len(xs) == 2 or topic == unread";
    expect(evaluated(source, inputs).trace).toEqual([
      { path: "topic", value: "x" },
      { path: "plan", value: "pro" },
      { path: "prices[plan]", value: 10 },
      { path: "xs[-1]", value: 2 },
      { path: "xs", value: [1, 2] },
    ]);
  });

  test("is there when the evaluation failed, up to that place", () => {
    const result = evaluated("topic + 1", { topic: "x" });
    expect(result).toMatchObject({ ok: false, trace: [{ path: "topic", value: "x" }] });
  });

  test("shows long values in short", () => {
    const inputs = {
      long: "a".repeat(201),
      fits: "a".repeat(200),
      many: Array.from({ length: 300 }, () => 1),
      nested: [[1]],
      person: { name: "Ada", age: 41 },
      keys: { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 },
      blank: {},
      half: 0.5,
    };
    const source = "[long, fits, many, nested, person, keys, blank, half]";
    expect(evaluated(source, inputs).trace).toEqual([
      { path: "long", value: `${"a".repeat(200)}…` },
      { path: "fits", value: "a".repeat(200) },
      { path: "many", value: "a list of 300" },
      { path: "nested", value: "a list of 1" },
      { path: "person", value: "an object with name, age" },
      { path: "keys", value: "an object with a, b, c, d, e, …" },
      { path: "blank", value: "an object without keys" },
      { path: "half", value: 0.5 },
    ]);
  });

  test("never cuts a character in two", () => {
    const [entry] = evaluated("text", { text: `${"a".repeat(199)}😀` }).trace;
    expect(entry).toEqual({ path: "text", value: `${"a".repeat(199)}…` });
  });

  test("keeps the first 50 readings", () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `n${at}`);
    const read = (count: number): number => {
      const inputs = Object.fromEntries(names(count).map((name) => [name, 1]));
      return evaluated(`[${names(count).join(", ")}]`, inputs).trace.length;
    };
    expect([read(49), read(50), read(51)]).toEqual([49, 50, 50]);
  });
});

test("outputs that are read lazily are only loaded when an expression reads them", () => {
  const loaded: string[] = [];
  const lazy = (id: string): { readonly output: number } => ({
    get output() {
      loaded.push(id);
      return 7;
    },
  });
  const steps = { first: lazy("first"), second: lazy("second") };
  const run: RunContext = { static: {}, profile: {}, runtime: { inputs: {}, steps } };
  const source = 'steps and "first" in steps and len(steps) == 2 and steps.second.output == 7';
  expect(evaluateExpression(parsed(source), run)).toMatchObject({ ok: true, value: true });
  expect(loaded).toEqual(["second"]);
});
