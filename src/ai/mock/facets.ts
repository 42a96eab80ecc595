/**
 * What all schemas that apply to one value ask for together: `$ref`, `allOf` and the alternative
 * chosen are laid out flat. Owns the choice among alternatives; makes no values.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { readLimit } from "#validation/json-schema/limits.ts";
import type { SchemaNode } from "#validation/json-schema/compile.ts";

/** Which alternatives to take; another turn takes others. */
export interface Choice {
  /** Counts the tries, from 0. */
  turn: number;
  /** An index below `count`. */
  pick(count: number): number;
}

/** The schemas that apply to a value, all in one list. */
export interface Facets {
  nodes: readonly SchemaNode[];
  sources: readonly JsonObject[];
}

export function layOut(nodes: readonly SchemaNode[], choice: Choice): Facets {
  const flat: SchemaNode[] = [];
  for (const node of nodes) unfold(node, choice, flat);
  return {
    nodes: flat,
    sources: flat.map((node) => node.source).filter(isJsonObject),
  };
}

/** Ends because in-place references without end are refused when a schema is compiled. */
function unfold(node: SchemaNode, choice: Choice, flat: SchemaNode[]): void {
  if (flat.length > 2_000) return;
  flat.push(node);
  const { one, many, named } = node;
  if (node.ref !== null) unfold(node.ref, choice, flat);
  for (const part of many.allOf ?? []) unfold(part, choice, flat);
  for (const alternatives of [many.anyOf, many.oneOf]) {
    const chosen = solidFirst(alternatives ?? [])[choice.pick(alternatives?.length ?? 0)];
    if (chosen !== undefined) unfold(chosen, choice, flat);
  }
  if (one.if !== undefined) {
    const branch = choice.turn % 2 === 0 ? [one.if, one.then] : [one.else];
    for (const part of branch) if (part !== undefined) unfold(part, choice, flat);
  }
  for (const part of named.dependentSchemas?.values() ?? []) unfold(part, choice, flat);
}

/** Something is more telling than null, where both would do. */
function solidFirst(alternatives: readonly SchemaNode[]): SchemaNode[] {
  const isNull = ({ source }: SchemaNode): number =>
    typeof source !== "boolean" && source["type"] === "null" ? 1 : 0;
  return alternatives.toSorted((a, b) => isNull(a) - isNull(b));
}

/**
 * All numbers that a keyword is given. A limit in quotes counts as the double nearest to it: a
 * value that this brings beyond the limit is refused by the validator.
 */
export function numbers({ sources }: Facets, keyword: string): number[] {
  return sources.flatMap((source) => {
    const value = readLimit(source[keyword] ?? null);
    return value === null ? [] : [Number(value)];
  });
}

/** The highest of the lower bounds, or `otherwise`. */
export function atLeast(facets: Facets, keyword: string, otherwise: number): number {
  return Math.max(otherwise, ...numbers(facets, keyword));
}

/** The lowest of the upper bounds, or `otherwise`. */
export function atMost(facets: Facets, keyword: string, otherwise: number): number {
  return Math.min(otherwise, ...numbers(facets, keyword));
}

/** All strings that a keyword is given. */
export function strings({ sources }: Facets, keyword: string): string[] {
  return sources.map((source) => source[keyword]).filter((value) => typeof value === "string");
}

/** The names that must be there, in order, each once; `dependentRequired` included. */
export function requiredNames({ sources }: Facets): string[] {
  const names = new Set<string>();
  for (const { required } of sources) for (const name of textList(required)) names.add(name);
  for (const { dependentRequired } of sources) {
    if (!isJsonObject(dependentRequired)) continue;
    for (const [name, others] of Object.entries(dependentRequired)) {
      if (names.has(name)) for (const other of textList(others)) names.add(other);
    }
  }
  return [...names];
}

function textList(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/**
 * The values that the schemas list: those in every `enum` and `const`, or else the `examples`;
 * of the possible types only. Empty when there is no list.
 */
export function candidateValues(facets: Facets): JsonValue[] {
  const lists = facets.sources.flatMap((source) => {
    const { const: only, enum: several } = source;
    if (only !== undefined) return [[only]];
    return Array.isArray(several) ? [several] : [];
  });
  const [first, ...rest] = lists;
  const types = facets.sources.some(({ type }) => type !== undefined)
    ? possibleTypes(facets)
    : null;
  if (first !== undefined) {
    const spelled = rest.map((list) => new Set(list.map((value) => JSON.stringify(value))));
    const common = first.filter((value) => spelled.every((set) => set.has(JSON.stringify(value))));
    const right = common.filter((value) => types === null || isOfType(value, types));
    // A list that allows nothing is reported by the validator, with its keyword.
    return right.length > 0 ? right : first.slice(0, 1);
  }
  const examples = facets.sources.flatMap(({ examples: list }) =>
    Array.isArray(list) ? list : [],
  );
  return examples.filter((value) => types === null || isOfType(value, types));
}

function isOfType(value: JsonValue, types: readonly string[]): boolean {
  if (value === null) return types.includes("null");
  if (Array.isArray(value)) return types.includes("array");
  if (typeof value !== "number") return types.includes(typeof value);
  return types.includes("number") || (types.includes("integer") && Number.isInteger(value));
}

const HINTS: readonly [type: string, keywords: readonly string[]][] = [
  ["object", ["properties", "required", "additionalProperties", "minProperties", "propertyNames"]],
  ["array", ["items", "prefixItems", "contains", "minItems", "uniqueItems"]],
  ["number", ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]],
];

/** The types that all schemas agree on; without a word of type, what the other keywords suggest. */
export function possibleTypes({ sources }: Facets): string[] {
  const given = sources.flatMap(({ type }) => {
    if (typeof type === "string") return [[type]];
    return Array.isArray(type) ? [textList(type)] : [];
  });
  const [first, ...rest] = given;
  if (first !== undefined) return rest.reduce(commonTypes, first);
  const hint = HINTS.find(([, keywords]) =>
    sources.some((source) => keywords.some((keyword) => source[keyword] !== undefined)),
  );
  return [hint?.[0] ?? "string"];
}

function commonTypes(some: string[], others: string[]): string[] {
  return some.flatMap((type) => {
    if (others.includes(type)) return [type];
    if (type === "integer" && others.includes("number")) return ["integer"];
    return type === "number" && others.includes("integer") ? ["integer"] : [];
  });
}
