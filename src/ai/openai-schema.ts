/**
 * Lowers a JSON Schema to what the provider's strict mode takes: closed objects in which every
 * property is required, no keyword that it does not know. Owns what may be said there and how; what
 * comes back is put right by `openai-restore.ts` and always validated against the full schema.
 *
 * 1. A lowered schema never excludes a value only because a keyword was dropped: what could force
 *    a value out of the closed shape (open objects, `allOf`, conditions, tuples) is not lowered at
 *    all, and the schema goes out as it is, not strictly enforced.
 * 2. Every keyword that restricts and is not sent is named in the notes.
 *
 * What strict mode supports: https://developers.openai.com/api/docs/guides/structured-outputs
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { compileSchema } from "../validation/json-schema.ts";
import { withNumericLimits } from "../validation/schema-limit-places.ts";
import { readLimit } from "../validation/schema-limits.ts";
import type { SchemaNode } from "../validation/schema-node.ts";
import { acceptsNull, follow, typesOf } from "./schema-shape.ts";

/** Levels of objects and arrays that strict mode takes. */
const MAX_DEPTH = 10;
/** Values of all enums together that strict mode takes. */
const MAX_ENUM_VALUES = 1_000;

/** Under this key a value that is not an object travels, since the top must be one. */
export const WRAP_KEY = "value";

/**
 * strict: enforced while the model writes. schema: sent as it is, followed as far as the model
 * does. none: not sent; it has to stand in the messages.
 */
export type LoweredSchema =
  | { kind: "strict"; schema: JsonObject; isWrapped: boolean; root: SchemaNode; notes: string[] }
  | { kind: "schema"; schema: JsonObject; notes: string[] }
  | { kind: "none"; isObject: boolean; notes: string[] };

export function lowerSchema(schema: JsonObject | boolean): LoweredSchema {
  const compiled = compileSchema(schema);
  if (!compiled.ok) return { kind: "none", isObject: false, notes: [] };
  const root = follow(compiled.root);
  const lowering: Lowering = { notes: [], reason: null, names: new Map(), defs: {}, enumValues: 0 };
  const isObject = typesOf(root).join() === "object";
  const isWrapped = !isObject;
  const lowered = lowerNode(root, lowering, isWrapped ? 1 : 0);
  if (lowering.reason === null) {
    const top = isWrapped ? wrap(lowered) : lowered;
    const defs = lowering.names.size === 0 ? {} : { $defs: lowering.defs };
    const { notes } = lowering;
    return { kind: "strict", schema: { ...top, ...defs }, isWrapped, root, notes };
  }
  const reason = `not enforced while the model writes: ${lowering.reason}`;
  // Without strictness, too, the provider wants an object at the top.
  if (isJsonObject(schema) && schema["type"] === "object") {
    return { kind: "schema", schema: withNumericLimits(schema), notes: [reason] };
  }
  return { kind: "none", isObject, notes: [reason] };
}

interface Lowering {
  notes: string[];
  /** The first thing that strict mode cannot say. */
  reason: string | null;
  /** Names under `$defs` of the nodes that are referred to. */
  names: Map<SchemaNode, string>;
  defs: JsonObject;
  enumValues: number;
}

function wrap(schema: JsonObject): JsonObject {
  return {
    type: "object",
    properties: { [WRAP_KEY]: schema },
    required: [WRAP_KEY],
    additionalProperties: false,
  };
}

function refuse(lowering: Lowering, node: SchemaNode, why: string): JsonObject {
  lowering.reason ??= `${placeOf(node)} ${why}`;
  return {};
}

function placeOf({ pointer }: SchemaNode): string {
  if (pointer === "") return "the top";
  return pointer.length > 120 ? `${pointer.slice(0, 119)}…` : pointer;
}

/** Keywords that say nothing about the value. `title` and `description` are for the model. */
const FOR_THE_MODEL = ["title", "description"] as const;
const SILENT: ReadonlySet<string> = new Set([
  "$schema",
  "$id",
  "$anchor",
  "$comment",
  "$defs",
  "definitions",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
]);

/** They could force a value out of the closed shape, so that no answer would fit any more. */
const INEXPRESSIBLE = [
  "if",
  "dependentSchemas",
  "patternProperties",
  "prefixItems",
  "unevaluatedItems",
] as const;

/** They only restrict, so an answer that keeps them can still be given. */
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

function lowerNode(node: SchemaNode, lowering: Lowering, depth: number): JsonObject {
  const { source } = node;
  if (typeof source === "boolean") {
    return refuse(lowering, node, source ? "takes any value" : "takes no value");
  }
  if (node.ref) return lowerReference(node, node.ref, lowering, depth);
  const target = follow(node);
  if (target !== node) return withTexts(source, lowerNode(target, lowering, depth));
  if (node.many.allOf) return refuse(lowering, node, 'has "allOf"');
  const inexpressible = INEXPRESSIBLE.find((keyword) => Object.hasOwn(source, keyword));
  if (inexpressible !== undefined) return refuse(lowering, node, `has "${inexpressible}"`);
  const alternatives = alternativesOf(node);
  if (alternatives) return lowerAlternatives(node, source, alternatives, lowering, depth);
  noteDropped(node, source, lowering);
  const types = typesOf(node);
  const [only] = types;
  if (only === undefined) return refuse(lowering, node, "has no type");
  if (types.length === 1) return withTexts(source, lowerType(node, source, only, lowering, depth));
  const anyOf = types.map((type) => lowerType(node, source, type, lowering, depth));
  return withTexts(source, { anyOf });
}

function lowerReference(
  node: SchemaNode,
  target: SchemaNode,
  lowering: Lowering,
  depth: number,
): JsonObject {
  const beside = Object.keys(node.source).find((key) => key !== "$ref" && !SILENT.has(key));
  if (beside !== undefined) return refuse(lowering, node, `has "${beside}" beside "$ref"`);
  let name = lowering.names.get(target);
  if (name === undefined) {
    name = freeName(target, lowering);
    lowering.names.set(target, name);
    lowering.defs[name] = lowerNode(target, lowering, depth);
  }
  return { $ref: `#/$defs/${name}` };
}

function freeName({ pointer }: SchemaNode, { names }: Lowering): string {
  const last = pointer.slice(pointer.lastIndexOf("/") + 1);
  const wanted = /^[A-Za-z0-9_-]{1,40}$/.test(last) ? last : "shape";
  const taken = new Set(names.values());
  return taken.has(wanted) ? `${wanted}_${names.size}` : wanted;
}

function alternativesOf({ many }: SchemaNode): readonly SchemaNode[] | null {
  return many.anyOf ?? many.oneOf ?? null;
}

function lowerAlternatives(
  node: SchemaNode,
  source: JsonObject,
  alternatives: readonly SchemaNode[],
  lowering: Lowering,
  depth: number,
): JsonObject {
  const own = node.many.anyOf ? "anyOf" : "oneOf";
  const beside = Object.keys(source).find((key) => key !== own && !SILENT.has(key));
  if (beside !== undefined) return refuse(lowering, node, `has "${beside}" beside "${own}"`);
  if (own === "oneOf") note(lowering, node, "oneOf sent as anyOf");
  const anyOf = alternatives.map((alternative) => lowerNode(alternative, lowering, depth));
  return withTexts(source, { anyOf });
}

function noteDropped(node: SchemaNode, source: JsonObject, lowering: Lowering): void {
  for (const [keyword, value] of Object.entries(source)) {
    const isKnown = DROPPED.has(keyword);
    const isFormat = keyword === "format" && !FORMATS.has(value);
    const isPattern = keyword === "pattern" && !isCommon(value);
    if (isKnown || isFormat || isPattern) note(lowering, node, `${keyword} dropped`);
  }
  for (const { keyword } of node.largeLimits) note(lowering, node, `${keyword} dropped`);
}

function isCommon(pattern: JsonValue | undefined): boolean {
  return typeof pattern === "string" && COMMON_PATTERN.test(pattern);
}

function note(lowering: Lowering, node: SchemaNode, what: string): void {
  lowering.notes.push(`${placeOf(node)}: ${what}`);
}

function withTexts(source: JsonObject | boolean, lowered: JsonObject): JsonObject {
  if (typeof source === "boolean" || Object.hasOwn(lowered, "$ref")) return lowered;
  const texts = FOR_THE_MODEL.flatMap((key) =>
    typeof source[key] === "string" ? [[key, source[key]] as const] : [],
  );
  return { ...lowered, ...Object.fromEntries(texts) };
}

function lowerType(
  node: SchemaNode,
  source: JsonObject,
  type: string,
  lowering: Lowering,
  depth: number,
): JsonObject {
  if (type === "object" || type === "array") {
    if (depth >= MAX_DEPTH) return refuse(lowering, node, `is more than ${MAX_DEPTH} levels deep`);
    if (source["enum"] !== undefined || source["const"] !== undefined) {
      return refuse(lowering, node, "lists whole objects or arrays");
    }
  }
  const lowered: JsonObject = { type, ...keptKeywords(source, type, lowering) };
  if (lowering.enumValues > MAX_ENUM_VALUES) {
    return refuse(lowering, node, `is beyond ${MAX_ENUM_VALUES} values of enums`);
  }
  if (type === "object") return { ...lowered, ...lowerObject(node, source, lowering, depth) };
  return type === "array" ? { ...lowered, ...lowerItems(node, lowering, depth) } : lowered;
}

function keptKeywords(source: JsonObject, type: string, lowering: Lowering): JsonObject {
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
    const values = listed.filter((value) => isOfType(value, type));
    lowering.enumValues += values.length;
    kept["enum"] = values;
  }
  return kept;
}

function isOfType(value: JsonValue, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function lowerObject(
  node: SchemaNode,
  source: JsonObject,
  lowering: Lowering,
  depth: number,
): JsonObject {
  const children = node.named.properties ?? new Map<string, SchemaNode>();
  const { additionalProperties: rest } = node.one;
  const isOpen = rest === undefined ? children.size === 0 : rest.source !== false;
  if (isOpen) return refuse(lowering, node, "is open to properties of any name");
  const required = new Set(Array.isArray(source["required"]) ? source["required"] : []);
  for (const name of required) {
    if (typeof name === "string" && !children.has(name)) {
      return refuse(lowering, node, `requires "${name.slice(0, 40)}" and does not describe it`);
    }
  }
  const properties: JsonObject = {};
  for (const [name, child] of children) {
    if (child.source === false && !required.has(name)) continue;
    const lowered = lowerNode(child, lowering, depth + 1);
    const isNullable = required.has(name) || acceptsNull(child);
    properties[name] = isNullable ? lowered : { anyOf: [lowered, { type: "null" }] };
  }
  return { properties, required: Object.keys(properties), additionalProperties: false };
}

function lowerItems(node: SchemaNode, lowering: Lowering, depth: number): JsonObject {
  const { items } = node.one;
  if (items === undefined) return refuse(lowering, node, "does not describe its items");
  return { items: lowerNode(items, lowering, depth + 1) };
}
