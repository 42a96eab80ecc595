/**
 * What kind of value a schema asks for, told from its own keywords. Serves the lowering of schemas
 * and the way back; both must read a schema alike.
 *
 * Annotations and keys that are no keywords say nothing about a value: they never decide anything.
 */
import { type JsonValue, isJsonObject } from "#model/json.ts";
import { evaluate } from "#validation/json-schema/evaluate.ts";
import { ANNOTATIONS, KEYWORDS } from "#validation/json-schema/keywords.ts";
import { isAssertedFormat, type SchemaNode } from "#validation/json-schema/compile.ts";

const SILENT: ReadonlySet<string> = new Set([...ANNOTATIONS, "$defs", "definitions"]);

/** The keywords of a schema that say something about a value. */
export function restrictingKeys({ source }: SchemaNode): string[] {
  if (typeof source === "boolean") return [];
  return Object.keys(source).filter((key) => {
    if (!KEYWORDS.has(key) || SILENT.has(key)) return false;
    if (key === "then" || key === "else") return Object.hasOwn(source, "if");
    return key !== "format" || isAssertedFormat(source[key]);
  });
}

/** The node that a mere reference, or an `allOf` of one schema, represents. */
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

/** The next of these nodes; a `type` beside the reference may narrow it. Null when there is none. */
export function standsFor(node: SchemaNode): SchemaNode | null {
  const { ref, many } = node;
  if (ref === null && many.allOf?.length !== 1) return null;
  const own = restrictingKeys(node).filter((key) => key !== "type");
  if (own.length !== 1) return null;
  return ref ?? many.allOf?.[0] ?? null;
}

/** The alternatives of which a value must fit one, or null. */
export function alternativesOf({ many }: SchemaNode): readonly SchemaNode[] | null {
  return many.anyOf ?? many.oneOf ?? null;
}

/** The types that the schema names, or null when it names none. */
export function ownTypes({ source }: SchemaNode): string[] | null {
  if (typeof source === "boolean") return null;
  const { type } = source;
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? type.filter((name) => typeof name === "string") : null;
}

/** The types that the schema names, or that its keywords mean; none when it takes anything. */
export function typesOf(node: SchemaNode): string[] {
  const { source, named, one } = node;
  if (typeof source === "boolean") return [];
  const types = ownTypes(node);
  if (types !== null) return types;
  const { enum: listed } = source;
  if (source["const"] !== undefined) return [typeOfValue(source["const"])];
  if (Array.isArray(listed)) return [...new Set(listed.map(typeOfValue))];
  if (named.properties !== undefined) return ["object"];
  return one.items === undefined ? [] : ["array"];
}

export function typeOfValue(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return isJsonObject(value) ? "object" : typeof value;
}

/** Those of the types that are among others; integers are numbers. Null: all are. */
export function typesWithin(types: Iterable<string>, within: readonly string[] | null): string[] {
  return [...types].filter(
    (type) =>
      within === null || within.includes(type) || (type === "integer" && within.includes("number")),
  );
}

/** Whether a value fits a schema; one that is too much work to check counts as fitting. */
export function fits(node: SchemaNode, value: JsonValue): boolean {
  return (evaluate(node, value, true).findings ?? []).length === 0;
}

/**
 * Whether null is a value of its own where the schema is lowered. `within` are the types that the
 * schema around leaves to one that names none.
 */
export function acceptsNull(
  node: SchemaNode,
  within: readonly string[] = [],
  seen: ReadonlySet<SchemaNode> = new Set(),
): boolean {
  if (node.source === true) return true;
  if (seen.has(node) || node.source === false) return false;
  const own = ownTypes(node) ?? within;
  const isLeft = own.length === 0 || own.includes("null");
  const known = new Set([...seen, node]);
  const target = standsFor(node);
  if (target !== null) return isLeft && acceptsNull(target, own, known);
  const alternatives = alternativesOf(node);
  if (alternatives === null) {
    const types = typesOf(node);
    return (types.length === 0 ? within : types).includes("null") && fits(node, null);
  }
  return isLeft && fits(node, null) && alternatives.some((one) => acceptsNull(one, own, known));
}
