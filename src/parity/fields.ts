/**
 * Answers to forms, by the rules of the contract. Says whether they are right, not what is wrong
 * with them.
 */
import { RE2JS } from "re2js";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { LIMITS } from "../model/limits.ts";
import type { FormField } from "../model/workflow.ts";

/** The answers with defaults filled in, in the order of the fields; null when one is wrong. */
export function readAnswers(fields: readonly FormField[], given: JsonObject): JsonObject | null {
  const answers: JsonObject = {};
  for (const field of fields) {
    const value = readAnswer(field, Object.hasOwn(given, field.key) ? given[field.key] : undefined);
    if (value === WRONG) return null;
    if (value !== undefined) answers[field.key] = value;
  }
  return answers;
}

/** Whether there is an answer to at least one of the fields, right or wrong. */
export function hasAnswer(fields: readonly FormField[], given: JsonObject): boolean {
  return fields.some((field) => {
    const value = Object.hasOwn(given, field.key) ? given[field.key] : undefined;
    return value !== undefined && value !== null && !(isEmpty(value) && isNothing(field));
  });
}

const WRONG = Symbol("wrong");

/** "" and [] answer an optional text or choice; they are no date, address or option. */
function isNothing(field: FormField): boolean {
  return field.required || ["date", "email", "url", "select"].includes(field.type);
}

function isEmpty(value: JsonValue): boolean {
  return value === "" || (Array.isArray(value) && value.length === 0);
}

function readAnswer(
  field: FormField,
  value: JsonValue | undefined,
): JsonValue | undefined | typeof WRONG {
  if (value !== undefined && field.required && (value === null || isEmpty(value))) return WRONG;
  if (value === undefined || value === null || (isEmpty(value) && isNothing(field))) {
    const usual = field.default ?? undefined;
    return field.required && usual === undefined ? WRONG : usual;
  }
  if (value === "" && (field.type === "string" || field.type === "text")) return value;
  if (isEmpty(value) && field.type === "multiselect" && value !== "") return value;
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
