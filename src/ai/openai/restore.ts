/**
 * The way back from what strict mode made the model write: a null that means an absent optional
 * property that is not there is taken out, a value that travelled in an object is unpacked. Returns
 * every other value back as it is; whether it fits is judged afterwards.
 */
import { isJsonObject, type JsonObject, type JsonValue, ownProperty } from "#model/json.ts";
import type { SchemaNode } from "#validation/json-schema/compile.ts";
import { WRAP_KEY } from "./lower-schema.ts";
import { acceptsNull, follow, typesOf } from "./schema-shape.ts";

/** `value` must be nested within a bound: the walk is as deep as it is. */
export function restoreValue(root: SchemaNode, isWrapped: boolean, value: JsonValue): JsonValue {
  if (!isWrapped) return restore(root, value);
  const isPacked = isJsonObject(value) && Object.keys(value).join() === WRAP_KEY;
  return restore(root, isPacked ? (value[WRAP_KEY] ?? null) : value);
}

function restore(node: SchemaNode, value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  const shape = shapeFor(node, value);
  if (shape === null) return value;
  if (Array.isArray(value)) {
    const { items } = shape.one;
    return items === undefined ? value : value.map((item) => restore(items, item));
  }
  return restoreObject(shape, value);
}

function restoreObject(shape: SchemaNode, value: JsonObject): JsonObject {
  const { properties } = shape.named;
  const required = requiredOf(shape);
  const entries = Object.entries(value).flatMap(([name, item]): [string, JsonValue][] => {
    const child = properties?.get(name);
    if (child === undefined) return [[name, item]];
    if (item === null && !required.has(name) && !acceptsNull(child)) return [];
    return [[name, restore(child, item)]];
  });
  return Object.fromEntries(entries);
}

function requiredOf({ source }: SchemaNode): ReadonlySet<JsonValue> {
  const required = typeof source === "boolean" ? undefined : source["required"];
  return new Set(Array.isArray(required) ? required : []);
}

/**
 * The schema without alternatives that the value was written to: of several, the one whose
 * properties it has, or the only one of its kind. Null when that cannot be told.
 */
function shapeFor(node: SchemaNode, value: JsonObject | JsonValue[]): SchemaNode | null {
  const kind = Array.isArray(value) ? "array" : "object";
  const ofKind = alternativesIn(node).filter((shape) => typesOf(shape).includes(kind));
  if (ofKind.length < 2) return ofKind[0] ?? null;
  return isJsonObject(value) ? (ofKind.find((shape) => isWrittenTo(shape, value)) ?? null) : null;
}

function alternativesIn(node: SchemaNode): SchemaNode[] {
  const target = follow(node);
  const alternatives = target.many.anyOf ?? target.many.oneOf;
  return alternatives ? alternatives.flatMap(alternativesIn) : [target];
}

/** Strict mode writes every property of a shape and no other, so names and constants tell it. */
function isWrittenTo(shape: SchemaNode, value: JsonObject): boolean {
  const properties = [...(shape.named.properties ?? [])].filter(
    ([, child]) => child.source !== false,
  );
  return (
    properties.length === Object.keys(value).length &&
    properties.every(([name, child]) => isConstant(child, ownProperty(value, name)))
  );
}

/** Whether a property has the value, or one of the values, that its schema names. */
function isConstant(node: SchemaNode, value: unknown): boolean {
  const { source } = follow(node);
  if (value === undefined) return false;
  if (typeof source === "boolean" || value === null || typeof value === "object") return true;
  const { const: constant, enum: listed } = source;
  if (constant !== undefined) return constant === value;
  return !Array.isArray(listed) || listed.some((one) => one === value);
}
