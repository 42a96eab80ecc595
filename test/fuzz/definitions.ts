/** Valid workflows of every step type, and answers that fit the fields of their forms. */
import * as fc from "fast-check";
import { isSchema } from "./schema-values.ts";

interface FieldKind {
  type: string;
  [option: string]: unknown;
}

interface Field extends FieldKind {
  key: string;
  required: boolean;
}

const OPTIONS = [
  { value: "a", label: "A" },
  { value: "b", label: "B" },
];

const FIELD_KINDS: readonly FieldKind[] = [
  { type: "string" },
  { type: "string", max_length: 20 },
  { type: "string", sensitive: true },
  { type: "text", label: "Text" },
  { type: "number", min: 0, max: 100 },
  { type: "integer", min: 0, max: 100 },
  { type: "boolean" },
  { type: "date" },
  { type: "email" },
  { type: "url" },
  { type: "select", options: OPTIONS },
  { type: "multiselect", options: OPTIONS },
];

const WORD = fc.stringMatching(/^[a-z]{1,12}$/);

/** A value that any field of the type takes, as our fields are made. */
const ANSWERS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: WORD,
  text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).map((text) => `x${text}`),
  number: fc.integer({ min: 0, max: 200 }).map((number) => number / 2),
  integer: fc.nat(100),
  boolean: fc.boolean(),
  date: fc.constantFrom("2026-11-28", "2000-02-29", "1970-01-01"),
  email: WORD.map((name) => `${name}@example.com`),
  url: WORD.map((path) => `https://example.com/${path}`),
  select: fc.constantFrom("a", "b"),
  multiselect: fc.subarray(["a", "b"], { minLength: 1 }),
};

export function answerOf(type: unknown): fc.Arbitrary<unknown> {
  return ANSWERS[String(type)] ?? WORD;
}

const fields: fc.Arbitrary<Field[]> = fc
  .array(fc.tuple(fc.constantFrom(...FIELD_KINDS), fc.boolean()), { minLength: 1, maxLength: 4 })
  .map((kinds) =>
    kinds.map(([kind, required], index) => ({
      ...kind,
      key: `f${index}`,
      required,
    })),
  );

interface StepKind {
  type: string;
  config: unknown;
}

/** `host`: of an API that answers; everything else that is called does not exist. */
function stepKind(host: string): fc.Arbitrary<StepKind> {
  return fc.oneof(
    fields.map((list) => ({ type: "form", config: { fields: list } })),
    fc.constantFrom("true", "1 < 2", "inputs.f0 == 'a'", "not static.flag").map((when) => ({
      type: "conditional",
      config: { when },
    })),
    fc.constantFrom({}, { quorum: 1 }, { require_comment_on_reject: true }).map((options) => ({
      type: "approval",
      config: { approvers: ["dev-internal@example.com"], ...options },
    })),
    fc.constant({
      type: "ai_generate",
      config: {
        template_id: "content_v1",
        variables: [],
        json_schema: { type: "object", properties: { draft: { type: "string" } } },
      },
    }),
    fc.constantFrom("GET", "POST", "DELETE").map((method) => ({
      type: "api_call",
      config: { method, url: `http://${host}/echo` },
    })),
  );
}

export type Definition = Readonly<Record<string, unknown>>;

/** Without an id; the steps follow each other. */
export function definitions(host: string): fc.Arbitrary<Definition> {
  const steps = fc.array(stepKind(host), { minLength: 1, maxLength: 4 });
  return fc.tuple(steps, fc.boolean(), WORD).map(([kinds, isTagged, name]) => ({
    name,
    start_step: "s0",
    ...(isTagged ? { tags: ["fuzz", name], description: name, static: { flag: true } } : {}),
    steps: kinds.map(({ type, config }, index) => ({
      id: `s${index}`,
      type,
      name: `${type} ${index}`,
      ...(index + 1 < kinds.length && type !== "conditional" ? { next: `s${index + 1}` } : {}),
      config:
        type === "conditional" && index + 1 < kinds.length
          ? { ...(isSchema(config) ? config : {}), then: `s${index + 1}`, else: null }
          : config,
    })),
  }));
}

/** A form and an approval: the flow in which most of a run's routes have something to do. */
export const MAIN_FLOW: Definition = {
  name: "Main flow",
  start_step: "s0",
  steps: [
    {
      id: "s0",
      type: "form",
      name: "Ask",
      next: "s1",
      config: { fields: [{ key: "f0", type: "string", required: true }] },
    },
    {
      id: "s1",
      type: "approval",
      name: "Approve",
      config: { approvers: ["dev-internal@example.com"] },
    },
  ],
};

/** JSON Schemas for models: some that the mock can satisfy, some that it cannot. */
export const modelSchemas: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom("string", "integer", "boolean").map((type) => ({
      type: "object",
      properties: { a: { type }, b: { type: "array", items: { type }, maxItems: 3 } },
      required: ["a"],
    })),
  },
  fc.constantFrom<unknown>(
    true,
    false,
    {},
    { type: "string", pattern: "^[a-c]{2}$" },
    { enum: [1, "a", null] },
    { anyOf: [{ type: "null" }, { type: "number", minimum: 3 }] },
    { type: "object", properties: { a: { $ref: "#" } } },
    { type: "nonsense" },
    { $ref: "#/nowhere" },
    { not: {} },
  ),
);
