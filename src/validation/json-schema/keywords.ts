/**
 * The vocabulary of JSON Schema draft 2020-12: which keywords hold schemas, and what the values
 * of the others must look like. Unknown keywords are annotations and pass. Knows one keyword at
 * a time; references between schemas are not its business.
 */
import { isJsonObject, type JsonValue } from "#model/json.ts";
import { nearestName } from "#model/nearest-name.ts";
import { readLimit } from "./limits.ts";

/** Keywords that hold one schema. */
export const ONE_SCHEMA = [
  "not",
  "if",
  "then",
  "else",
  "items",
  "contains",
  "additionalProperties",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
] as const;
export type OneSchemaKeyword = (typeof ONE_SCHEMA)[number];

/** Keywords that hold a list of schemas. */
export const SCHEMA_LIST = ["allOf", "anyOf", "oneOf", "prefixItems"] as const;
export type SchemaListKeyword = (typeof SCHEMA_LIST)[number];

/** Keywords that hold schemas by name. `definitions` is the older spelling of `$defs`. */
export const SCHEMA_MAP = [
  "$defs",
  "definitions",
  "properties",
  "patternProperties",
  "dependentSchemas",
] as const;
export type SchemaMapKeyword = (typeof SCHEMA_MAP)[number];

/** Keywords of a dynamic scope, whose meaning would change if they were ignored; what to write. */
export const FORBIDDEN: ReadonlyMap<string, string> = new Map([
  ["$dynamicRef", "$ref"],
  ["$dynamicAnchor", "$anchor"],
  ["$recursiveRef", "$ref"],
  ["$recursiveAnchor", "$anchor"],
]);

/** Keywords that say something about a schema, and nothing about a value. */
export const ANNOTATIONS = [
  "$schema",
  "$id",
  "$anchor",
  "$comment",
  "$vocabulary",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "contentEncoding",
  "contentMediaType",
  "contentSchema",
] as const;

/** Keywords whose verdict is the library's; see `schema-assertions.ts`. */
export const ASSERTIONS = [
  "type",
  "enum",
  "const",
  "required",
  "dependentRequired",
  "minProperties",
  "maxProperties",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "format",
] as const;
export type AssertionKeyword = (typeof ASSERTIONS)[number];

const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"];
/** What these drafts have in common with 2020-12 means the same; the rest is refused by name. */
const DRAFT = /^https?:\/\/json-schema\.org\/(?:draft-0[67]|draft\/2020-12)\/schema#?$/;
const ANCHOR = /^[A-Za-z_][-A-Za-z0-9._]*$/;

/** Says what the value must be, or null when it is fine. */
type ValueRule = (value: JsonValue) => string | null;

const aLimit: ValueRule = (value) =>
  readLimit(value) === null ? "must be a number, in quotes where it has many digits" : null;
const aString: ValueRule = (value) => (typeof value === "string" ? null : "must be a string");
const aCount: ValueRule = (value) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0
    ? null
    : "must be an integer of 0 or more";
const aBoolean: ValueRule = (value) =>
  typeof value === "boolean" ? null : "must be true or false";
const aBound: ValueRule = (value) =>
  typeof value === "boolean"
    ? "must be the limit itself, instead of true or false beside it"
    : aLimit(value);
const names: ValueRule = (value) =>
  Array.isArray(value) &&
  value.every((item) => typeof item === "string") &&
  new Set(value).size === value.length
    ? null
    : "must be a list of different strings";
const required: ValueRule = (value) =>
  typeof value === "boolean"
    ? "must be a list of names in the object that contains the property"
    : names(value);

function checkType(value: JsonValue): string | null {
  const given = Array.isArray(value) ? value : [value];
  const unknown = given.find((name) => typeof name !== "string" || !TYPES.includes(name));
  if (unknown === "any") return 'must be omitted to allow any type, instead of "any"';
  if (unknown !== undefined) {
    return `must contain only types among ${TYPES.join(", ")}, not ${JSON.stringify(unknown)}`;
  }
  if (given.length === 0) return "must contain at least one type";
  return new Set(given).size === given.length ? null : "contains a type twice";
}

function checkDependentRequired(value: JsonValue): string | null {
  return isJsonObject(value) && Object.values(value).every((list) => names(list) === null)
    ? null
    : "must be an object whose values are lists of different strings";
}

const VALUE_RULES: Readonly<Record<string, ValueRule>> = {
  $schema: (value) =>
    typeof value === "string" && DRAFT.test(value)
      ? null
      : "must be that of draft-06, draft-07 or 2020-12; leave the line out, the schema is read as 2020-12",
  $id: (value) =>
    typeof value === "string" && !/#./.test(value)
      ? null
      : 'must be a URI reference without a fragment; a name within the schema is written "$anchor"',
  $ref: aString,
  $anchor: (value) =>
    typeof value === "string" && ANCHOR.test(value)
      ? null
      : "must be a name of letters, digits, -, _ and .",
  type: checkType,
  enum: (value) => (Array.isArray(value) && value.length > 0 ? null : "must be a list of values"),
  required,
  dependentRequired: checkDependentRequired,
  minProperties: aCount,
  maxProperties: aCount,
  minItems: aCount,
  maxItems: aCount,
  minContains: aCount,
  maxContains: aCount,
  uniqueItems: aBoolean,
  minimum: aLimit,
  maximum: aLimit,
  exclusiveMinimum: aBound,
  exclusiveMaximum: aBound,
  multipleOf: (value) =>
    typeof value === "number" && value > 0 ? null : "must be a number greater than 0",
  minLength: aCount,
  maxLength: aCount,
  pattern: aString,
  format: aString,
};

/** Every keyword of draft 2020-12, and the older `definitions`. */
export const KEYWORDS: ReadonlySet<string> = new Set<string>([
  ...ONE_SCHEMA,
  ...SCHEMA_LIST,
  ...SCHEMA_MAP,
  ...ASSERTIONS,
  ...ANNOTATIONS,
  ...FORBIDDEN.keys(),
  ...Object.keys(VALUE_RULES),
]);

/** Names that people and other systems give to types. */
const TYPE_SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["text", "string"],
  ["str", "string"],
  ["int", "integer"],
  ["float", "number"],
  ["double", "number"],
  ["decimal", "number"],
  ["bool", "boolean"],
  ["list", "array"],
  ["dict", "object"],
  ["map", "object"],
  ["none", "null"],
]);

/** The type that was meant by a name that is none, or null. */
export function typeMeantBy(name: JsonValue): string | null {
  if (typeof name !== "string" || TYPES.includes(name)) return null;
  const lower = name.toLowerCase();
  if (TYPES.includes(lower)) return lower;
  return TYPE_SYNONYMS.get(lower) ?? nearestName(lower, TYPES);
}

/** What is wrong with the value of a keyword that holds no schemas, in plain words, or null. */
export function checkKeywordValue(keyword: string, value: JsonValue): string | null {
  return Object.hasOwn(VALUE_RULES, keyword) ? (VALUE_RULES[keyword]?.(value) ?? null) : null;
}
