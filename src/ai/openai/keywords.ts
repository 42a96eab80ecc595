/**
 * The keywords of one schema that strict mode is given, and those that are left to the check of the
 * answer: they only restrict, so an answer that keeps them can still be given.
 */
import type { JsonObject, JsonValue } from "#model/json.ts";
import { readLimit } from "#validation/json-schema/limits.ts";
import type { SchemaNode } from "#validation/json-schema/compile.ts";
import { isOfType } from "../schema-satisfiable.ts";
import { fits } from "./schema-shape.ts";

const DROPPED: ReadonlySet<string> = new Set([
  "not",
  "contains",
  "minContains",
  "maxContains",
  "propertyNames",
  "unevaluatedProperties",
  "dependentRequired",
  "minProperties",
  "maxProperties",
  "uniqueItems",
  "minLength",
  "maxLength",
]);

const KEPT_BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  string: ["pattern", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  array: ["minItems", "maxItems"],
};

const FORMATS: ReadonlySet<JsonValue> = new Set([
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uuid",
]);

/** Syntax that every engine reads alike: no look-around, flags, named groups or Unicode classes. */
const COMMON_PATTERN = /^(?!.*(?:\(\?(?!:)|\\[pPAzZQEbBCX]|\[\[:))/s;

/** The keywords of a schema that are not sent and restrict. */
export function droppedKeywords({ source, largeLimits }: SchemaNode): string[] {
  const dropped = Object.entries(source).flatMap(([keyword, value]) => {
    const isFormat = keyword === "format" && !FORMATS.has(value);
    const isPattern = keyword === "pattern" && !isCommon(value);
    return DROPPED.has(keyword) || isFormat || isPattern ? [keyword] : [];
  });
  return [...dropped, ...largeLimits.map(({ keyword }) => keyword)];
}

function isCommon(pattern: JsonValue | undefined): boolean {
  return typeof pattern === "string" && COMMON_PATTERN.test(pattern);
}

/** The keywords that are sent for values of one type; of listed values, those that fit. */
export function keptKeywords(node: SchemaNode, source: JsonObject, type: string): JsonObject {
  const kept: JsonObject = {};
  for (const keyword of KEPT_BY_TYPE[type] ?? []) {
    const value = source[keyword];
    if (value === undefined) continue;
    if (keyword === "format" && !FORMATS.has(value)) continue;
    if (keyword === "pattern" && !isCommon(value)) continue;
    const limit = type === "string" ? value : readLimit(value);
    // The provider takes limits as numbers, and would round one that only digits hold.
    if (limit !== null && (type === "string" || typeof limit === "number")) kept[keyword] = limit;
  }
  if (source["const"] !== undefined) kept["const"] = source["const"];
  const listed = source["enum"];
  if (Array.isArray(listed)) {
    kept["enum"] = listed.filter((value) => isOfType(value, type) && fits(node, value));
  }
  return kept;
}
