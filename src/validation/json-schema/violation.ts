/**
 * How a value misses its schema, in words for people and models. Owns the wording and the choice
 * of what is worth telling; knows nothing of how schemas are walked.
 */
import { pointer } from "#model/pointer.ts";
import { isJsonObject, type JsonObject, type JsonValue, ownProperty } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { AssertionKeyword } from "./keywords.ts";

/** `pointer` leads to the value within the document that was validated. */
export interface SchemaViolation {
  pointer: string;
  keyword: string;
  message: string;
}

/** A place in the value; pointers are written out only for what is reported. */
export interface Place {
  parent: Place | null;
  key: string | number;
  depth: number;
}

export const TOP: Place = { parent: null, key: "", depth: 0 };

/** A violation as the walk finds it. */
export interface Finding {
  readonly place: Place;
  readonly keyword: string;
  /** Often worked out only when it is read: most violations are never shown. */
  readonly message: string;
}

/** The place of a member or an item. */
export function below(parent: Place, key: string | number): Place {
  return { parent, key, depth: parent.depth + 1 };
}

/** The JSON Pointer of a place. */
function placePointer(place: Place): string {
  return place.parent === null ? "" : placePointer(place.parent) + pointer(place.key);
}

/** A value on one line, cut to a length that a message can bear. */
function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function listed(names: readonly string[], last: "and" | "or"): string {
  const few = names.length > 8 ? [...names.slice(0, 8), `${names.length - 8} more`] : names;
  return few.length < 2 ? few.join("") : `${few.slice(0, -1).join(", ")} ${last} ${few.at(-1)}`;
}

/** The first ones; a list may have thousands, each of them large. */
function listedValues(values: readonly JsonValue[]): string {
  const names = values.slice(0, 8).map(shown);
  const more = values.length - names.length;
  return listed(more > 0 ? [...names, ...Array<string>(more).fill("")] : names, "or");
}

/** What a value is, with its article: "a number", "an object", "null". */
function kindOf(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** "1 item", "2 items", "3 properties". */
function count(amount: JsonValue, one: string, more = `${one}s`): string {
  return `${plain(amount)} ${amount === 1 ? one : more}`;
}

/** Strings as they are, everything else as JSON. */
function plain(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function missing(assertions: JsonObject, value: JsonValue): string {
  const required = assertions["required"];
  const names = (Array.isArray(required) ? required : [])
    .filter(
      (name) => typeof name === "string" && isJsonObject(value) && !Object.hasOwn(value, name),
    )
    .map((name) => JSON.stringify(name));
  return `lacks the required ${names.length === 1 ? "property" : "properties"} ${listed(names, "and")}`;
}

function missingDependents(assertions: JsonObject, value: JsonValue): string {
  const rules = assertions["dependentRequired"];
  for (const [name, needed] of Object.entries(isJsonObject(rules) ? rules : {})) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name) || !Array.isArray(needed)) continue;
    const names = needed.filter((other) => ownProperty(value, plain(other)) === undefined);
    if (names.length > 0) {
      return `has "${name}" and so must have ${listed(names.map(shown), "and")} too`;
    }
  }
  return "lacks a property that another one needs";
}

function list(value: JsonValue): JsonValue[] {
  return Array.isArray(value) ? value : [value];
}

type Wording = (limit: JsonValue, assertions: JsonObject, value: JsonValue) => string;

const WORDINGS: Readonly<Record<AssertionKeyword, Wording>> = {
  type: (limit, _, value) =>
    `must be of type ${listed(list(limit).map(plain), "or")}, but is ${kindOf(value)}`,
  enum: (limit) => `must be one of ${listedValues(list(limit))}`,
  const: (limit) => `must be exactly ${shown(limit)}`,
  required: (_, assertions, value) => missing(assertions, value),
  dependentRequired: (_, assertions, value) => missingDependents(assertions, value),
  minProperties: (limit) => `must have at least ${count(limit, "property", "properties")}`,
  maxProperties: (limit) => `must have at most ${count(limit, "property", "properties")}`,
  minItems: (limit) => `must have at least ${count(limit, "item")}`,
  maxItems: (limit) => `must have at most ${count(limit, "item")}`,
  minimum: (limit) => `must be ${plain(limit)} or more`,
  maximum: (limit) => `must be ${plain(limit)} or less`,
  exclusiveMinimum: (limit) => `must be more than ${plain(limit)}`,
  exclusiveMaximum: (limit) => `must be less than ${plain(limit)}`,
  multipleOf: (limit) => `must be a multiple of ${plain(limit)}`,
  minLength: (limit) => `must have at least ${count(limit, "character")}`,
  maxLength: (limit) => `must have at most ${count(limit, "character")}`,
  format: (limit) => `must be a valid ${plain(limit)}`,
};

/** Says what an assertion keyword asks for and does not get. */
export function describeAssertion(
  keyword: AssertionKeyword,
  assertions: JsonObject,
  value: JsonValue,
): string {
  return WORDINGS[keyword](assertions[keyword] ?? null, assertions, value);
}

/**
 * The violations of the alternative that came closest: the one whose kind was right (no `type`,
 * `const` or `enum` missed), then the one with fewest violations. Alternatives that miss
 * only their type are reported together.
 */
export function closestAlternative(
  place: Place,
  keyword: "anyOf" | "oneOf",
  alternatives: readonly Finding[][],
): Finding[] {
  const onlyType = alternatives.every(
    ([first, ...rest]) => first?.keyword === "type" && first.place === place && rest.length === 0,
  );
  if (onlyType) {
    const messages = new Set(alternatives.flat().map((finding) => finding.message));
    return [{ place, keyword, message: [...messages].join(", or ") }];
  }
  const misses = (findings: Finding[]): number =>
    findings.filter(({ keyword: missed }) => ["type", "const", "enum", "false"].includes(missed))
      .length;
  const [closest = []] = alternatives.toSorted(
    (a, b) => misses(a) - misses(b) || a.length - b.length,
  );
  return closest;
}

/**
 * The findings worth telling, at most ten: each once, and of a value of the wrong type only that,
 * or the list of values that it must be one of.
 */
export function selectViolations(findings: readonly Finding[]): SchemaViolation[] {
  const chosen = new Map<string, SchemaViolation[]>();
  for (const { place, keyword, message } of findings) {
    const at = placePointer(place);
    const here = chosen.get(at) ?? [];
    if (here.some((other) => other.message === message)) continue;
    chosen.set(at, [...here, { pointer: at, keyword, message }]);
  }
  return [...chosen.values()].flatMap(mostSpecific).slice(0, LIMITS.jsonSchemaViolations);
}

function mostSpecific(violations: SchemaViolation[]): SchemaViolation[] {
  for (const keyword of ["const", "enum", "type"]) {
    const one = violations.find((violation) => violation.keyword === keyword);
    if (one !== undefined) return [one];
  }
  return violations;
}
