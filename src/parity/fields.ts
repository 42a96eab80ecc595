/**
 * Answers to forms, by the rules of the contract. Says whether they are right, not what is wrong
 * with them.
 */
import { RE2JS } from "re2js";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { FormField } from "#model/workflow.ts";
import { HIDDEN } from "./mask.ts";

/**
 * The answers in the order of the fields; null when one is wrong. A key that is missing keeps what
 * was `known`, else takes the default; null stays null.
 */
export function readAnswers(
  fields: readonly FormField[],
  given: JsonObject,
  known: JsonObject = {},
): JsonObject | null {
  const answers: JsonObject = {};
  for (const field of fields) {
    const { key } = field;
    const isGiven = Object.hasOwn(given, key);
    if (isGiven && isMasked(given[key] ?? null)) return null;
    const value = readAnswer(field, isGiven ? given[key] : knownOf(known, key));
    if (value === WRONG) return null;
    if (value !== undefined) answers[key] = value;
  }
  return answers;
}

/**
 * The answers of a form that is skipped, or null: the start spoke of all that is required and said
 * more than nothing, and what holds of it by now is right.
 */
export function readStartAnswers(
  fields: readonly FormField[],
  start: JsonObject,
  known: JsonObject,
): JsonObject | null {
  const said = fields.filter(({ key }) => Object.hasOwn(start, key));
  const lacking = fields.filter((field) => field.required && !said.includes(field));
  if (lacking.some((field) => isBlank(field.default ?? null))) return null;
  if (said.every(({ key }) => (knownOf(known, key) ?? null) === null)) return null;
  return readAnswers(fields, {}, known);
}

/** Whether the value holds the mask: it was read where sensitive values are hidden. */
export function isMasked(value: JsonValue): boolean {
  if (typeof value === "string") return value.includes(HIDDEN);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((item) => isMasked(item ?? null));
}

const WRONG = Symbol("wrong");

function knownOf(known: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(known, key) ? known[key] : undefined;
}

/** What a required field does not take. */
function isBlank(value: JsonValue): boolean {
  return value === null || (Array.isArray(value) && value.length === 0) || isWhite(value);
}

function isWhite(value: JsonValue): boolean {
  return typeof value === "string" && !/\S/.test(value);
}

function readAnswer(
  field: FormField,
  value: JsonValue | undefined,
): JsonValue | undefined | typeof WRONG {
  if (value === undefined) {
    const usual = field.default ?? undefined;
    return field.required && isBlank(usual ?? null) ? WRONG : usual;
  }
  if (field.required && isBlank(value)) return WRONG;
  if (value === null) return null;
  if (field.type === "multiselect" && Array.isArray(value) && value.length === 0) return value;
  return fits(field, value) ? value : WRONG;
}

function fits(field: FormField, value: JsonValue): boolean {
  switch (field.type) {
    case "string":
    case "text":
      return typeof value === "string" && isText(field, value);
    case "email":
      return typeof value === "string" && isText(field, value) && isEmail(value);
    case "url":
      return typeof value === "string" && isText(field, value) && isWebAddress(value);
    case "number":
      return typeof value === "number" && isWithin(field, value);
    case "integer":
      return Number.isSafeInteger(value) && isWithin(field, Number(value));
    case "boolean":
      return typeof value === "boolean";
    case "date":
      return typeof value === "string" && isDate(value);
    case "select":
      return isOption(field, value);
    case "multiselect":
      return Array.isArray(value) && isChoice(field, value);
  }
}

function isText(field: FormField, value: string): boolean {
  const usual = field.type === "text" ? LIMITS.textAnswerLength : LIMITS.stringAnswerLength;
  const most = Math.min(field.max_length ?? usual, LIMITS.textAnswerLength);
  const { length } = Array.from(value);
  if (length > most || length < (field.min_length ?? 0)) return false;
  if (field.pattern === undefined) return true;
  return RE2JS.compile(RE2JS.translateRegExp(field.pattern)).testExact(value);
}

function isWithin({ min, max }: FormField, value: number): boolean {
  return value >= (min ?? -Infinity) && value <= (max ?? Infinity);
}

/** `2026-02-30` comes back as another day. */
function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

const LOCAL_PART = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

function isEmail(value: string): boolean {
  const at = value.lastIndexOf("@");
  return (
    value.length <= 254 &&
    at <= 64 &&
    LOCAL_PART.test(value.slice(0, Math.max(at, 0))) &&
    DOMAIN.test(value.slice(at + 1))
  );
}

function isWebAddress(value: string): boolean {
  return /^https?:\/\/[^\s\\]+$/i.test(value) && URL.canParse(value);
}

function isOption(field: FormField, value: JsonValue): boolean {
  return (field.options ?? []).some((option) => option.value === value);
}

function isChoice(field: FormField, values: readonly JsonValue[]): boolean {
  return (
    values.every((value) => isOption(field, value)) &&
    new Set(values).size === values.length &&
    isWithin(field, values.length)
  );
}
