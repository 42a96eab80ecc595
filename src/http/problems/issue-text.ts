/**
 * Our messages for zod's issues: what the value must be, and what it is. Owns the wording only; a
 * schema with its own message keeps it.
 *
 * Each text follows the name of the place: "run_opts.tags" + "must be a list, not a text".
 */
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/**
 * What is wrong with a value. Parameters are always texts, so their type is not mentioned. Our
 * texts follow the name of a place, and so start in lower case; zod's own are sentences, worded for
 * its API rather than ours.
 */
export function describeIssue(issue: Issue, value: unknown, isParameter: boolean): string {
  if (/^[a-z]/.test(issue.message)) return issue.message;
  const wanted = wantedBy(issue);
  if (value === undefined) return `is missing; it must ${wanted}`;
  const isOfAnotherKind = issue.code === "invalid_type" || issue.code === "invalid_union";
  const isNumeric = isParameter && typeof value === "string" && Number.isFinite(Number(value));
  return `must ${wanted}${isOfAnotherKind && !isNumeric ? `, not ${kindOf(value)}` : ""}`;
}

function wantedBy(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `be ${nameOf(issue.expected)}`;
    case "invalid_value":
      return `be ${alternatives(issue.values.map(String))}`;
    case "too_small":
      return bound(issue, issue.minimum, issue.inclusive === false ? "more than" : "at least");
    case "too_big":
      return bound(issue, issue.maximum, issue.inclusive === false ? "less than" : "at most");
    case "invalid_format":
      return formOf(issue);
    case "not_multiple_of":
      return `be a multiple of ${issue.divisor}`;
    case "invalid_union":
      return `be ${alternatives(issue.errors.flatMap(([first]) => expected(first)))}`;
    case "unrecognized_keys":
      return "have no other keys";
    case "invalid_key":
    case "invalid_element":
    case "custom":
      return "have another form";
  }
}

const NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function nameOf(type: string): string {
  return NAMES[type] ?? type;
}

/** What an alternative of a union accepts, where none accepts the value's type. */
function expected(issue: Issue | undefined): string[] {
  if (issue?.code === "invalid_type" && issue.path.length === 0) return [nameOf(issue.expected)];
  return [];
}

function alternatives(names: readonly string[]): string {
  const all = names.length === 0 ? ["of another form"] : [...new Set(names)];
  return all.length === 1 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
}

const UNITS: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
  set: ["entry", "entries"],
  object: ["key", "keys"],
  map: ["key", "keys"],
};

type Bound = Extract<Issue, { code: "too_small" | "too_big" }>;

function bound(issue: Bound, limit: number | bigint, atMost: string): string {
  const [one, more] = UNITS[issue.origin] ?? [];
  if (one === undefined || more === undefined) return `be ${atMost} ${limit}`;
  const how = issue.exact === true ? "exactly" : atMost;
  return `have ${how} ${limit} ${Number(limit) === 1 ? one : more}`;
}

const FORMS: Readonly<Record<string, string>> = {
  datetime: "a time by RFC 3339, such as 2026-11-22T09:30:00Z",
  date: "a date, such as 2026-11-22",
  email: "an e-mail address",
  url: "a URL",
};

function formOf(issue: Extract<Issue, { code: "invalid_format" }>): string {
  const form = FORMS[issue.format];
  if (form !== undefined) return `be ${form}`;
  return issue.pattern === undefined ? "have another form" : `match ${issue.pattern}`;
}

/** What a value is, with an article. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a text";
    case "number":
      return Number.isInteger(value) ? "a number" : "a fraction";
    case "boolean":
      return String(value);
    default:
      return "an object";
  }
}
