/**
 * What kind of value a schema asks for, told from its own keywords without evaluating it. Serves
 * the lowering of schemas and the way back; both must read a schema alike.
 */
import { type JsonValue, isJsonObject } from "../model/json.ts";
import type { SchemaNode } from "../validation/schema-node.ts";

const ANNOTATIONS: ReadonlySet<string> = new Set([
  "$schema",
  "$defs",
  "definitions",
  "$comment",
  "title",
  "description",
  "default",
  "examples",
]);

/** The node that a mere reference, or an `allOf` of one schema, stands for. */
export function follow(node: SchemaNode): SchemaNode {
  const seen = new Set<SchemaNode>();
  let current = node;
  while (!seen.has(current)) {
    seen.add(current);
    const next = standsFor(current);
    if (next === null) return current;
    current = next;
  }
  return current;
}

function standsFor({ source, ref, many }: SchemaNode): SchemaNode | null {
  if (typeof source === "boolean") return null;
  const own = Object.keys(source).filter((key) => !ANNOTATIONS.has(key));
  if (own.length !== 1) return null;
  if (ref !== null) return ref;
  return many.allOf?.length === 1 ? (many.allOf[0] ?? null) : null;
}

/** The types that the schema names, or that its keywords mean; none when it takes anything. */
export function typesOf({ source, named, one }: SchemaNode): string[] {
  if (typeof source === "boolean") return [];
  const { type, enum: listed } = source;
  if (typeof type === "string") return [type];
  if (Array.isArray(type)) return type.filter((name) => typeof name === "string");
  if (source["const"] !== undefined) return [typeOfValue(source["const"])];
  if (Array.isArray(listed)) return [...new Set(listed.map(typeOfValue))];
  if (named.properties !== undefined) return ["object"];
  return one.items === undefined ? [] : ["array"];
}

function typeOfValue(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return isJsonObject(value) ? "object" : typeof value;
}

/** Whether null itself is a value that the schema takes. */
export function acceptsNull(node: SchemaNode, seen: ReadonlySet<SchemaNode> = new Set()): boolean {
  if (node.source === true) return true;
  if (seen.has(node) || node.source === false) return false;
  const target = follow(node);
  const known = new Set([...seen, node]);
  if (target !== node) return acceptsNull(target, known);
  const { anyOf, oneOf } = node.many;
  const alternatives = anyOf ?? oneOf;
  if (alternatives) return alternatives.some((alternative) => acceptsNull(alternative, known));
  if (node.source["const"] !== undefined) return node.source["const"] === null;
  const { enum: listed } = node.source;
  const isListed = !Array.isArray(listed) || listed.includes(null);
  return isListed && typesOf(node).includes("null");
}
