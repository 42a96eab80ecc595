/**
 * The answers to a form against its fields. Owns what must be there, what may not be there, and
 * when a form needs no person; `field-value.ts` owns what a single value must be like.
 *
 * - A key that is missing takes the field's default. `null` does so too where the field is
 *   optional, and so does "" where it could never be valid (date, email, url, select).
 * - "" , `null` and an empty list do not satisfy a required field. An optional string or text may
 *   be left "", an optional multiselect empty; no other limit then applies.
 * - Only own properties are looked at, and keys that no field has are refused.
 */
import type { Diagnostic } from "../model/diagnostic.ts";
import { pointer } from "../model/pointer.ts";
import { type JsonObject, type JsonValue } from "../model/json.ts";
import { LIMITS } from "../model/limits.ts";
import { nearestName } from "../model/nearest-name.ts";
import type { FieldType, FormField } from "../model/workflow.ts";
import { checkFieldValue, type PatternBudget } from "./field-value.ts";

/** `errors` hold one entry for each field at most, and one for each unknown key. */
export type AnswersResult = { ok: true; answers: JsonObject } | { ok: false; errors: Diagnostic[] };

/** Checks the answers of a person: every key must be a field's. `answers` are in field order. */
export function checkAnswers(fields: readonly FormField[], answers: JsonObject): AnswersResult {
  const readings = readFields(fields, answers);
  const errors = readings.flatMap((reading) => reading.error ?? []);
  errors.push(...unknownKeys(fields, answers));
  if (errors.length > 0) return { ok: false, errors: errors.slice(0, LIMITS.diagnostics) };
  return { ok: true, answers: taken(readings) };
}

/**
 * Whether the inputs that a run has already answer a form: at least one of its keys, all required
 * ones, and all valid. Otherwise the values given are its prefill, with the errors of those that
 * are wrong; a required one that is missing is not an error yet. Keys of others are left alone.
 */
export function completeFromInputs(
  fields: readonly FormField[],
  inputs: JsonObject,
):
  | { kind: "complete"; answers: JsonObject }
  | { kind: "wait"; prefill: JsonObject; errors: Diagnostic[] } {
  const readings = readFields(fields, inputs);
  const some = readings.some((reading) => reading.given);
  if (some && readings.every((reading) => reading.error === null)) {
    return { kind: "complete", answers: taken(readings) };
  }
  const prefill = fields
    .filter(({ key }) => Object.hasOwn(inputs, key))
    .map(({ key }) => [key, inputs[key] ?? null] as const);
  const errors = readings.flatMap(({ error }) =>
    error === null || error.code === "required" ? [] : [error],
  );
  return { kind: "wait", prefill: Object.fromEntries(prefill), errors };
}

interface Reading {
  key: string;
  /** Whether there was an answer, right or wrong. */
  given: boolean;
  /** The answer or the default; undefined when there is neither. */
  value: JsonValue | undefined;
  error: Diagnostic | null;
}

function readFields(fields: readonly FormField[], answers: JsonObject): Reading[] {
  const budget: PatternBudget = { left: LIMITS.patternWork };
  return fields.map((field) => {
    const value = Object.hasOwn(answers, field.key) ? answers[field.key] : undefined;
    return readField(field, value, budget);
  });
}

/** Types of which "" is never a value. */
const NEVER_EMPTY: ReadonlySet<FieldType> = new Set(["date", "email", "url", "select"]);

function readField(field: FormField, value: JsonValue | undefined, budget: PatternBudget): Reading {
  const { key } = field;
  const empty = value === "" || (Array.isArray(value) && value.length === 0);
  if (field.required && (value === null || empty)) return lacking(field);
  if (value === undefined || value === null || (empty && NEVER_EMPTY.has(field.type))) {
    const usual = field.default ?? undefined;
    if (field.required && usual === undefined) return lacking(field);
    return { key, given: false, value: usual, error: null };
  }
  if (value === "" && (field.type === "string" || field.type === "text")) {
    return { key, given: true, value, error: null };
  }
  if (empty && field.type === "multiselect" && Array.isArray(value)) {
    return { key, given: true, value, error: null };
  }
  const problem = checkFieldValue(field, value, budget);
  const error = problem === null ? null : errorOf(field, problem.code, problem.message);
  return { key, given: true, value, error };
}

function lacking(field: FormField): Reading {
  const error = errorOf(field, "required", "is required");
  return { key: field.key, given: false, value: undefined, error };
}

function errorOf(field: FormField, code: string, message: string): Diagnostic {
  return {
    code,
    message: `${nameOf(field)} ${message}.`,
    pointer: pointer("inputs", field.key),
  };
}

/** A label that is a question of its own is quoted, so that the sentence goes on after it. */
function nameOf(field: FormField): string {
  const name = field.label ?? field.key;
  return /[\p{L}\p{M}\p{N})]$/u.test(name) ? name : `"${name}"`;
}

function taken(readings: readonly Reading[]): JsonObject {
  return Object.fromEntries(
    readings.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value] as const])),
  );
}

function unknownKeys(fields: readonly FormField[], answers: JsonObject): Diagnostic[] {
  const known = new Set(fields.map((field) => field.key));
  const unknown = Object.keys(answers).filter((key) => !known.has(key));
  return unknown.slice(0, LIMITS.diagnostics).map((key) => {
    const diagnostic: Diagnostic = {
      code: "unknown_key",
      message: `The form has no field ${JSON.stringify(key)}.`,
      pointer: pointer("inputs", key),
    };
    const suggestion = nearestName(key, known);
    if (suggestion !== null) diagnostic.suggestion = suggestion;
    return diagnostic;
  });
}
