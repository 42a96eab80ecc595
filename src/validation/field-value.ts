/**
 * Whether one value fits one form field. No coercion: "5" is not a number. Owns the meaning of
 * the field types and of their limits; whether a value must be there is decided in `answers.ts`.
 *
 * - `pattern` must match the whole value; it applies to string, text, email and url, as do
 *   `min_length` and `max_length`, which count code points.
 * - `min` and `max` bound a number or an integer, and the number of choices of a multiselect.
 */
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { FieldType, FormField } from "#model/workflow.ts";
import { readNumberText } from "./number-text.ts";
import { compilePattern } from "./pattern.ts";

/** `message` goes on from the name of the field: "must be …". */
export interface ValueProblem {
  code: string;
  message: string;
}

/** What is left to spend on regular expressions; shared by the answers of one form. */
export interface PatternBudget {
  left: number;
}

/** The types whose values are text of any wording. */
export const TEXT_TYPES: ReadonlySet<FieldType> = new Set(["string", "text", "email", "url"]);

/** What is wrong with a value that was given, or null. */
export function checkFieldValue(
  field: FormField,
  value: JsonValue,
  budget: PatternBudget,
): ValueProblem | null {
  return CHECKS[field.type](field, value, budget);
}

type Check = (field: FormField, value: JsonValue, budget: PatternBudget) => ValueProblem | null;

const CHECKS: Readonly<Record<FieldType, Check>> = {
  string: checkText,
  text: checkText,
  email: checkText,
  url: checkText,
  number: checkNumber,
  integer: checkNumber,
  boolean: (_, value) =>
    typeof value === "boolean" ? null : problem("invalid_type", "must be true or false"),
  date: (_, value) => checkDate(value),
  select: checkChoice,
  multiselect: checkChoices,
};

/** The most code points that a text field takes. */
export function maxLength(field: FormField): number {
  const usual = field.type === "text" ? LIMITS.textAnswerLength : LIMITS.stringAnswerLength;
  return Math.min(field.max_length ?? usual, LIMITS.textAnswerLength);
}

function problem(code: string, message: string): ValueProblem {
  return { code, message };
}

function checkText(field: FormField, value: JsonValue, budget: PatternBudget): ValueProblem | null {
  if (typeof value !== "string") return problem("invalid_type", "must be text");
  return (
    checkLength(field, value) ??
    (field.type === "email" && !isEmail(value)
      ? problem("invalid_email", "must be an e-mail address: a name, @ and a domain")
      : null) ??
    (field.type === "url" && !isWebAddress(value)
      ? problem("invalid_url", "must be a web address that starts with http:// or https://")
      : null) ??
    checkPattern(field, value, budget)
  );
}

function checkLength(field: FormField, value: string): ValueProblem | null {
  const most = maxLength(field);
  const least = field.min_length ?? 0;
  // Each code point is one or two units, so a longer text need not be counted.
  const length = value.length > 2 * most ? Infinity : Array.from(value).length;
  if (length > most) return problem("too_long", `must have at most ${characters(most)}`);
  return length < least ? problem("too_short", `must have at least ${characters(least)}`) : null;
}

function characters(amount: number): string {
  return amount === 1 ? "1 character" : `${amount} characters`;
}

function checkPattern(field: FormField, value: string, budget: PatternBudget): ValueProblem | null {
  if (field.pattern === undefined) return null;
  const pattern = compilePattern(field.pattern);
  if (!pattern.ok) return problem("pattern", `cannot be checked: its pattern ${pattern.message}`);
  budget.left -= pattern.work(value);
  if (budget.left < 0) return problem("pattern", "is too long to check against its pattern");
  return pattern.matchesWhole(value)
    ? null
    : problem("pattern", `must match the pattern ${field.pattern}`);
}

function checkNumber(field: FormField, value: JsonValue): ValueProblem | null {
  if (typeof value === "string") return numberTextProblem(value);
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return problem("invalid_type", "must be a number");
  }
  if (field.type === "integer" && !Number.isInteger(value)) {
    return problem("invalid_type", "must be a whole number");
  }
  const exact = field.type === "integer" ? Number.MAX_SAFE_INTEGER : Infinity;
  const least = Math.max(field.min ?? -Infinity, -exact);
  const most = Math.min(field.max ?? Infinity, exact);
  if (value < least) return problem("too_small", `must be ${least} or more`);
  return value > most ? problem("too_large", `must be ${most} or less`) : null;
}

/** Text is never a number here; what it says decides how it is refused. */
function numberTextProblem(text: string): ValueProblem {
  const reading = readNumberText(text);
  if (!reading.ok) return problem(reading.code, reading.message);
  return problem(
    "invalid_type",
    "must be a number, not text: write a JSON number, such as -1500 or 0.5",
  );
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

function checkDate(value: JsonValue): ValueProblem | null {
  if (typeof value !== "string") return problem("invalid_type", "must be a date as text");
  const [, year = "", month = "", day = ""] = DATE.exec(value) ?? [];
  // The last day of a month is day 0 of the next; year 2000 + n has the same calendar as n.
  const days = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  const real =
    year !== "" &&
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    Number(day) <= days;
  return real ? null : problem("invalid_date", "must be a real date like 2026-01-31");
}

const EMAIL_NAME = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const HOST_LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

/** A deliverable address as people write it: no quoted names, no bare hosts, no IP addresses. */
function isEmail(value: string): boolean {
  const at = value.lastIndexOf("@");
  const labels = value.slice(at + 1).split(".");
  return (
    value.length <= 254 &&
    at >= 1 &&
    at <= 64 &&
    EMAIL_NAME.test(value.slice(0, at)) &&
    labels.length >= 2 &&
    labels.every((label) => HOST_LABEL.test(label))
  );
}

function isWebAddress(value: string): boolean {
  return /^https?:\/\/[^\s\\]+$/i.test(value) && URL.canParse(value);
}

function checkChoice(field: FormField, value: JsonValue): ValueProblem | null {
  if (typeof value !== "string") return problem("invalid_type", "must be one of its options");
  return (field.options ?? []).some((option) => option.value === value)
    ? null
    : problem("invalid_option", `must be one of ${optionList(field)}`);
}

function optionList(field: FormField): string {
  const values = (field.options ?? []).map((option) => option.value);
  return values.length > 10 ? `its ${values.length} options` : values.join(", ");
}

function checkChoices(field: FormField, value: JsonValue): ValueProblem | null {
  if (!Array.isArray(value)) return problem("invalid_type", "must be a list of its options");
  const known = new Set<JsonValue>((field.options ?? []).map((option) => option.value));
  if (value.some((item) => typeof item !== "string")) {
    return problem("invalid_type", "must be a list of its options");
  }
  if (value.some((item) => !known.has(item))) {
    return problem("invalid_option", `must be chosen from ${optionList(field)}`);
  }
  if (new Set(value).size < value.length) {
    return problem("invalid_option", "must not contain an option twice");
  }
  if (value.length < (field.min ?? 0))
    return problem("too_small", `needs ${field.min} or more options`);
  return value.length > (field.max ?? Infinity)
    ? problem("too_large", `takes at most ${field.max} options`)
    : null;
}
