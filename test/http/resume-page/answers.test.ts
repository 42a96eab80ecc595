/** What browsers send of a form, as answers: text becomes what the field's type asks for. */
import { describe, expect, test } from "vitest";
import type { JsonValue } from "#model/json.ts";
import {
  contradictions,
  type Field,
  type FormWait,
  notYetFilled,
  readFilled,
  toAnswers,
} from "#http/resume-page/answers.ts";

function field(type: Field["type"], over: Partial<Field> = {}): Field {
  return { key: "x", type, required: false, ...over };
}

type Shown = Pick<FormWait, "prefill" | "answered_before">;

/** The answer that a form with one field returns; absent when it returns none. */
function answerOf(one: Field, texts: string[], shown: Shown = {}, also = ""): unknown {
  const form = new URLSearchParams(also);
  for (const text of texts) form.append("a.x", text);
  const answers = toAnswers([one], shown, readFilled([one], form));
  return Object.hasOwn(answers, "x") ? answers["x"] : "(none)";
}

describe("text becomes", () => {
  test.each<[Field["type"], string, unknown]>([
    ["string", "Launch", "Launch"],
    ["string", "  two  ", "  two  "],
    ["string", "7", "7"],
    ["text", "one\r\ntwo\nthree", "one\ntwo\nthree"],
    ["number", "1.5", 1.5],
    ["number", " -2 ", -2],
    ["number", "+.5", 0.5],
    ["number", "1e3", 1000],
    ["number", "\u22125", -5],
    ["integer", "\u00a0+5 ", 5],
    ["integer", "9007199254740993", "9007199254740993"],
    ["number", "1e400", "1e400"],
    ["number", "0x10", "0x10"],
    ["number", "1,5", "1,5"],
    ["number", "Infinity", "Infinity"],
    ["integer", "42", 42],
    ["integer", "4.2", 4.2],
    ["boolean", "true", true],
    ["boolean", "false", false],
    ["boolean", "yes", "yes"],
    ["date", "2026-01-31", "2026-01-31"],
    ["email", " ann@example.com ", "ann@example.com"],
    ["url", "https://example.com/ ", "https://example.com/"],
    ["select", "S", "S"],
    ["select", " S ", " S "],
  ])("%s %j", (type, text, expected) => {
    expect(answerOf(field(type), [text])).toEqual(expected);
  });

  test("a list of all that was chosen", () => {
    expect(answerOf(field("multiselect"), ["a", "b"])).toEqual(["a", "b"]);
  });

  test("the first of several, where one is asked for", () => {
    expect(answerOf(field("string"), ["a", "b"])).toBe("a");
  });
});

/** Each type with a value that the page can show. */
const EVERY: [Field["type"], JsonValue][] = [
  ["string", "old text"],
  ["text", "old\ntext"],
  ["number", 0],
  ["integer", 3],
  ["boolean", true],
  ["boolean", false],
  ["date", "2026-01-31"],
  ["email", "old@example.com"],
  ["url", "https://old.example"],
  ["select", "s"],
];

describe("an empty control", () => {
  test.each(EVERY)("of a field of type %s that showed %j sends null", (type, value) => {
    expect(answerOf(field(type), [""], { prefill: { x: value } })).toBeNull();
    expect(answerOf(field(type, { default: value }), [""])).toBeNull();
    expect(answerOf(field(type, { required: true, default: value }), [""])).toBeNull();
  });

  test.each(EVERY)("of a field of type %s that showed nothing sends nothing", (type, value) => {
    expect(answerOf(field(type), [""])).toBe("(none)");
    expect(answerOf(field(type, { required: true }), [""])).toBe("(none)");
    // Removed earlier in the run: the default was not shown either.
    expect(answerOf(field(type, { default: value }), [""], { prefill: { x: null } })).toBe(
      "(none)",
    );
    expect(answerOf(field(type), [""], { prefill: { x: "" } })).toBe("(none)");
  });

  test.each(EVERY)("of type %s that was not sent at all was not emptied: %j", (type, value) => {
    expect(answerOf(field(type, { default: value }), [])).toBe("(none)");
  });

  test("of spaces is empty where spaces are no value", () => {
    expect(answerOf(field("date"), ["  "], { prefill: { x: "2026-01-31" } })).toBeNull();
    expect(answerOf(field("number"), [" "])).toBe("(none)");
    expect(answerOf(field("string"), ["  "])).toBe("  ");
  });

  test("of choices sends [] when it showed some", () => {
    expect(answerOf(field("multiselect"), [], { prefill: { x: ["a"] } })).toEqual([]);
    expect(answerOf(field("multiselect", { default: ["a"] }), [])).toEqual([]);
    expect(answerOf(field("multiselect", { default: ["a"] }), [], { prefill: { x: [] } })).toBe(
      "(none)",
    );
    expect(answerOf(field("multiselect"), [])).toBe("(none)");
  });
});

describe("a control that was left as it was", () => {
  test.each(["a\r\nb", "a\rb", "a\nb"])("sends %j as it was", (value) => {
    const sent = "a\r\nb";
    expect(answerOf(field("text"), [sent], { prefill: { x: value } })).toBe(value);
    expect(answerOf(field("string", { default: value }), [sent])).toBe(value);
  });
});

describe("a field whose answer is not shown", () => {
  const given: Shown = { answered_before: ["x"] };

  test.each([...EVERY, ["multiselect", ["a"]] as [Field["type"], JsonValue]])(
    "of type %s sends nothing when it is left alone, null when it is removed: %j",
    (type, value) => {
      const untouched = type === "multiselect" ? [] : [""];
      const one = field(type, { sensitive: true });
      expect(answerOf(one, untouched, given)).toBe("(none)");
      expect(answerOf(one, untouched, given, "r.x=remove")).toBeNull();
      const withDefault = field(type, { sensitive: true, default: value });
      expect(answerOf(withDefault, untouched)).toBe("(none)");
      expect(answerOf(withDefault, untouched, {}, "r.x=remove")).toBeNull();
    },
  );

  test("is replaced by what is typed", () => {
    expect(answerOf(field("string", { sensitive: true }), ["new"], given)).toBe("new");
  });

  test("cannot be typed and removed at once", () => {
    const one = field("string", { sensitive: true, label: "PIN" });
    const filled = readFilled([one], new URLSearchParams("a.x=new&r.x=remove"));
    expect(contradictions([one], given, filled)).toEqual([
      {
        code: "ambiguous_answer",
        message: "PIN: either enter an answer or choose to remove it, not both.",
        pointer: "/inputs/x",
      },
    ]);
    expect(contradictions([one], {}, filled)).toEqual([]);
  });

  test("is removed only where the page offers it", () => {
    expect(answerOf(field("string"), [""], {}, "r.x=remove")).toBe("(none)");
  });
});

test("fields that the form does not have are passed over", () => {
  const fields = [field("string")];
  const form = new URLSearchParams("a.x=1&x=2&a.y=3&a.__proto__=4&resume_token=5");
  expect(toAnswers(fields, {}, readFilled(fields, form))).toEqual({ x: "1" });
});

describe("a field holds at first", () => {
  test.each<[string, Field, Record<string, string | number | boolean | string[] | null>, string[]]>(
    [
      ["what is known", field("string", { default: "d" }), { x: "known" }, ["known"]],
      ["what is known, although it is wrong", field("number"), { x: "a lot" }, ["a lot"]],
      ["a number", field("number"), { x: 1.5 }, ["1.5"]],
      ["false", field("boolean"), { x: false }, ["false"]],
      ["choices", field("multiselect"), { x: ["a", "b"] }, ["a", "b"]],
      ["its default", field("integer", { default: 3 }), {}, ["3"]],
      ["nothing for null, not its default", field("integer", { default: 3 }), { x: null }, []],
      ["nothing", field("string"), {}, []],
      ["nothing, when it is sensitive", field("string", { sensitive: true, default: "d" }), {}, []],
    ],
  )("%s", (_what, one, prefill, expected) => {
    expect(notYetFilled([one], { prefill }).typed.get("x")).toEqual(expected);
  });
});
