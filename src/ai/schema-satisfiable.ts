/**
 * Which types of values a schema takes at all. A branch that nothing fits is not worth a question:
 * providers refuse an empty `enum`, and a model that takes such a branch can only be wrong.
 *
 * 1. A type is left out only when no value of it can fit; what cannot be told counts as possible.
 * 2. Values are finite: an object that requires itself inside itself without end has none. So the
 *    sets grow from nothing until they stay the same.
 */
import type { JsonObject, JsonValue } from "#model/json.ts";
import type { SchemaNode } from "#validation/json-schema/compile.ts";
import { isEmptyCount, isEmptyRange } from "./schema-range.ts";
import {
  alternativesOf,
  fits,
  ownTypes,
  restrictingKeys,
  standsFor,
  typeOfValue,
  typesOf,
  typesWithin,
} from "./openai/schema-shape.ts";

export type Satisfiable = ReadonlyMap<SchemaNode, ReadonlySet<string>>;

const ALL_TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;

/**
 * The types of every schema that is reached from `root`. `integer` stands beside `number` where
 * whole ones are among the numbers.
 */
export function satisfiableTypes(root: SchemaNode): Satisfiable {
  const nodes = reachedFrom(root);
  const found = new Map<SchemaNode, Set<string>>(nodes.map((node) => [node, new Set()]));
  const simple = new Map(nodes.map((node) => [node, simpleTypes(node)]));
  for (let grows = true; grows;) {
    grows = false;
    for (const node of nodes) {
      const types = found.get(node);
      const possible = possibleTypes(node, simple.get(node) ?? [], found);
      if (types === undefined || possible.every((type) => types.has(type))) continue;
      for (const type of possible) types.add(type);
      grows = true;
    }
  }
  return found;
}

/** What is deepest comes first, so that most schemas are settled in one round. */
function reachedFrom(root: SchemaNode): SchemaNode[] {
  const reached = new Set<SchemaNode>([root]);
  for (const node of reached) {
    const { one, many, named, ref } = node;
    const inside = Object.values(one).concat(
      Object.values(many).flat(),
      Object.values(named).flatMap((map) => [...map.values()]),
      ref ?? [],
    );
    for (const child of inside) reached.add(child);
  }
  return [...reached].toReversed();
}

type Found = ReadonlyMap<SchemaNode, ReadonlySet<string>>;

function possibleTypes(node: SchemaNode, simple: readonly string[], found: Found): string[] {
  if (typeof node.source === "boolean") return node.source ? [...ALL_TYPES] : [];
  const own = ownTypes(node);
  const target = node.ref ?? standsFor(node);
  if (target !== null) return typesWithin(found.get(target) ?? [], own);
  const alternatives = alternativesOf(node);
  if (alternatives !== null) {
    return typesWithin(new Set(alternatives.flatMap((one) => [...(found.get(one) ?? [])])), own);
  }
  const { source } = node;
  return considered(node).filter((type) => {
    if (type === "object" && !isListed(source)) return canBeObject(node, source, found);
    if (type === "array" && !isListed(source)) return canBeArray(node, source, found);
    return simple.includes(type);
  });
}

function considered(node: SchemaNode): readonly string[] {
  const types = typesOf(node);
  if (types.length === 0) return ALL_TYPES;
  const isWhole = types.includes("number") && !types.includes("integer");
  return isWhole ? [...types, "integer"] : types;
}

function isListed(source: JsonObject): boolean {
  return source["const"] !== undefined || Array.isArray(source["enum"]);
}

/** The types that are settled by the schema alone, regardless of what those inside it take. */
function simpleTypes(node: SchemaNode): string[] {
  const { source } = node;
  if (typeof source === "boolean") return [];
  const isNever = (type: string) => excludes(node, type);
  return considered(node).filter((type) => !isNever(type) && hasValue(node, source, type));
}

function hasValue(node: SchemaNode, source: JsonObject, type: string): boolean {
  const listed = source["const"] === undefined ? source["enum"] : [source["const"]];
  if (Array.isArray(listed)) {
    return listed.some((value) => isOfType(value, type) && fits(node, value));
  }
  switch (type) {
    case "null":
      return fits(node, null);
    case "boolean":
      return fits(node, true) || fits(node, false);
    case "number":
    case "integer":
      return !isEmptyRange(source, type);
    case "string":
      return !isEmptyCount(source, "minLength", "maxLength");
    default:
      return true;
  }
}

/** Whether `not` rules out the whole type. */
function excludes({ one }: SchemaNode, type: string): boolean {
  const { not } = one;
  if (not === undefined) return false;
  if (typeof not.source === "boolean") return not.source;
  const keys = restrictingKeys(not);
  if (keys.length === 0) return true;
  return keys.join() === "type" && typesWithin([type], typesOf(not)).join() === type;
}

/** Whether a listed value is of a type; an integer is a number, too. */
export function isOfType(value: JsonValue, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  return typeOfValue(value) === type;
}

function isPossible(node: SchemaNode | undefined, found: Found): boolean {
  return node === undefined || (found.get(node)?.size ?? 1) > 0;
}

function canBeArray(node: SchemaNode, source: JsonObject, found: Found): boolean {
  if (excludes(node, "array") || isEmptyCount(source, "minItems", "maxItems")) return false;
  const { contains, items } = node.one;
  const contained = contains === undefined ? 0 : count(source["minContains"], 1);
  if (contained > count(source["maxItems"], Infinity)) return false;
  if (contained > 0 && !isPossible(contains, found)) return false;
  const least = Math.max(count(source["minItems"], 0), contained);
  const first = node.many.prefixItems ?? [];
  const needed = first.slice(0, least);
  if (needed.some((item) => !isPossible(item, found))) return false;
  return least <= first.length || isPossible(items, found);
}

function canBeObject(node: SchemaNode, source: JsonObject, found: Found): boolean {
  if (excludes(node, "object") || isEmptyCount(source, "minProperties", "maxProperties")) {
    return false;
  }
  const required = namesIn(source["required"]);
  if (required.length > count(source["maxProperties"], Infinity)) return false;
  const properties = node.named.properties ?? new Map<string, SchemaNode>();
  const { additionalProperties: rest, propertyNames } = node.one;
  const isNamed = (name: string) => propertyNames === undefined || fits(propertyNames, name);
  const hasPatterns = node.named.patternProperties !== undefined;
  const isFree = (name: string) => hasPatterns || (isPossible(rest, found) && isNamed(name));
  const takes = (name: string) => {
    const child = properties.get(name);
    return child === undefined ? isFree(name) : isPossible(child, found) && isNamed(name);
  };
  if (!required.every(takes)) return false;
  if (hasPatterns || isPossible(rest, found)) return true;
  const most = [...properties.keys()].filter(takes).length;
  return count(source["minProperties"], 0) <= most;
}

function namesIn(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}

function count(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
