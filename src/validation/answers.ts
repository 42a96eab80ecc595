/**
 * The answers to a form against its fields. Owns what must be there, what may not be there, and
 * when a form needs no person; `field-value.ts` owns what a single value must be like.
 *
 * Three things differ:
 * - A key that is *missing* was not spoken of: what was known before stays, else the default. What
 *   stays is checked as if it had been answered, since it is in the output like an answer.
 * - `null` says that there is nothing. It replaces default and earlier answer, and is an error for
 *   a required field.
 * - `""` is a value of string and text, held to its limits, and an error for all other types; a
 *   multiselect of which nothing is ticked is `[]`, for which no lower limit applies.
 *
 * White space alone, `""` and `[]` do not satisfy a required field. Only own properties are looked
 * at, and keys that no field has are refused.
 */
import type { Diagnostic } from "#model/diagnostic.ts";
import { pointer } from "#model/pointer.ts";
import { type JsonObject, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { holdsMask, MASK_TEXT } from "#model/mask-text.ts";
import { NameIndex } from "#model/nearest-name.ts";
import type { ProblemSeed } from "#model/problem.ts";
import { Work } from "#model/work.ts";
import type { FormField } from "#model/workflow.ts";
import { checkFieldValue, type PatternBudget } from "./field-value.ts";

/** `errors` hold one entry for each field at most, and one for each unknown key. */
export type AnswersResult = { ok: true; answers: JsonObject } | { ok: false; errors: Diagnostic[] };

/**
 * Checks the answers of a person: every key must be a field's. `known`: what the run knew before,
 * for the keys that are missing. `answers` are in field order.
 */
export function checkAnswers(
  fields: readonly FormField[],
  answers: JsonObject,
  known: JsonObject = {},
  work: Work = Work.ofRequest(),
): AnswersResult {
  const readings = readFields(fields, answers, known, work);
  const errors = readings.flatMap(({ field, error }) => {
    const given = own(answers, field.key);
    if (given !== undefined && holdsMask(given))
      return [errorOf(field, "masked_value", MASKED_MESSAGE)];
    return error ?? [];
  });
  errors.push(...unknownKeys(fields, answers, work));
  if (errors.length > 0) return { ok: false, errors: errors.slice(0, LIMITS.diagnostics) };
  return { ok: true, answers: taken(readings) };
}

/**
 * Whether the inputs that a run has already answer a form: at least one of its keys with more than
 * null, all required ones, and all valid. Otherwise the values given are its prefill, with the
 * errors of those that are wrong; a required one that is missing is not an error yet. Keys of
 * others are left alone.
 *
 * `known`: what the run knows by now. An answer that replaced a start input since is the one that
 * counts, so that a later form does not bring the old one back.
 */
export function completeFromInputs(
  fields: readonly FormField[],
  inputs: JsonObject,
  known: JsonObject = inputs,
  work: Work = Work.ofTurn(),
):
  | { kind: "complete"; answers: JsonObject }
  | { kind: "wait"; prefill: JsonObject; errors: Diagnostic[] } {
  const given = fields.filter(({ key }) => Object.hasOwn(inputs, key));
  const prefill = Object.fromEntries(
    given.map(({ key }) => [key, own(Object.hasOwn(known, key) ? known : inputs, key) ?? null]),
  );
  const readings = readFields(fields, prefill, known, work);
  const errors = readings.flatMap(({ error }) => error ?? []);
  const isAsked = fields.some((field) => isRequired(field) && !Object.hasOwn(prefill, field.key));
  const isAnswered = Object.values(prefill).some((value) => value !== null);
  if (isAnswered && !isAsked && errors.length === 0) {
    return { kind: "complete", answers: taken(readings) };
  }
  return { kind: "wait", prefill, errors: errors.filter(({ code }) => code !== "required") };
}

/** The problem with answers that are not taken. `errors` is not empty. */
export function answersProblem(errors: Diagnostic[], noun = "field"): ProblemSeed {
  const found = errors.length === 1 ? `1 ${noun} is` : `${errors.length} ${noun}s are`;
  const isMasked = errors.some(({ code }) => code === "masked_value");
  const code = isMasked ? "masked_value" : "invalid_inputs";
  return { code, detail: `${found} not valid.`, errors };
}

/** Units of work for one of `LIMITS.patternWork`. */
const WORK_OF_PATTERN = 2;

interface Reading {
  field: FormField;
  /** The answer, what was known before, or the default; undefined when there is none of them. */
  value: JsonValue | undefined;
  error: Diagnostic | null;
}

function own(values: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

function readFields(
  fields: readonly FormField[],
  answers: JsonObject,
  known: JsonObject,
  work: Work,
): Reading[] {
  const budget: PatternBudget = { left: LIMITS.patternWork };
  return fields.map((field) => {
    const { left } = budget;
    const said = Object.hasOwn(answers, field.key) ? answers : known;
    const reading = readField(field, own(said, field.key), budget);
    const matched = left - Math.max(0, budget.left);
    if (matched > 0) work.spend(matched * WORK_OF_PATTERN, "patterns");
    work.spend(1, "answers");
    return reading;
  });
}

function readField(field: FormField, value: JsonValue | undefined, budget: PatternBudget): Reading {
  if (value === undefined) {
    const error = isRequired(field) ? lacking(field) : null;
    return { field, value: field.default ?? undefined, error };
  }
  if (isNothing(value)) {
    if (field.required) return { field, value, error: lacking(field) };
    if (value === null || (Array.isArray(value) && field.type === "multiselect")) {
      return { field, value, error: null };
    }
  }
  const problem = checkFieldValue(field, value, budget);
  const error = problem === null ? null : errorOf(field, problem.code, problem.message);
  return { field, value, error };
}

/** Required, and without a default that would do. */
function isRequired({ required, default: usual = null }: FormField): boolean {
  return required && isNothing(usual);
}

/** What does not satisfy a required field. */
function isNothing(value: JsonValue): boolean {
  if (typeof value === "string") return value.trim() === "";
  return value === null || (Array.isArray(value) && value.length === 0);
}

function lacking(field: FormField): Diagnostic {
  return errorOf(field, "required", "is required");
}

/** Masked values among inputs that no field describes. */
export function maskedInputs(inputs: JsonObject): Diagnostic[] {
  const masked = Object.keys(inputs).filter((key) => holdsMask(inputs[key] ?? null));
  return masked
    .slice(0, LIMITS.diagnostics)
    .map((key) => errorOf({ key }, "masked_value", MASKED_MESSAGE));
}

const MASKED_MESSAGE = `contains ${MASK_TEXT}, which replaces a hidden value: omit it to keep that value, or enter the value itself`;

type Named = Pick<FormField, "key" | "label">;

function errorOf(field: Named, code: string, message: string): Diagnostic {
  return {
    code,
    message: `${nameOf(field)} ${message}.`,
    pointer: pointer("inputs", field.key),
  };
}

/** A label that is a question of its own is quoted, so that the sentence goes on after it. */
function nameOf(field: Named): string {
  const name = field.label ?? field.key;
  return /[\p{L}\p{M}\p{N})]$/u.test(name) ? name : `"${name}"`;
}

function taken(readings: readonly Reading[]): JsonObject {
  return Object.fromEntries(
    readings.flatMap(({ field: { key }, value }) =>
      value === undefined ? [] : [[key, value] as const],
    ),
  );
}

function unknownKeys(fields: readonly FormField[], answers: JsonObject, work: Work): Diagnostic[] {
  const known = new NameIndex(fields.map((field) => field.key));
  const unknown = Object.keys(answers).filter((key) => !known.has(key));
  return unknown.slice(0, LIMITS.diagnostics).map((key) => {
    const diagnostic: Diagnostic = {
      code: "unknown_key",
      message: `The form has no field ${JSON.stringify(key)}.`,
      pointer: pointer("inputs", key),
    };
    const suggestion = known.nearest(key, work);
    if (suggestion !== null) diagnostic.suggestion = suggestion;
    return diagnostic;
  });
}
