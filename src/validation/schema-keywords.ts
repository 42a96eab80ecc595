/**
 * The vocabulary of JSON Schema draft 2020-12: which keywords hold schemas, and what the values
 * of the others must look like. Unknown keywords are annotations and pass. Knows one keyword at
 * a time; references between schemas are not its business.
 */
import { isJsonObject, type JsonValue } from "../model/json.ts";

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

/** Keywords of other drafts, or of a dynamic scope, that would change the meaning if ignored. */
export const FORBIDDEN: ReadonlySet<string> = new Set([
  "$dynamicRef",
  "$dynamicAnchor",
  "$recursiveRef",
  "$recursiveAnchor",
]);

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
const DRAFT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
const ANCHOR = /^[A-Za-z_][-A-Za-z0-9._]*$/;

/** Says what the value must be, or null when it is fine. */
type ValueRule = (value: JsonValue) => string | null;

const aNumber: ValueRule = (value) => (typeof value === "number" ? null : "must be a number");
const aString: ValueRule = (value) => (typeof value === "string" ? null : "must be a string");
const aCount: ValueRule = (value) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0
    ? null
    : "must be an integer of 0 or more";
const aBoolean: ValueRule = (value) =>
  typeof value === "boolean" ? null : "must be true or false";
const names: ValueRule = (value) =>
  Array.isArray(value) &&
  value.every((item) => typeof item === "string") &&
  new Set(value).size === value.length
    ? null
    : "must be a list of different strings";

function checkType(value: JsonValue): string | null {
  const given = Array.isArray(value) ? value : [value];
  const unknown = given.find((name) => typeof name !== "string" || !TYPES.includes(name));
  if (unknown !== undefined) {
    return `must name types among ${TYPES.join(", ")}, not ${JSON.stringify(unknown)}`;
  }
  if (given.length === 0) return "must name at least one type";
  return new Set(given).size === given.length ? null : "names a type twice";
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
      : "must be https://json-schema.org/draft/2020-12/schema, the only draft supported",
  $id: (value) =>
    typeof value === "string" && !value.includes("#")
      ? null
      : "must be a URI reference without a fragment",
  $ref: aString,
  $anchor: (value) =>
    typeof value === "string" && ANCHOR.test(value)
      ? null
      : "must be a name of letters, digits, -, _ and .",
  type: checkType,
  enum: (value) => (Array.isArray(value) && value.length > 0 ? null : "must be a list of values"),
  required: names,
  dependentRequired: checkDependentRequired,
  minProperties: aCount,
  maxProperties: aCount,
  minItems: aCount,
  maxItems: aCount,
  minContains: aCount,
  maxContains: aCount,
  uniqueItems: aBoolean,
  minimum: aNumber,
  maximum: aNumber,
  exclusiveMinimum: aNumber,
  exclusiveMaximum: aNumber,
  multipleOf: (value) =>
    typeof value === "number" && value > 0 ? null : "must be a number greater than 0",
  minLength: aCount,
  maxLength: aCount,
  pattern: aString,
  format: aString,
};

/** What is wrong with the value of a keyword that holds no schemas, in plain words, or null. */
export function checkKeywordValue(keyword: string, value: JsonValue): string | null {
  return Object.hasOwn(VALUE_RULES, keyword) ? (VALUE_RULES[keyword]?.(value) ?? null) : null;
}
