/**
 * Builds a value that fits a JSON Schema, the same for the same random text. It makes guesses that
 * suit most schemas and lets the validator judge; a guess that fails is followed by others, with
 * other alternatives, sizes and optional parts.
 */
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { TooCostly, Work } from "#model/work.ts";
import { compileSchema, judgeJson } from "#validation/json-schema/validate.ts";
import type { SchemaNode } from "#validation/json-schema/compile.ts";
import {
  atLeast,
  atMost,
  candidateValues,
  type Choice,
  type Facets,
  layOut,
  possibleTypes,
  requiredNames,
  strings,
} from "./facets.ts";
import { makeNumber } from "./number.ts";
import { makeText } from "./text.ts";
import { createRandom, type Random } from "./prng.ts";

/** `keyword` and `pointer` say what the best guess still misses. */
export type MockValue =
  | { ok: true; value: JsonValue }
  | { ok: false; keyword: string; pointer: string; message: string };

const TURNS = 24;
/** Members or items of one value; a schema that needs more is beyond the mock. */
const MAX_VALUES = 20_000;
/** Schemas looked at and characters made, over all guesses. */
const MAX_WORK = 100_000;
const CHARACTERS_PER_UNIT = 16;
/** Below this depth only what is required is made, so that recursive schemas end. */
const OPTIONAL_DEPTH = 5;
const MAX_DEPTH = 60;

/** Builds a value for a schema; `seed` decides every choice, `variables` are mentioned in texts. */
export function buildValue(
  schema: JsonObject | boolean,
  seed: string,
  variables: JsonObject,
  work = Work.ofRequest(),
): MockValue {
  const compiled = compileSchema(schema);
  if (!compiled.ok) {
    const [problem] = compiled.problems;
    return { ok: false, keyword: "schema", pointer: "", message: problem?.message ?? "" };
  }
  let missed: MockValue | null = null;
  let judging = 0;
  const budget: Budget = { left: MAX_WORK };
  for (let turn = 0; turn < TURNS && judging < LIMITS.jsonSchemaWork; turn += 1) {
    const random = createRandom(`${seed}/${turn}`);
    try {
      const from = { random, turn, variables, budget, work };
      const guess = new Guess(from).build([compiled.root], "", 0);
      const { violations, work: judged } = judgeJson(schema, guess, work);
      const [violation] = violations;
      if (violation === undefined) return { ok: true, value: guess };
      missed ??= { ok: false, ...violation };
      judging += judged;
    } catch (error) {
      if (!(error instanceof TooCostly)) throw error;
      // What the first guess missed says more than that there was no time for others.
      return missed ?? TOO_MUCH;
    }
  }
  return missed ?? { ok: false, keyword: "schema", pointer: "", message: "" };
}

const TOO_MUCH: MockValue = {
  ok: false,
  keyword: "work_limit",
  pointer: "",
  message: "takes too much work to make",
};

/** Units of work of one value, its parts apart. */
const WORK_OF_VALUE = 4;

interface Budget {
  left: number;
}

interface GuessFrom {
  random: Random;
  turn: number;
  variables: JsonObject;
  budget: Budget;
  work: Work;
}

class Guess {
  private readonly budget: Budget;
  private readonly work: Work;
  private readonly random: Random;
  private readonly turn: number;
  private readonly variables: JsonObject;
  private readonly choice: Choice;
  /** Every third guess has nothing that could be left out. */
  private readonly small: boolean;

  constructor({ random, turn, variables, budget, work }: GuessFrom) {
    this.budget = budget;
    this.work = work;
    this.random = random;
    this.turn = turn;
    this.small = turn % 3 === 2;
    this.variables = variables;
    this.choice = {
      turn,
      pick: (count) => (turn < count ? turn : random.integer(0, count - 1)),
    };
  }

  build(nodes: readonly SchemaNode[], name: string, depth: number): JsonValue {
    if (this.budget.left <= 0 || depth > MAX_DEPTH) return null;
    const facets = layOut(nodes, this.choice);
    this.budget.left -= 1 + facets.nodes.length;
    this.work.spend(WORK_OF_VALUE, "mock");
    const [first, ...rest] = candidateValues(facets);
    if (first !== undefined) return this.random.pick([first, ...rest]);
    return this.buildType(facets, name, depth);
  }

  private buildType(facets: Facets, name: string, depth: number): JsonValue {
    const types = possibleTypes(facets);
    const solid = types.filter((type) => type !== "null");
    const candidates = solid.length > 0 ? solid : types;
    switch (candidates[this.turn % Math.max(1, candidates.length)]) {
      case "object":
        return this.buildObject(facets, depth);
      case "array":
        return this.buildArray(facets, name, depth);
      case "integer":
        return makeNumber(facets, true, this.random);
      case "number":
        return makeNumber(facets, false, this.random);
      case "boolean":
        return this.random.next() < 0.5;
      case "null":
      case undefined:
        return null;
      default:
        return this.buildText(facets, name);
    }
  }

  private buildText(facets: Facets, name: string): string {
    const least = atLeast(facets, "minLength", 0);
    const wish = {
      name,
      patterns: strings(facets, "pattern"),
      format: strings(facets, "format")[0] ?? null,
      minLength: Math.min(least, this.budget.left * CHARACTERS_PER_UNIT),
      maxLength: atMost(facets, "maxLength", Infinity),
    };
    if (this.small && least === 0 && wish.patterns.length === 0 && wish.format === null) return "";
    const text = makeText(wish, this.variables, this.random, this.work);
    this.budget.left -= Math.ceil(text.length / CHARACTERS_PER_UNIT);
    return text;
  }

  private buildObject(facets: Facets, depth: number): JsonObject {
    const required = requiredNames(facets);
    const most = atMost(facets, "maxProperties", Infinity);
    const names = new Set(required);
    const optional = depth < OPTIONAL_DEPTH && !this.small;
    for (const { named } of optional ? facets.nodes : []) {
      for (const name of named.properties?.keys() ?? []) {
        if (names.size < most && !isForbidden(facets, name)) names.add(name);
      }
    }
    const least = Math.min(atLeast(facets, "minProperties", 0), MAX_VALUES);
    for (let count = 1; names.size < least && count <= 2 * least; count += 1) {
      names.add(this.extraName(facets, count));
    }
    const members = this.inOrder(facets, names).map((name) => {
      const parts = memberNodes(facets, name);
      return [name, this.build(parts, name, depth + 1)] as const;
    });
    return Object.fromEntries(members);
  }

  /** As the schema lists them, the others after. */
  private inOrder({ nodes }: Facets, names: ReadonlySet<string>): string[] {
    const listed = nodes.flatMap(({ named }) => Array.from(named.properties?.keys() ?? []));
    return [...new Set([...listed.filter((name) => names.has(name)), ...names])];
  }

  private extraName(facets: Facets, count: number): string {
    const known = facets.nodes.flatMap(({ named }) => Array.from(named.properties?.keys() ?? []));
    const free = known[count - 1];
    if (free !== undefined && !isForbidden(facets, free)) return free;
    const rules = facets.nodes.flatMap(({ one }) => one.propertyNames ?? []);
    const patterns = facets.nodes.flatMap(({ named }) =>
      Array.from(named.patternProperties?.keys() ?? []),
    );
    const named = rules.length > 0 ? this.build(rules, `name_${count}`, MAX_DEPTH) : null;
    if (typeof named === "string") return named;
    const wish = { name: `property_${count}`, format: null, minLength: 1, maxLength: 64 };
    return patterns.length > 0
      ? makeText({ ...wish, patterns }, {}, this.random, this.work)
      : `property_${count}`;
  }

  private buildArray(facets: Facets, name: string, depth: number): JsonValue[] {
    const least = atLeast(facets, "minItems", 0);
    const wanted = facets.nodes.flatMap(({ one, source }) =>
      one.contains === undefined ? [] : [{ node: one.contains, count: containsCount(source) }],
    );
    const listed = Math.max(0, ...facets.nodes.map(({ many }) => many.prefixItems?.length ?? 0));
    const usual =
      depth < OPTIONAL_DEPTH && !this.small ? Math.max(listed, this.random.integer(1, 3)) : 0;
    const needed = wanted.reduce((sum, { count }) => sum + count, 0);
    const most = Math.min(atMost(facets, "maxItems", Infinity), MAX_VALUES);
    const length = Math.min(most, Math.max(least, usual, needed + (needed > 0 ? listed : 0)));
    const special = wanted.flatMap(({ node, count }) => Array<SchemaNode>(count).fill(node));
    const different = facets.sources.some((source) => source["uniqueItems"] === true);
    const items: JsonValue[] = [];
    const spellings = new Set<string>();
    for (let index = 0; index < length && this.budget.left > 0; index += 1) {
      const parts = itemNodes(facets, index);
      const extra = special[index - (length - special.length)];
      if (extra !== undefined) parts.push(extra);
      if (items.length >= least && parts.some(({ source }) => source === false)) break;
      const item = this.buildItem(parts, name, depth, different ? spellings : null);
      if (!item.different && items.length >= least) break;
      items.push(item.value);
    }
    return items;
  }

  /** An item, unlike those spelled before if there are any to differ from and one is found. */
  private buildItem(
    parts: readonly SchemaNode[],
    name: string,
    depth: number,
    spellings: Set<string> | null,
  ): { value: JsonValue; different: boolean } {
    let value = this.build(parts, name, depth + 1);
    if (spellings === null) return { value, different: true };
    for (let count = 0; count < 20; count += 1) {
      const spelling = JSON.stringify(value);
      if (!spellings.has(spelling)) {
        spellings.add(spelling);
        return { value, different: true };
      }
      value = this.build(parts, `${name} ${spellings.size + 1}`, depth + 1);
    }
    return { value, different: false };
  }
}

function containsCount(source: SchemaNode["source"]): number {
  const count = typeof source === "boolean" ? 1 : (source["minContains"] ?? 1);
  return typeof count === "number" ? Math.min(count, MAX_VALUES) : 1;
}

/** The schemas for a member, from all schemas of the object. */
function memberNodes(facets: Facets, name: string): SchemaNode[] {
  return facets.nodes.flatMap((node) => {
    const own = node.named.properties?.get(name);
    const matching = Array.from(node.named.patternProperties ?? []).flatMap(([source, part]) =>
      node.patterns.get(source)?.finds(name) === true ? [part] : [],
    );
    const parts = own === undefined ? matching : [own, ...matching];
    if (parts.length > 0) return parts;
    return node.one.additionalProperties ?? node.one.unevaluatedProperties ?? [];
  });
}

function isForbidden(facets: Facets, name: string): boolean {
  return memberNodes(facets, name).some(({ source }) => source === false);
}

/** The schemas for an item, from all schemas of the array. */
function itemNodes(facets: Facets, index: number): SchemaNode[] {
  return facets.nodes.flatMap(
    ({ one, many }) => many.prefixItems?.[index] ?? one.items ?? one.unevaluatedItems ?? [],
  );
}
