/**
 * What zod found, in the words of this format. Owns the wording and the codes of structural
 * findings; the schemas say what is allowed, this says what to write instead.
 */
import { z } from "zod";
import { isJsonObject, type JsonValue } from "#model/json.ts";
import { ID_PATTERN, type StepType } from "#model/workflow.ts";
import { FIELD_KEY_PATTERN, NOT_BLANK_PATTERN } from "./authored-fields.ts";
import { type Finding, quote, type Report } from "../findings.ts";
import { idFromName } from "../identity.ts";
import { adviceOn, FIELD_TYPE_SYNONYMS, keysAt, levelAt, nameIn } from "./key-names.ts";
import type { Path } from "../source/places.ts";
import { nearestName } from "#model/nearest-name.ts";

type Issue = z.core.$ZodIssue;

/** The value that was checked, and where in the workflow it stands. */
export interface Checked {
  value: JsonValue;
  schema: z.ZodObject;
  type: StepType | null;
  path: Path;
}

/** Reports the issues, one for each place. A key that is only misspelt is not missing as well. */
export function reportIssues(issues: readonly Issue[], checked: Checked, report: Report): void {
  const findings = issues.flatMap((issue) => findingsOf(issue, checked));
  const unknown = findings.filter(({ code }) => code === "unknown_key");
  const seen = new Set<string>();
  for (const finding of findings) {
    if (finding.code === "missing_key" && unknown.some((other) => isMeant(finding, other)))
      continue;
    const place = JSON.stringify(finding.path);
    if (seen.has(place)) continue;
    seen.add(place);
    report(finding);
  }
}

/** Whether an unknown key beside a missing one is that key, misspelt or by another name. */
function isMeant(missing: Finding, unknown: Finding): boolean {
  if (missing.path.length !== unknown.path.length) return false;
  if (missing.path.slice(0, -1).some((segment, index) => segment !== unknown.path[index]))
    return false;
  const key = String(missing.path.at(-1));
  if (unknown.suggestion !== undefined) return unknown.suggestion === key;
  const { name, among } = unknown.meant ?? { name: "", among: [] };
  return nearestName(name, among) === key;
}

function findingsOf(issue: Issue, checked: Checked): Finding[] {
  const inner = issue.path.filter((segment) => typeof segment !== "symbol");
  const path = [...checked.path, ...inner];
  if (issue.code === "unrecognized_keys") {
    const level = levelAt(path, checked.type);
    return issue.keys.map((key) => unknownKey(key, level, path));
  }
  const value = valueAt(checked.value, inner);
  if (value === undefined) return [missingKey(path, descriptionAt(checked.schema, inner))];
  return [{ path, ...describe(issue, value, subject(path)) }];
}

function unknownKey(key: string, level: ReturnType<typeof levelAt>, path: Path): Finding {
  const place = { code: "unknown_key", path: [...path, key], spot: "key" } as const;
  const advice = adviceOn(key, level);
  if (advice !== null) {
    const { message, suggestion } = advice;
    const said = `${quote(key)} ${message}.`;
    return { ...place, message: said, ...(suggestion === undefined ? {} : { suggestion }) };
  }
  const meant = { name: key, among: keysAt(level) };
  return { ...place, message: `Unknown key ${quote(key)}.`, meant };
}

function missingKey(path: Path, description: string | undefined): Finding {
  const key = String(path.at(-1));
  const what = description === undefined ? "" : ` ${description}`;
  return { code: "missing_key", message: `Missing key ${quote(key)}.${what}`, path };
}

type Described = Pick<Finding, "code" | "message" | "suggestion" | "meant">;

function describe(issue: Issue, value: JsonValue, name: string): Described {
  switch (issue.code) {
    case "invalid_type":
      return wrongType(expectation(issue.expected), value, name);
    case "custom":
      return wrongType(issue.message, value, name);
    case "invalid_union":
      return wrongType("a string, or a mapping with value and label", value, name);
    case "invalid_value":
      return notAmong(issue.values.map(String), value, name);
    case "invalid_format":
      return wrongForm(issue, value, name);
    case "too_small":
    case "too_big":
      return outOfBounds(issue, value, name);
    default:
      return { code: "invalid_value", message: `${name} is not valid.` };
  }
}

const EXPECTATIONS: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function expectation(expected: string): string {
  return EXPECTATIONS[expected] ?? expected;
}

function wrongType(expected: string, value: JsonValue, name: string): Described {
  if (value === null) {
    return { code: "wrong_type", message: `${name} is empty; it must be ${expected}.` };
  }
  const message = `${name} must be ${expected}, not ${shown(value)}.`;
  const suggestion = rewritten(expected, value);
  return { code: "wrong_type", message, ...(suggestion === null ? {} : { suggestion }) };
}

/** The same value written so that it has the expected type, or null. */
function rewritten(expected: string, value: JsonValue): string | null {
  if (
    expected.startsWith("a string") &&
    (typeof value === "number" || typeof value === "boolean")
  ) {
    return `"${value}"`;
  }
  if (typeof value !== "string") return null;
  if (expected === "a list") return `[${quote(value)}]`;
  if (expected === "true or false") {
    if (/^(yes|on|true)$/i.test(value)) return "true";
    return /^(no|off|false)$/i.test(value) ? "false" : null;
  }
  const number = /^(\d+(?:\.\d+)?)\s*(?:s|ms)?$/.exec(value)?.[1];
  return expected.endsWith("number") && number !== undefined ? number : null;
}

function notAmong(values: string[], value: JsonValue, name: string): Described {
  const given = typeof value === "string" ? quote(value) : kindOf(value);
  const message = `${name} must be one of ${values.join(", ")}, not ${given}.`;
  if (typeof value !== "string") return { code: "invalid_value", message };
  const known = nameIn(FIELD_TYPE_SYNONYMS, value);
  if (known !== null && values.includes(known)) {
    return {
      code: "invalid_value",
      message: `${message} Did you mean "${known}"?`,
      suggestion: known,
    };
  }
  return { code: "invalid_value", message, meant: { name: value, among: values } };
}

function wrongForm(
  issue: Extract<Issue, { code: "invalid_format" }>,
  value: JsonValue,
  name: string,
): Described {
  const given = typeof value === "string" ? quote(value) : kindOf(value);
  if (issue.format === "email") {
    return { code: "invalid_email", message: `${name} must be an e-mail address, not ${given}.` };
  }
  switch (issue.pattern) {
    case String(NOT_BLANK_PATTERN):
      return { code: "invalid_length", message: `${name} must not be empty.` };
    case String(FIELD_KEY_PATTERN):
      return {
        code: "invalid_id",
        message: `${name} must be a name of letters, digits, "_" and "-", at most 64, starting with a letter or "_"; ${given} is not.`,
        ...suggestedId(value),
      };
    case String(ID_PATTERN):
      return {
        code: "invalid_id",
        message: `${name} must be an id of lower-case letters, digits, "_" and "-", at most 64, starting with a letter; ${given} is not.`,
        ...suggestedId(value),
      };
    default:
      return { code: "invalid_value", message: `${name} has the wrong form: ${given}.` };
  }
}

function suggestedId(value: JsonValue): { suggestion?: string } {
  const id = typeof value === "string" ? idFromName(value) : null;
  return id === null ? {} : { suggestion: id };
}

function outOfBounds(
  issue: Extract<Issue, { code: "too_small" | "too_big" }>,
  value: JsonValue,
  name: string,
): Described {
  const bound = issue.code === "too_small" ? issue.minimum : issue.maximum;
  if (issue.origin === "number" || issue.origin === "int") {
    const least = issue.inclusive === false ? "greater than" : "at least";
    const words = issue.code === "too_small" ? least : "at most";
    const message = `${name} must be ${words} ${bound}, not ${JSON.stringify(value)}.`;
    return { code: "out_of_range", message };
  }
  const unit = issue.origin === "string" ? "characters" : "items";
  const length = typeof value === "string" || Array.isArray(value) ? value.length : 0;
  if (issue.code === "too_big") {
    const message = `${name} has ${length} ${unit}; at most ${bound} are allowed.`;
    return { code: "invalid_length", message };
  }
  return { code: "invalid_length", message: `${name} must not be empty.` };
}

/** The value itself where it is short, else what it is. */
function shown(value: JsonValue): string {
  if (typeof value === "string") return `the text ${quote(value)}`;
  return typeof value === "number" ? `the number ${value}` : kindOf(value);
}

/** What a value is, with an article. */
export function kindOf(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a string";
    case "number":
      return "a number";
    case "boolean":
      return String(value);
    default:
      return "a mapping";
  }
}

/** The value at a path, by its key or its place in a list. */
function subject(path: Path): string {
  const last = path.at(-1);
  if (typeof last !== "number") return quote(String(last));
  return `Item ${last + 1} of ${quote(String(path.at(-2)))}`;
}

function valueAt(value: JsonValue, path: Path): JsonValue | undefined {
  let at: JsonValue | undefined = value;
  for (const segment of path) {
    if (Array.isArray(at)) at = at[Number(segment)];
    else if (isJsonObject(at)) at = Object.hasOwn(at, segment) ? at[segment] : undefined;
    else return undefined;
  }
  return at;
}

/** The description that the schema has for the key at a path. */
function descriptionAt(schema: z.ZodObject, path: Path): string | undefined {
  let at: unknown = schema;
  for (const segment of path) at = schemaOf(at, segment);
  return at instanceof z.ZodType ? at.description : undefined;
}

function schemaOf(outer: unknown, segment: string | number): unknown {
  let at = outer;
  while (at instanceof z.ZodExactOptional) at = at.unwrap();
  if (at instanceof z.ZodUnion) at = at.options.find((option) => option instanceof z.ZodObject);
  if (at instanceof z.ZodArray) return at.element;
  return at instanceof z.ZodObject ? Reflect.get(at.shape, segment) : undefined;
}
