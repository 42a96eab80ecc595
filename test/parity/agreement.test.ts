/**
 * The rooms of the reference beside those of the service, over generated values. What the two agree
 * on is no proof that it is right; where they differ, one of them is wrong.
 */
import {
  array,
  assert,
  type Arbitrary,
  boolean,
  constant,
  constantFrom,
  dictionary,
  double,
  integer,
  jsonValue,
  oneof,
  property,
  record,
  string,
  uniqueArray,
} from "fast-check";
import { describe, expect, test } from "vitest";
import { Work } from "#model/work.ts";
import { judgeAnswer } from "#ai/judge.ts";
import { renderPrompt as servicePrompt } from "#ai/prompt.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { FIELD_TYPES, type FormField } from "#model/workflow.ts";
import { readAnswers, readStartAnswers } from "#parity/fields.ts";
import { judge } from "#parity/model-answer.ts";
import { fillIn } from "#parity/placeholders.ts";
import { renderPrompt } from "#parity/template.ts";
import { bodyEncodingOf, renderBodyText, renderForm } from "#template/body-text.ts";
import { renderHeader, renderJson, renderUrl } from "#template/placeholders.ts";
import { checkAnswers, completeFromInputs } from "#validation/answers.ts";

const RUNS = { numRuns: 3_000 };

const OPTIONS = ["a", "b", "c"].map((value) => ({ value, label: value }));

const field: Arbitrary<FormField> = record(
  {
    key: constantFrom("x", "y", "z"),
    type: constantFrom(...FIELD_TYPES),
    required: boolean(),
    pattern: constantFrom("[a-z]+", "a|ab", "\\d{2,4}", ".*"),
    default: constantFrom<JsonValue>("a", " ", [], null, 2, true, ["b"], "2026-01-31"),
    min: integer({ min: -2, max: 2 }),
    max: integer({ min: 0, max: 3 }),
    min_length: integer({ min: 0, max: 3 }),
    max_length: integer({ min: 0, max: 5 }),
  },
  { requiredKeys: ["key", "type", "required"] },
).map((made) => ({ ...made, options: OPTIONS }));

const answer: Arbitrary<JsonValue> = oneof(
  constantFrom<JsonValue>(
    "",
    null,
    [],
    {},
    "a",
    "ab",
    "abc",
    "😀",
    " ",
    "\u00a0\ufeff",
    "[SENSITIVE]",
    ["a", "[SENSITIVE]"],
    true,
    false,
    0,
    -0,
    1.5,
    1e300,
  ),
  constantFrom<JsonValue>(["a"], ["a", "a"], ["a", "b", "c"], ["d"], [1], "12", "123"),
  constantFrom("2026-01-31", "2026-02-29", "2024-02-29", "2026-13-01", "0000-01-01", "2026-1-1"),
  constantFrom("a@b.co", "a.b+c@example.com", "a@b", "@b.co", "a..b@c.de", "ä@ö.de", "a b@c.de"),
  constantFrom("https://a.b/c", "http://a", "HTTPS://A.B", "ftp://a.b", "https://", "https://a b"),
  integer({ min: -5, max: 5 }),
  double(),
  string({ maxLength: 7 }),
).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);

describe("the reference and the service agree", () => {
  test("on which answers fit a form, and on what they become", () => {
    assert(
      property(
        uniqueArray(field, { selector: ({ key }) => key, minLength: 1, maxLength: 3 }),
        dictionary(constantFrom("x", "y", "z"), answer),
        dictionary(constantFrom("x", "y", "z"), answer),
        (fields, given, known) => {
          const asked = Object.fromEntries(
            Object.entries(given).filter(([key]) => fields.some((one) => one.key === key)),
          );
          const checked = checkAnswers(fields, asked, known);
          expect(readAnswers(fields, asked, known)).toEqual(checked.ok ? checked.answers : null);
        },
      ),
      RUNS,
    );
  });

  test("on which forms the start has answered, regardless of what was answered since", () => {
    assert(
      property(
        uniqueArray(field, { selector: ({ key }) => key, minLength: 1, maxLength: 3 }),
        dictionary(constantFrom("x", "y", "z"), answer),
        dictionary(constantFrom("x", "y", "z"), answer),
        (fields, start, since) => {
          const known = { ...start, ...since };
          const done = completeFromInputs(fields, start, known);
          const answers = done.kind === "complete" ? done.answers : null;
          expect(readStartAnswers(fields, start, known)).toEqual(answers);
        },
      ),
      RUNS,
    );
  });

  const parts = constantFrom(
    ..."text|{{a}}|{{ b.c }}|{{#list}}|{{/list}}|{{^none}}|{{/none}}|{{.}}|{{! no }}|\n  |{{#b}}|{{/b}}".split(
      "|",
    ),
    ..."{{c}}|{{#a}}|{{/a}}|{{{a}}}|{{&a}}|{{>a}}|{{=<% %>=}}|}}|{|{{|{{#flag}}|{{/flag}}|{{list.0}}|{{toString}}".split(
      "|",
    ),
  );
  const source = array(parts, { maxLength: 9 }).map((all) => all.join(""));
  const variables: Arbitrary<JsonObject> = record({
    a: oneof(constantFrom<JsonValue>("A", "", 0, false, null, "{{b}}", "<&>"), integer()),
    b: constantFrom<JsonValue>({ c: 1, a: "inner" }, { c: { d: 2 } }, {}, "text"),
    list: constantFrom<JsonValue>([], [1, "x"], [{ c: "in" }, null], [[1], []]),
    flag: boolean(),
  });

  test("on which templates can be used, and on the prompts that they give", () => {
    assert(
      property(source, variables, (prompt, given) => {
        const rendered = servicePrompt({ prompt }, given);
        expect(renderPrompt(prompt, given)).toBe(rendered.ok ? rendered.value.prompt : null);
      }),
      RUNS,
    );
  });

  const places = constantFrom(
    "a",
    "b/",
    "/",
    "?q=",
    "&r=",
    "{{x}}",
    "{{y.z}}",
    ".",
    "%2e",
    "#f",
    "{{none}}",
    "é",
    "{{",
    "\\",
  );
  const written = array(places, { maxLength: 6 }).map((all) => all.join(""));
  const values: Arbitrary<Record<string, JsonValue>> = record({
    x: constantFrom<JsonValue>(
      "a",
      "",
      ".",
      "..",
      "a/b",
      "a b?&=#",
      "é😀",
      12,
      true,
      null,
      [1],
      "\ud800",
    ),
    "y.z": constantFrom<JsonValue>("z", "\n", "line\r\n", 0, { k: "v" }, "%2e"),
  });
  const finder = (known: Record<string, JsonValue>) => (path: string) =>
    Object.hasOwn(known, path) ? known[path] : undefined;

  test("on the URL, the headers and the body of a call", () => {
    assert(
      property(written, values, (text, known) => {
        const find = finder(known);
        const call = { method: "POST", timeout_s: 1, idempotent: false } as const;
        const url = renderUrl(`https://api.example.com/${text}`, find);
        const filled = fillIn({ ...call, url: `https://api.example.com/${text}` }, find);
        expect(filled.ok ? filled.value.url : null).toBe(url.ok ? url.value : null);
        const header = renderHeader(text, find);
        const withHeader = fillIn({ ...call, url: "https://a.b/", headers: { "X-A": text } }, find);
        expect(withHeader.ok ? withHeader.value.headers["x-a"] : null).toBe(
          header.ok ? header.value : null,
        );
        const body = { leaf: text, list: [text, 1] };
        const json = renderJson(body, find);
        const withBody = fillIn({ ...call, url: "https://a.b/", body }, find);
        expect(withBody.ok ? withBody.value.body : null).toBe(
          json.ok ? JSON.stringify(json.value) : null,
        );
      }),
      RUNS,
    );
  });

  const piece = constantFrom(
    '{"a": 1}',
    '{"a": "x"}',
    "[1]",
    '"{\\"a\\": 1}"',
    '"a"',
    "1",
    "{",
    "}",
    "[",
    "]",
    '"',
    "\n",
    " ",
    "```",
    "```json\n",
    "json",
    "<think>",
    "</think>",
    "<json>",
    "</json>",
    "\ufeff",
    "words",
    ": ",
    ".",
    "\\",
    "{}",
    "[]",
    "true",
    '{"a": "```"}',
    "~~~",
    "9007199254740993",
  );
  const answers = array(piece, { maxLength: 9 }).map((all) => all.join(""));
  const wanted = constantFrom<JsonObject>(
    { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
    { type: "object" },
    { type: "array" },
    { type: "string" },
    { type: "integer" },
    {},
  );

  test("on what an answer of a model is read as", () => {
    assert(
      property(answers, wanted, (text, schema) => {
        const ours = judgeAnswer({ text }, schema, Work.ofTurn());
        const theirs = judge(text, schema);
        expect(theirs.fits ? theirs.value : null).toEqual(ours.fits ? ours.reading.value : null);
        expect(theirs.fits).toBe(ours.fits);
      }),
      { numRuns: 20_000 },
    );
  });

  const bodyPieces = constantFrom(
    ...'{{x}}|{{y.z}}|{{none}}|"|\\|\\"|{"a": |}|, |a=|&|<b c="|">|é|{{! no }}|{{#x}}'.split("|"),
  );
  const contentTypes = constantFrom(
    "application/x-www-form-urlencoded",
    "Application/JSON; charset=utf-8",
    "application/problem+json",
    "application/x-ndjson",
    "application/xml",
    "image/svg+xml",
    "text/html; charset=utf-8",
    "text/plain",
    "application/jsonp",
    "nonsense",
  );

  test("on bodies that are text, by their content type, and on forms", () => {
    const call = { url: "https://a.b/", method: "POST", timeout_s: 1, idempotent: false } as const;
    assert(
      property(
        array(bodyPieces, { maxLength: 7 }).map((all) => all.join("")),
        contentTypes,
        values,
        (body, type, known) => {
          const find = finder(known);
          const encoding = bodyEncodingOf(type);
          if (encoding !== null) {
            const ours = renderBodyText(body, encoding, find);
            const headers = { "Content-Type": type };
            const theirs = fillIn({ ...call, headers, body }, find);
            expect(theirs.ok ? theirs.value.body : null).toBe(ours.ok ? ours.value : null);
          }
          const fields = { a: body, b: ["{{x}}", null, [1]], "c d": { e: "{{y.z}}" }, x: "{{x}}" };
          const form = renderForm(fields, find);
          const filled = fillIn({ ...call, body_form: fields }, find);
          expect(filled.ok ? filled.value.body : null).toBe(form.ok ? form.value : null);
        },
      ),
      RUNS,
    );
  });

  const keyword: Arbitrary<JsonObject> = oneof(
    record(
      {
        type: constantFrom<JsonValue>("object", "array", "string", "integer", "number", [
          "null",
          "boolean",
        ]),
        minLength: integer({ min: 0, max: 3 }),
        maximum: integer({ min: -2, max: 3 }),
        multipleOf: constantFrom(1, 2, 0.5),
        minItems: integer({ min: 0, max: 2 }),
        uniqueItems: constant(true),
        required: constant(["a"]),
        enum: constantFrom<JsonValue[]>(["a", 1], [null, []]),
        pattern: constantFrom("^a", "b$", "[0-9]"),
        format: constantFrom("email", "date", "date-time", "uri", "ipv4", "unknown"),
        items: constantFrom<JsonObject>({ type: "integer" }, { minLength: 1 }),
        properties: constantFrom<JsonObject>({ a: { type: "string" } }, { b: false }),
        additionalProperties: constantFrom<JsonValue>(false, { type: "number" }),
        contains: constant<JsonObject>({ const: 1 }),
      },
      { requiredKeys: [] },
    ),
    record({ anyOf: constant([{ type: "string" }, { type: "array", maxItems: 1 }]) }),
    record({
      not: constant({ type: "string" }),
      if: constant({ type: "array" }),
      then: constant({ minItems: 1 }),
    }),
    record({
      $defs: constant({ n: { type: "integer" } }),
      oneOf: constant([{ $ref: "#/$defs/n" }, { type: "number" }]),
    }),
  ).map((schema) => JSON.parse(JSON.stringify(schema)) as JsonObject);
  const instance = oneof(
    jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue),
    constantFrom<JsonValue>(
      "a",
      "ab",
      "",
      "😀",
      1,
      2,
      0.5,
      -1,
      null,
      [],
      [1],
      [1, 1],
      ["a", 1],
      { a: "x" },
      { a: 1 },
    ),
    constantFrom<JsonValue>(
      "a@b.co",
      "2026-01-31",
      "2026-01-31T00:00:00Z",
      "https://a.b/",
      "127.0.0.1",
      { b: 2 },
    ),
  );

  test("on whether a model's answer fits its schema", () => {
    assert(
      property(keyword, instance, (schema, value) => {
        const text = JSON.stringify(value);
        const { fits } = judgeAnswer({ text }, schema, Work.ofTurn());
        expect({ fits: judge(text, schema).fits }).toEqual({ fits });
      }),
      RUNS,
    );
  });
});
