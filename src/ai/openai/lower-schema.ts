/**
 * Lowers a JSON Schema to what the provider's strict mode takes: closed objects in which every
 * property is required, no keyword that it does not know. Owns what may be said there and how; what
 * comes back is put right by `openai-restore.ts` and always validated against the full schema.
 *
 * 1. A lowered schema never excludes a value only because a keyword was dropped: what could force
 *    a value out of the closed shape (open objects, `allOf`, conditions, tuples) is not lowered at
 *    all, and the schema goes out as it is, not strictly enforced.
 * 2. Every keyword that restricts and is not sent is named in the notes, and so is every branch that
 *    is left out because nothing fits it.
 * 3. Annotations, and keys that are no keywords, decide nothing. What a schema says in words goes
 *    along, beside a reference too: strict mode wants no keyword there, so the target is inlined.
 * 4. Keys keep the order of the source.
 *
 * What strict mode supports: https://developers.openai.com/api/docs/guides/structured-outputs
 */
import { isJsonObject, type JsonObject } from "#model/json.ts";
import { compileSchema } from "#validation/json-schema/validate.ts";
import { withNumericLimits } from "#validation/json-schema/limit-places.ts";
import type { SchemaNode } from "#validation/json-schema/compile.ts";
import { droppedKeywords, keptKeywords } from "./keywords.ts";
import { type Satisfiable, satisfiableTypes } from "../schema-satisfiable.ts";
import {
  acceptsNull,
  alternativesOf,
  follow,
  ownTypes,
  restrictingKeys,
  standsFor,
  typesOf,
  typesWithin,
} from "./schema-shape.ts";

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
  const types = satisfiableTypes(compiled.root);
  const first = lowerStrictly(compiled.root, types, MAX_INLINED);
  if (first.ok) return first.lowered;
  // What was inlined counts several times; words alone must not bring a schema beyond the limits.
  const second = lowerStrictly(compiled.root, types, 0);
  if (second.ok) return second.lowered;
  const reason = `not enforced while the model writes: ${first.reason}`;
  // Without strictness, too, the provider wants an object at the top.
  if (isJsonObject(schema) && schema["type"] === "object") {
    return { kind: "schema", schema: withNumericLimits(schema), notes: [reason] };
  }
  const isObject = typesOf(follow(compiled.root)).join() === "object";
  return { kind: "none", isObject, notes: [reason] };
}

type Attempt = { ok: true; lowered: LoweredSchema } | { ok: false; reason: string };

function lowerStrictly(given: SchemaNode, types: Satisfiable, mostInlined: number): Attempt {
  const lowering: Lowering = {
    notes: new Set(),
    reason: null,
    names: new Map(),
    defs: {},
    types,
    open: new Set([given]),
    lowered: 0,
    mostInlined,
    enumValues: 0,
  };
  const root = follow(given);
  // Alternatives may not stand at the top, even if all of them are objects.
  const isWrapped = typesOf(root).join() !== "object" || alternativesOf(root) !== null;
  const top: Place = { depth: isWrapped ? 1 : 0, within: null, isTop: true, isInlined: true };
  const lowered = lowerNode(given, lowering, top);
  if (lowering.reason !== null) return { ok: false, reason: lowering.reason };
  const whole = isWrapped ? wrap(lowered) : lowered;
  const defs = lowering.names.size === 0 ? {} : { $defs: lowering.defs };
  const notes = [...lowering.notes];
  const schema = { ...whole, ...defs };
  return { ok: true, lowered: { kind: "strict", schema, isWrapped, root, notes } };
}

interface Lowering {
  /** Each once, however often a schema is inlined. */
  notes: Set<string>;
  /** The first thing that strict mode cannot say. */
  reason: string | null;
  /** Names under `$defs` of the nodes that are referred to. */
  names: Map<SchemaNode, string>;
  defs: JsonObject;
  /** Which types of values each schema takes at all. */
  types: Satisfiable;
  /** What is being lowered where it stands; inside, it can only be referred to by name. */
  open: Set<SchemaNode>;
  /** How many schemas were lowered, those that were inlined several times counted each time. */
  lowered: number;
  /** From so many on, references stay references. */
  mostInlined: number;
  enumValues: number;
}

/** Where a schema stands. */
interface Place {
  depth: number;
  /** The types that the schema around leaves to it; null: all. */
  within: readonly string[] | null;
  /** At the top a reference may not stand. */
  isTop: boolean;
  /** A reference is replaced by what it refers to, if there is room. */
  isInlined: boolean;
}

/** What is inlined can double with each level of references. */
const MAX_INLINED = 1_000;

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

/** Annotations that are for the model; all others stay here. */
const FOR_THE_MODEL = ["title", "description"] as const;

/** They could force a value out of the closed shape, so that no answer would fit any more. */
const INEXPRESSIBLE = [
  "if",
  "dependentSchemas",
  "patternProperties",
  "prefixItems",
  "unevaluatedItems",
] as const;

function lowerNode(node: SchemaNode, lowering: Lowering, place: Place): JsonObject {
  const { source } = node;
  lowering.lowered += 1;
  if (typeof source === "boolean") {
    return refuse(lowering, node, source ? "takes any value" : "takes no value");
  }
  const types = typesLeft(node, lowering, place.within);
  if (types.length === 0) return refuse(lowering, node, "takes no value");
  const target = standsFor(node);
  if (target !== null) return lowerStandIn(node, target, lowering, place);
  if (node.ref !== null) return refuse(lowering, node, besideOf(node, "$ref"));
  if (node.many.allOf) return refuse(lowering, node, 'has "allOf"');
  const inexpressible = INEXPRESSIBLE.find((keyword) => Object.hasOwn(source, keyword));
  if (inexpressible !== undefined) return refuse(lowering, node, `has "${inexpressible}"`);
  if (alternativesOf(node)) return lowerAlternatives(node, lowering, place);
  for (const keyword of droppedKeywords(node)) note(lowering, node, `${keyword} dropped`);
  if (typesOf(node).length === 0 && place.within === null) {
    return refuse(lowering, node, "has no type");
  }
  const possible = lowering.types.get(node);
  for (const type of typesOf(node)) {
    if (possible?.has(type) !== true) note(lowering, node, `${type} left out, nothing fits it`);
  }
  const lowered = types.map((type) => lowerType(node, source, type, lowering, place.depth));
  const [only] = lowered;
  return withTexts(source, only && lowered.length === 1 ? only : { anyOf: lowered });
}

/** The types of values that fit the schema and what stands around it, in the schema's order. */
function typesLeft(node: SchemaNode, lowering: Lowering, within: Place["within"]): string[] {
  const left = typesWithin(lowering.types.get(node) ?? [], within);
  const named = typesOf(node);
  const types = left.includes("number") ? left.filter((type) => type !== "integer") : left;
  return types.toSorted((a, b) => named.indexOf(a) - named.indexOf(b));
}

/** The types that a schema leaves to those inside it that apply to the same value. */
function narrowed(node: SchemaNode, { within }: Place): Place["within"] {
  const own = ownTypes(node);
  return own === null ? within : typesWithin(own, within);
}

/** A reference, or an `allOf` of one; what it says in words goes along. */
function lowerStandIn(
  node: SchemaNode,
  target: SchemaNode,
  lowering: Lowering,
  place: Place,
): JsonObject {
  const isReference = node.ref !== null;
  const within = narrowed(node, place);
  const all = typesLeft(target, lowering, null).join();
  const isNarrowed = typesLeft(target, lowering, within).join() !== all;
  const mustInline = place.isInlined || isNarrowed || !isReference || hasTexts(node.source);
  if (!mustInline) return lowerReference(target, lowering, place.depth);
  const isEndless = isReference && lowering.open.has(target);
  const isFull = isReference && lowering.lowered > lowering.mostInlined;
  if (isEndless && isNarrowed) return refuse(lowering, node, "narrows a schema that holds itself");
  if (isEndless || (isFull && !isNarrowed && !place.isTop)) {
    return withTexts(node.source, lowerReference(target, lowering, place.depth));
  }
  const isNew = !lowering.open.has(target);
  lowering.open.add(target);
  const lowered = lowerNode(target, lowering, { ...place, within, isInlined: true });
  if (isNew) lowering.open.delete(target);
  return withTexts(node.source, lowered);
}

function lowerReference(target: SchemaNode, lowering: Lowering, depth: number): JsonObject {
  let name = lowering.names.get(target);
  if (name === undefined) {
    name = freeName(target, lowering);
    lowering.names.set(target, name);
    const isNew = !lowering.open.has(target);
    lowering.open.add(target);
    const place: Place = { depth, within: null, isTop: false, isInlined: false };
    lowering.defs[name] = lowerNode(target, lowering, place);
    if (isNew) lowering.open.delete(target);
  }
  return { $ref: `#/$defs/${name}` };
}

function freeName({ pointer }: SchemaNode, { names }: Lowering): string {
  const last = pointer.slice(pointer.lastIndexOf("/") + 1);
  const wanted = /^[A-Za-z0-9_-]{1,40}$/.test(last) ? last : "shape";
  const taken = new Set(names.values());
  return taken.has(wanted) ? `${wanted}_${names.size}` : wanted;
}

/** Why a keyword that applies schemas is not lowered: the first that stands beside it. */
function besideOf(node: SchemaNode, own: string): string {
  const beside = restrictingKeys(node).find((key) => key !== own);
  return `has "${beside ?? ""}" beside "${own}"`;
}

function lowerAlternatives(node: SchemaNode, lowering: Lowering, place: Place): JsonObject {
  const own = node.many.anyOf ? "anyOf" : "oneOf";
  const alternatives = alternativesOf(node) ?? [];
  const beside = restrictingKeys(node).filter((key) => key !== own && key !== "type");
  if (beside.length > 0) return refuse(lowering, node, besideOf(node, own));
  if (own === "oneOf") note(lowering, node, "oneOf sent as anyOf");
  const within = narrowed(node, place);
  const possible = alternatives.filter((one) => typesLeft(one, lowering, within).length > 0);
  for (const one of alternatives) {
    if (!possible.includes(one)) note(lowering, one, "left out, nothing fits it");
  }
  const inside = { depth: place.depth, within, isTop: false, isInlined: false };
  const anyOf = possible.map((one) => lowerNode(one, lowering, inside));
  const [only] = anyOf;
  const isLeft = only !== undefined && anyOf.length === 1 && alternatives.length > 1;
  return withTexts(node.source, isLeft ? only : { anyOf });
}

function note(lowering: Lowering, node: SchemaNode, what: string): void {
  lowering.notes.add(`${placeOf(node)}: ${what}`);
}

function hasTexts(source: SchemaNode["source"]): boolean {
  return (
    typeof source !== "boolean" && FOR_THE_MODEL.some((key) => typeof source[key] === "string")
  );
}

/** The words of a schema beside what was made of it, in the order in which the keys were written. */
function withTexts(source: JsonObject | boolean, lowered: JsonObject): JsonObject {
  if (typeof source === "boolean") return lowered;
  const texts = FOR_THE_MODEL.flatMap((key) =>
    typeof source[key] === "string" ? [[key, source[key]] as const] : [],
  );
  // Beside a reference no other keyword may stand.
  const isReference = texts.length > 0 && Object.hasOwn(lowered, "$ref");
  const all = { ...(isReference ? { anyOf: [lowered] } : lowered), ...Object.fromEntries(texts) };
  const order = Object.keys(source);
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  return Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => rank(a) - rank(b)));
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
  const lowered: JsonObject = { type, ...keptKeywords(node, source, type) };
  lowering.enumValues += Array.isArray(lowered["enum"]) ? lowered["enum"].length : 0;
  if (lowering.enumValues > MAX_ENUM_VALUES) {
    return refuse(lowering, node, `is beyond ${MAX_ENUM_VALUES} values of enums`);
  }
  if (type === "object") return { ...lowered, ...lowerObject(node, source, lowering, depth) };
  return type === "array" ? { ...lowered, ...lowerItems(node, lowering, depth) } : lowered;
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
    // Of a property that takes no value, nothing may be written.
    if (typesLeft(child, lowering, null).length === 0 && !required.has(name)) continue;
    const place: Place = { depth: depth + 1, within: null, isTop: false, isInlined: false };
    const lowered = lowerNode(child, lowering, place);
    const isNullable = required.has(name) || acceptsNull(child);
    properties[name] = isNullable ? lowered : { anyOf: [lowered, { type: "null" }] };
  }
  return { properties, required: Object.keys(properties), additionalProperties: false };
}

function lowerItems(node: SchemaNode, lowering: Lowering, depth: number): JsonObject {
  const { items } = node.one;
  if (items === undefined) return refuse(lowering, node, "does not describe its items");
  return {
    items: lowerNode(items, lowering, {
      depth: depth + 1,
      within: null,
      isTop: false,
      isInlined: false,
    }),
  };
}
