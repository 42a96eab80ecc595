import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "#model/json.ts";
import type { FieldType, FormField } from "#model/workflow.ts";
import { checkAnswers, completeFromInputs, maskedInputs } from "#validation/answers.ts";
import { timesFloor } from "../support/effort.ts";
import { redactText } from "#security/redact.ts";

function field(key: string, type: FieldType, more: Partial<FormField> = {}): FormField {
  return { key, type, required: false, ...more };
}

/** What is said about one value of one optional field: "ok" or the code of the error. */
function verdict(type: FieldType, more: Partial<FormField>, value: JsonValue): string {
  const result = checkAnswers([field("f", type, more)], { f: value });
  return result.ok ? "ok" : result.errors.map((error) => error.code).join();
}

const options = [
  { value: "s", label: "Small" },
  { value: "m", label: "Medium" },
  { value: "l", label: "Large" },
];

describe("a single answer", () => {
  it.each<[FieldType, Partial<FormField>, JsonValue, string]>([
    ["string", {}, "Launch", "ok"],
    ["string", {}, 5, "invalid_type"],
    ["string", {}, ["a"], "invalid_type"],
    ["string", {}, { constructor: 1 }, "invalid_type"],
    ["string", { min_length: 3 }, "ab", "too_short"],
    ["string", { min_length: 2 }, "💩💩", "ok"],
    ["string", { max_length: 2 }, "💩💩", "ok"],
    ["string", { max_length: 2 }, "💩💩💩", "too_long"],
    ["string", { max_length: 2 }, "abc", "too_long"],
    ["string", { pattern: "[a-z]+" }, "abc", "ok"],
    ["string", { pattern: "[a-z]+" }, "abc1", "pattern"],
    ["string", { pattern: "b" }, "abc", "pattern"],
    ["string", { pattern: "a|ab" }, "ab", "ok"],
    ["string", { pattern: "^(a+)+$" }, `${"a".repeat(28)}!`, "pattern"],
    ["string", { pattern: "(" }, "a", "pattern"],
    ["text", {}, "many\nlines", "ok"],
    ["number", {}, 1.5, "ok"],
    ["number", {}, "5", "invalid_type"],
    ["number", {}, true, "invalid_type"],
    ["number", {}, "", "invalid_type"],
    ["number", { min: 1, max: 3 }, 1, "ok"],
    ["number", { min: 1, max: 3 }, 0.9, "too_small"],
    ["number", { min: 1, max: 3 }, 3, "ok"],
    ["number", { min: 1, max: 3 }, 3.1, "too_large"],
    ["number", {}, 0, "ok"],
    ["integer", {}, 5, "ok"],
    ["integer", {}, 5.0, "ok"],
    ["integer", {}, 5.5, "invalid_type"],
    ["integer", {}, 9_007_199_254_740_991, "ok"],
    ["integer", {}, 9_007_199_254_740_992, "too_large"],
    ["integer", {}, -9_007_199_254_740_992, "too_small"],
    ["boolean", {}, false, "ok"],
    ["boolean", {}, "true", "invalid_type"],
    ["boolean", {}, 0, "invalid_type"],
    ["date", {}, "2024-02-29", "ok"],
    ["date", {}, "2000-02-29", "ok"],
    ["date", {}, "1900-02-29", "invalid_date"],
    ["date", {}, "2026-02-29", "invalid_date"],
    ["date", {}, "2026-04-31", "invalid_date"],
    ["date", {}, "2026-13-01", "invalid_date"],
    ["date", {}, "2026-00-10", "invalid_date"],
    ["date", {}, "2026-01-00", "invalid_date"],
    ["date", {}, "2026-1-1", "invalid_date"],
    ["date", {}, "2026-01-01T00:00:00Z", "invalid_date"],
    ["date", {}, 20260101, "invalid_type"],
    ["email", {}, "ann.lee+x@mail.example.com", "ok"],
    ["email", {}, "ann@exämple.com", "ok"],
    ["email", {}, "ann", "invalid_email"],
    ["email", {}, "@example.com", "invalid_email"],
    ["email", {}, "ann@", "invalid_email"],
    ["email", {}, "ann@example", "invalid_email"],
    ["email", {}, "ann@-example.com", "invalid_email"],
    ["email", {}, "a..b@example.com", "invalid_email"],
    ["email", {}, "ann lee@example.com", "invalid_email"],
    ["email", {}, "a@b@example.com", "invalid_email"],
    ["email", {}, "Ann <ann@example.com>", "invalid_email"],
    ["email", {}, `${"a".repeat(64)}@example.com`, "ok"],
    ["email", {}, `${"a".repeat(65)}@example.com`, "invalid_email"],
    ["email", { max_length: 5 }, "ann@example.com", "too_long"],
    ["url", {}, "https://example.com/a?b#c", "ok"],
    ["url", {}, "HTTP://example.com", "ok"],
    ["url", {}, "ftp://example.com", "invalid_url"],
    ["url", {}, "javascript:alert(1)", "invalid_url"],
    ["url", {}, "https:example.com", "invalid_url"],
    ["url", {}, "https://", "invalid_url"],
    ["url", {}, "https://exa mple.com", "invalid_url"],
    ["url", {}, " https://example.com", "invalid_url"],
    ["url", {}, "https:\\\\example.com", "invalid_url"],
    ["url", {}, "example.com", "invalid_url"],
    ["select", { options }, "m", "ok"],
    ["select", { options }, "Medium", "invalid_option"],
    ["select", { options }, "constructor", "invalid_option"],
    ["select", { options }, ["m"], "invalid_type"],
    ["multiselect", { options }, ["s", "l"], "ok"],
    ["multiselect", { options }, [], "ok"],
    ["multiselect", { options }, "s", "invalid_type"],
    ["multiselect", { options }, ["s", 1], "invalid_type"],
    ["multiselect", { options }, ["s", "x"], "invalid_option"],
    ["multiselect", { options }, ["s", "s"], "invalid_option"],
    ["multiselect", { options, min: 2 }, ["s"], "too_small"],
    ["multiselect", { options, min: 2 }, ["s", "m"], "ok"],
    ["multiselect", { options, max: 2 }, ["s", "m"], "ok"],
    ["multiselect", { options, max: 2 }, ["s", "m", "l"], "too_large"],
  ])("for %s %j: %j is %s", (type, more, value, expected) => {
    expect(verdict(type, more, value)).toBe(expected);
  });

  it.each<[FieldType, number]>([
    ["string", 1_000],
    ["text", 65_536],
  ])("of type %s may have %d characters without a limit of its own", (type, most) => {
    expect(verdict(type, {}, "x".repeat(most))).toBe("ok");
    expect(verdict(type, {}, "x".repeat(most + 1))).toBe("too_long");
  });

  it.each<[FieldType, JsonValue]>([
    ["email", "ann"],
    ["url", "example"],
    ["date", "tomorrow"],
    ["integer", 1.5],
    ["number", "1"],
  ])("of type %s has a message that redaction does not change", (type, value) => {
    const result = checkAnswers([field("x", type, {})], { x: value });
    const [error] = result.ok ? [] : result.errors;
    expect(error?.message).toMatch(/^x must be /);
    expect(redactText(error?.message ?? "")).toBe(error?.message);
  });

  it("of type url may have 1,000 characters without a limit of its own", () => {
    const start = "https://example.com/";
    expect(verdict("url", {}, start.padEnd(1_000, "a"))).toBe("ok");
    expect(verdict("url", {}, start.padEnd(1_001, "a"))).toBe("too_long");
  });
});

describe("a required field", () => {
  it.each<[string, JsonObject]>([
    ["is missing", {}],
    ["is null", { f: null }],
    ["is empty", { f: "" }],
  ])("has one error when its answer %s", (_, answers) => {
    const fields = [field("f", "string", { required: true, label: "Topic" })];
    expect(checkAnswers(fields, answers)).toEqual({
      ok: false,
      errors: [{ code: "required", message: "Topic is required.", pointer: "/inputs/f" }],
    });
  });

  it.each([
    ["What is it about?", '"What is it about?" is required.'],
    ["Betrag in €:", '"Betrag in €:" is required.'],
    ["Amount (net)", "Amount (net) is required."],
    ["Größe", "Größe is required."],
  ])("with the label %s is named so that the sentence reads on", (label, message) => {
    const fields = [field("f", "string", { required: true, label })];
    expect(checkAnswers(fields, {})).toEqual({
      ok: false,
      errors: [{ code: "required", message, pointer: "/inputs/f" }],
    });
  });

  it("of choices is not satisfied by an empty list", () => {
    const fields = [field("f", "multiselect", { required: true, options })];
    expect(checkAnswers(fields, { f: [] })).toMatchObject({ errors: [{ code: "required" }] });
  });

  it("is satisfied by false and by 0", () => {
    const fields = [
      field("b", "boolean", { required: true }),
      field("n", "number", { required: true }),
    ];
    expect(checkAnswers(fields, { b: false, n: 0 })).toEqual({
      ok: true,
      answers: { b: false, n: 0 },
    });
  });

  it("takes its default when the key is missing, not when it is null", () => {
    const fields = [field("f", "string", { required: true, default: "x" })];
    expect(checkAnswers(fields, {})).toEqual({ ok: true, answers: { f: "x" } });
    expect(checkAnswers(fields, { f: null })).toMatchObject({ ok: false });
  });
});

/** A field of each type with an answer that it takes, as its default or as what was known. */
const EVERY: [FieldType, JsonValue, JsonValue][] = [
  ["string", "old", "new"],
  ["text", "old\ntext", "new"],
  ["number", 1.5, 2],
  ["integer", 3, 4],
  ["boolean", true, false],
  ["date", "2026-01-31", "2026-02-01"],
  ["email", "old@example.com", "new@example.com"],
  ["url", "https://old.example", "https://new.example"],
  ["select", "s", "m"],
  ["multiselect", ["s"], ["m", "l"]],
];

describe.each(EVERY)("an optional field of type %s", (type, old, other) => {
  const withDefault = [field("f", type, { options, default: other })];
  const plain = [field("f", type, { options })];

  it("that is missing keeps what was known before, else takes its default, else is absent", () => {
    expect(checkAnswers(withDefault, {}, { f: old })).toEqual({ ok: true, answers: { f: old } });
    expect(checkAnswers(withDefault, {}, { f: null })).toEqual({ ok: true, answers: { f: null } });
    expect(checkAnswers(withDefault, {})).toEqual({ ok: true, answers: { f: other } });
    expect(checkAnswers(plain, {})).toEqual({ ok: true, answers: {} });
  });

  it("that is null is null, regardless of its default and regardless of what was known", () => {
    for (const fields of [withDefault, plain]) {
      expect(checkAnswers(fields, { f: null })).toEqual({ ok: true, answers: { f: null } });
      expect(checkAnswers(fields, { f: null }, { f: old })).toEqual({
        ok: true,
        answers: { f: null },
      });
    }
  });

  it("replaces what was known by another answer", () => {
    expect(checkAnswers(plain, { f: other }, { f: old })).toEqual({
      ok: true,
      answers: { f: other },
    });
  });
});

describe.each(EVERY)("a required field of type %s", (type, old, other) => {
  const fields = [field("f", type, { options, required: true })];
  const required = { ok: false, errors: [{ code: "required", pointer: "/inputs/f" }] };

  it("is not satisfied by null, regardless of its default and regardless of what was known", () => {
    const withDefault = [field("f", type, { options, required: true, default: other })];
    expect(checkAnswers(fields, { f: null })).toMatchObject(required);
    expect(checkAnswers(fields, { f: null }, { f: old })).toMatchObject(required);
    expect(checkAnswers(withDefault, { f: null })).toMatchObject(required);
  });

  it("that is missing is satisfied by what was known before, but not when that is null", () => {
    expect(checkAnswers(fields, {}, { f: old })).toEqual({ ok: true, answers: { f: old } });
    expect(checkAnswers(fields, {}, { f: null })).toMatchObject(required);
    expect(checkAnswers(fields, {})).toMatchObject(required);
  });

  it.each(["", " ", "   ", "\n", "\t\u00a0\u3000"])("is not satisfied by %j", (text) => {
    expect(checkAnswers(fields, { f: text })).toMatchObject(required);
  });
});

describe("the empty text", () => {
  it.each<[FieldType, string]>([
    ["string", "ok"],
    ["text", "ok"],
    ["number", "invalid_type"],
    ["integer", "invalid_type"],
    ["boolean", "invalid_type"],
    ["date", "invalid_date"],
    ["email", "invalid_email"],
    ["url", "invalid_url"],
    ["select", "invalid_option"],
    ["multiselect", "invalid_type"],
  ])("for an optional %s is %s", (type, expected) => {
    expect(verdict(type, { options }, "")).toBe(expected);
  });

  it.each<[Partial<FormField>, string]>([
    [{ min_length: 0 }, "ok"],
    [{ min_length: 1 }, "too_short"],
    [{ max_length: 1 }, "ok"],
    [{ pattern: "[a-z]*" }, "ok"],
    [{ pattern: "[a-z]+" }, "pattern"],
  ])("is held to %j: %s", (limits, expected) => {
    expect(verdict("string", limits, "")).toBe(expected);
    expect(verdict("text", limits, "")).toBe(expected);
  });

  it("replaces default and earlier answer", () => {
    const fields = [field("f", "string", { default: "x" })];
    expect(checkAnswers(fields, { f: "" }, { f: "old" })).toEqual({
      ok: true,
      answers: { f: "" },
    });
  });

  it("as white space is a value of an optional text", () => {
    expect(checkAnswers([field("f", "text")], { f: "  " })).toEqual({
      ok: true,
      answers: { f: "  " },
    });
  });
});

describe("nothing ticked", () => {
  it("is an answer of its own, for which no lower limit applies", () => {
    const fields = [field("f", "multiselect", { options, min: 2, default: ["s", "m"] })];
    expect(checkAnswers(fields, { f: [] })).toEqual({ ok: true, answers: { f: [] } });
    expect(checkAnswers(fields, { f: ["s"] })).toMatchObject({ ok: false });
  });

  it.each<[FieldType]>([["string"], ["number"], ["boolean"], ["select"]])(
    "is no answer to a field of type %s",
    (type) => expect(verdict(type, { options }, [])).not.toBe("ok"),
  );
});

describe("what was known before", () => {
  it("is checked where it stays: a wrong value does not pass for an answer", () => {
    const fields = [field("amount", "number"), field("note", "string")];
    const known = { amount: "ten", note: "n", other: 1 };
    expect(checkAnswers(fields, {}, known)).toMatchObject({
      ok: false,
      errors: [{ code: "invalid_type", pointer: "/inputs/amount" }],
    });
    expect(checkAnswers(fields, { amount: null }, known)).toEqual({
      ok: true,
      answers: { amount: null, note: "n" },
    });
  });
});

describe("a masked value", () => {
  it.each<[FieldType, JsonValue]>([
    ["string", "[SENSITIVE]"],
    ["text", "my code is [SENSITIVE]."],
    ["number", "[SENSITIVE]"],
    ["select", "[SENSITIVE]"],
    ["multiselect", ["s", "[SENSITIVE]"]],
    ["string", { a: [{ b: "[SENSITIVE]" }] }],
  ])("is no answer to a field of type %s: %j", (type, value) => {
    expect(checkAnswers([field("f", type, { options })], { f: value })).toEqual({
      ok: false,
      errors: [
        {
          code: "masked_value",
          message:
            "f contains [SENSITIVE], which replaces a hidden value: omit it to keep that value, or enter the value itself.",
          pointer: "/inputs/f",
        },
      ],
    });
  });

  it.each(["SENSITIVE", "[sensitive]", "[SENSITIVE", "[REDACTED]"])("is not %j", (text) => {
    expect(verdict("string", {}, text)).toBe("ok");
  });

  it("that nests deeply is found without a stack of that depth", () => {
    let value: JsonValue = "[SENSITIVE]";
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    expect(maskedInputs({ f: value, g: "x" })).toMatchObject([{ pointer: "/inputs/f" }]);
  });
});

describe("the answers to a form", () => {
  const fields = [
    field("topic", "string", { required: true }),
    field("audience", "string", { required: true }),
    field("size", "select", { options }),
  ];

  it("are returned in the order of the fields", () => {
    const result = checkAnswers(fields, { size: "s", audience: "SMB", topic: "Launch" });
    expect(result).toEqual({
      ok: true,
      answers: { topic: "Launch", audience: "SMB", size: "s" },
    });
    expect(result.ok && Object.keys(result.answers)).toEqual(["topic", "audience", "size"]);
  });

  it("have one error for each wrong field and each unknown key", () => {
    const answers = { topc: "Launch", audience: 5, size: "xl" };
    expect(checkAnswers(fields, answers)).toEqual({
      ok: false,
      errors: [
        { code: "required", message: "topic is required.", pointer: "/inputs/topic" },
        { code: "invalid_type", message: "audience must be text.", pointer: "/inputs/audience" },
        {
          code: "invalid_option",
          message: "size must be one of s, m, l.",
          pointer: "/inputs/size",
        },
        {
          code: "unknown_key",
          message: 'The form has no field "topc".',
          pointer: "/inputs/topc",
          suggestion: "topic",
        },
      ],
    });
  });

  it("are pointed to with escapes", () => {
    expect(checkAnswers([], { "a/b~c": 1 })).toEqual({
      ok: false,
      errors: [
        {
          code: "unknown_key",
          message: 'The form has no field "a/b~c".',
          pointer: "/inputs/a~1b~0c",
        },
      ],
    });
  });

  it("cannot reach what objects inherit", () => {
    const hostile = JSON.parse('{"__proto__": {"topic": "x", "audience": "y"}}') as JsonObject;
    const result = checkAnswers(fields, hostile);
    expect(result.ok ? [] : result.errors.map((error) => error.pointer)).toEqual([
      "/inputs/topic",
      "/inputs/audience",
      "/inputs/__proto__",
    ]);
    const inherited = [field("toString", "string", { required: true })];
    expect(checkAnswers(inherited, {})).toMatchObject({
      ok: false,
      errors: [{ code: "required" }],
    });
    expect(Object.prototype).not.toHaveProperty("topic");
  });

  it("have at most 200 errors, found quickly among many unknown keys", () => {
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1]));
    const result = checkAnswers(fields, many);
    expect(result.ok ? 0 : result.errors.length).toBe(200);
    expect(timesFloor(() => void checkAnswers(fields, many))).toBeLessThan(50);
  });

  it("may cost a bounded work by all their patterns together", () => {
    const heavy = Array.from({ length: 100 }, (_, index) =>
      field(`f${index}`, "text", { pattern: "(?:a|b)*a.{400}c", max_length: 5_000 }),
    );
    const answers = Object.fromEntries(heavy.map(({ key }) => [key, "ab".repeat(1_250)]));
    const result = checkAnswers(heavy, answers);
    expect(result.ok ? [] : result.errors.map((error) => error.message)).toContain(
      "f99 is too long to check against its pattern.",
    );
    expect(timesFloor(() => void checkAnswers(heavy, answers))).toBeLessThan(100);
  });
});

describe("a form that the inputs may already answer", () => {
  const fields = [
    field("topic", "string", { required: true }),
    field("audience", "string", { required: true }),
    field("tone", "select", { options, default: "m" }),
  ];

  it.each<[string, JsonObject, ReturnType<typeof completeFromInputs>]>([
    [
      "completes with all required keys, defaults filled in, other keys left alone",
      { topic: "Launch", audience: "SMB", other: 1 },
      { kind: "complete", answers: { topic: "Launch", audience: "SMB", tone: "m" } },
    ],
    ["waits without any of its keys", { other: 1 }, { kind: "wait", prefill: {}, errors: [] }],
    [
      "waits with some of its keys, which are its prefill",
      { topic: "Launch" },
      { kind: "wait", prefill: { topic: "Launch" }, errors: [] },
    ],
    [
      "waits when a value is wrong, and says so",
      { topic: "Launch", audience: 5 },
      {
        kind: "wait",
        prefill: { topic: "Launch", audience: 5 },
        errors: [
          { code: "invalid_type", message: "audience must be text.", pointer: "/inputs/audience" },
        ],
      },
    ],
    [
      "waits when an optional value is wrong",
      { topic: "Launch", audience: "SMB", tone: "x" },
      {
        kind: "wait",
        prefill: { topic: "Launch", audience: "SMB", tone: "x" },
        errors: [
          {
            code: "invalid_option",
            message: "tone must be one of s, m, l.",
            pointer: "/inputs/tone",
          },
        ],
      },
    ],
    [
      "waits when a required value is empty, which is no error yet",
      { topic: "", audience: "SMB" },
      { kind: "wait", prefill: { topic: "", audience: "SMB" }, errors: [] },
    ],
  ])("%s", (_, inputs, expected) => {
    expect(completeFromInputs(fields, inputs)).toEqual(expected);
  });

  it.each<[string, JsonObject, JsonObject, ReturnType<typeof completeFromInputs>]>([
    [
      "completes with null where the start said null, in place of the default",
      { topic: "Launch", audience: "SMB", tone: null },
      {},
      { kind: "complete", answers: { topic: "Launch", audience: "SMB", tone: null } },
    ],
    [
      "completes with what was answered since, not with what the start said",
      { topic: "Launch", audience: "SMB" },
      { topic: "Recall", tone: "l" },
      { kind: "complete", answers: { topic: "Recall", audience: "SMB", tone: "l" } },
    ],
    [
      "waits when what is required was removed since",
      { topic: "Launch", audience: "SMB" },
      { topic: null },
      { kind: "wait", prefill: { topic: null, audience: "SMB" }, errors: [] },
    ],
    [
      "waits when an earlier form gave a required answer that the start did not",
      { topic: "Launch" },
      { audience: "SMB" },
      { kind: "wait", prefill: { topic: "Launch" }, errors: [] },
    ],
    [
      "waits when only white space was given for a required field",
      { topic: " ", audience: "SMB" },
      {},
      { kind: "wait", prefill: { topic: " ", audience: "SMB" }, errors: [] },
    ],
    [
      "waits when an optional choice is empty text, and says so",
      { topic: "Launch", audience: "SMB", tone: "" },
      {},
      {
        kind: "wait",
        prefill: { topic: "Launch", audience: "SMB", tone: "" },
        errors: [
          {
            code: "invalid_option",
            message: "tone must be one of s, m, l.",
            pointer: "/inputs/tone",
          },
        ],
      },
    ],
  ])("%s", (_, inputs, since, expected) => {
    expect(completeFromInputs(fields, inputs, { ...inputs, ...since })).toEqual(expected);
  });

  it("waits when everything is optional and nothing was given", () => {
    const optional = [field("note", "text"), field("tone", "string", { default: "warm" })];
    expect(completeFromInputs(optional, {})).toEqual({ kind: "wait", prefill: {}, errors: [] });
    expect(completeFromInputs(optional, { note: null })).toEqual({
      kind: "wait",
      prefill: { note: null },
      errors: [],
    });
    expect(completeFromInputs(optional, { note: "n" })).toEqual({
      kind: "complete",
      answers: { note: "n", tone: "warm" },
    });
  });
});
