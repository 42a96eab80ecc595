/** What browsers send of a form, as answers: text becomes what the field's type asks for. */
import { describe, expect, test } from "vitest";
import {
  type Field,
  prefillTyped,
  readTyped,
  toAnswers,
} from "../../src/http/resume-page-answers.ts";

function field(type: Field["type"], over: Partial<Field> = {}): Field {
  return { key: "x", type, required: false, ...over };
}

/** The answer that a form with one field gives; absent when it gives none. */
function answerOf(one: Field, ...texts: string[]): unknown {
  const form = new URLSearchParams(texts.map((text) => ["a.x", text]));
  const answers = toAnswers([one], readTyped([one], form));
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
    ["number", "1e3", "1e3"],
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
  ])("%s %j", (type, text, expected) => {
    expect(answerOf(field(type), text)).toEqual(expected);
  });

  test("a list of all that was chosen", () => {
    expect(answerOf(field("multiselect"), "a", "b")).toEqual(["a", "b"]);
  });

  test("the first of several, where one is asked for", () => {
    expect(answerOf(field("string"), "a", "b")).toBe("a");
  });
});

describe("nothing typed", () => {
  const TYPES = [
    "string",
    "text",
    "number",
    "integer",
    "boolean",
    "date",
    "email",
    "url",
    "select",
  ] as const;

  test.each(TYPES)("into an optional %s is no answer", (type) => {
    expect(answerOf(field(type), "")).toBe("(none)");
    expect(answerOf(field(type))).toBe("(none)");
  });

  test.each(TYPES)("into a required %s is null, so that no default takes its place", (type) => {
    expect(answerOf(field(type, { required: true, default: "x" }), "")).toBeNull();
  });

  test("clears a default where there is a value for nothing", () => {
    expect(answerOf(field("string", { default: "x" }), "")).toBe("");
    expect(answerOf(field("text", { default: "x" }), "")).toBe("");
    expect(answerOf(field("multiselect", { default: ["x"] }))).toEqual([]);
    expect(answerOf(field("multiselect"))).toBe("(none)");
    expect(answerOf(field("multiselect", { required: true }))).toBeNull();
  });
});

test("fields that the form does not have are passed over", () => {
  const fields = [field("string")];
  const form = new URLSearchParams("a.x=1&x=2&a.y=3&a.__proto__=4&resume_token=5");
  expect(toAnswers(fields, readTyped(fields, form))).toEqual({ x: "1" });
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
      ["its default for null", field("integer", { default: 3 }), { x: null }, ["3"]],
      ["nothing", field("string"), {}, []],
      ["nothing, when it is sensitive", field("string", { sensitive: true, default: "d" }), {}, []],
    ],
  )("%s", (_what, one, prefill, expected) => {
    expect(prefillTyped([one], prefill).get("x")).toEqual(expected);
  });
});
