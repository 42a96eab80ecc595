/**
 * The language of `when`, evaluated on its tree. The one door of this folder: what goes wrong is
 * `ok: false`, with no more than that it did.
 *
 * Work is counted by nodes evaluated and values compared; what is copied in bulk is not counted.
 */
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { compare, contains } from "./compare.ts";
import { absolute, calculate, negate, round } from "./numbers.ts";
import { type Link, type Node, parse } from "./parse.ts";
import { Refused } from "./refused.ts";
import { Trace, type TraceEntry } from "./trace.ts";
import { isDict, isList, itemsOf, listOf, seen, truth, type Value } from "./values.ts";

export type Evaluation =
  | { ok: true; value: Value; isTrue: boolean; trace: TraceEntry[] }
  | { ok: false; message: string };

export interface Known {
  /** undefined: the name is unknown. */
  find(name: string): JsonValue | undefined;
  /** Whether a key that a dictionary of the context does not have was asked for: then it is null. */
  isUnanswered?(dictionary: JsonObject, key: string): boolean;
}

export function evaluate(source: string, known: Known): Evaluation {
  const evaluation = new Walk(known);
  try {
    const value = evaluation.valueOf(parse(source));
    return { ok: true, value, isTrue: truth(value), trace: evaluation.trace.entries };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, message: error.message };
    throw error;
  }
}

/** One walk over a tree: its trace, and how much of its budget is used. */
class Walk {
  readonly trace = new Trace();
  readonly #known: Known;
  #steps = 0;

  constructor(known: Known) {
    this.#known = known;
  }

  valueOf(node: Node): Value {
    this.#tick();
    switch (node.kind) {
      case "value":
        return node.value;
      case "name":
        return this.#traced(node.name, this.#named(node.name));
      case "list":
        return listOf(node.items.map((item) => this.valueOf(item)));
      case "chain":
        return this.#chain(node.base, node.links);
      case "call": {
        const values = node.args.map((argument) => this.valueOf(argument));
        return apply(node.name, values, () => this.#tick());
      }
      case "not":
        return !truth(this.valueOf(node.operand));
      case "minus":
        return negate(this.valueOf(node.operand));
      case "and":
      case "or": {
        const left = this.valueOf(node.left);
        return truth(left) === (node.kind === "or") ? left : this.valueOf(node.right);
      }
      case "compare":
        return this.#compare(node);
      case "binary":
        return calculate(node.operator, this.valueOf(node.left), this.valueOf(node.right));
    }
  }

  #tick(): void {
    this.#steps += 1;
    if (this.#steps > LIMITS.expressionSteps) throw new Refused("Too many steps.");
  }

  #named(name: string): Value {
    const value = this.#known.find(name);
    if (value === undefined) throw new Refused(`Nothing is called "${name}".`);
    return seen(value);
  }

  #traced(name: string, value: Value): Value {
    this.trace.add(name, value);
    return value;
  }

  #chain(base: Node, links: readonly Link[]): Value {
    const isNamed = base.kind === "name";
    let value = isNamed ? this.#named(base.name) : this.valueOf(base);
    for (const link of links) {
      const key = this.valueOf(link.key);
      value = this.#isUnanswered(value, key) ? null : subscript(value, key);
    }
    if (!isNamed) return value;
    return this.#traced(base.name + links.map(({ written }) => written).join(""), value);
  }

  #isUnanswered(value: Value, key: Value): boolean {
    if (!isDict(value) || typeof key !== "string" || Object.hasOwn(value.json, key)) return false;
    return this.#known.isUnanswered?.(value.json, key) === true;
  }

  /** `a < b < c`: each neighbour with the next, and no further than the first that fails. */
  #compare({ first, rest }: Extract<Node, { kind: "compare" }>): boolean {
    let left = this.valueOf(first);
    for (const { operator, operand } of rest) {
      const right = this.valueOf(operand);
      if (!compare(operator, left, right, () => this.#tick())) return false;
      left = right;
    }
    return true;
  }
}

function subscript(base: Value, key: Value): Value {
  if (isDict(base)) {
    if (typeof key !== "string" || !Object.hasOwn(base.json, key)) {
      throw new Refused("No such key.");
    }
    return seen(base.json[key] ?? null);
  }
  if (typeof base !== "string" && !isList(base)) throw new Refused("This has no parts.");
  const index = typeof key === "boolean" ? BigInt(key) : key;
  if (typeof index !== "bigint") throw new Refused("This is read by integers.");
  const items = typeof base === "string" ? Array.from(base) : base;
  const position = Number(index) + (index < 0n ? items.length : 0);
  if (position < 0 || position >= items.length) throw new Refused("Out of range.");
  return items.at(position) ?? null;
}

function apply(name: string, args: readonly Value[], tick: () => void): Value {
  const [first = null, second = null] = args;
  switch (name) {
    case "len":
      return BigInt(isList(first) ? first.length : itemsOf(first).length);
    case "any":
      return itemsOf(first).some((item) => truth(item));
    case "all":
      return itemsOf(first).every((item) => truth(item));
    case "min":
    case "max":
      return extreme(name, args.length > 1 ? args : itemsOf(first), tick);
    case "abs":
      return absolute(first);
    case "round":
      return round(first, second);
    case "contains":
      return contains(first, second, tick);
  }
  if (typeof first !== "string") throw new Refused(`${name}() needs a text.`);
  if (name === "lower" || name === "upper") {
    const changed = name === "lower" ? first.toLowerCase() : first.toUpperCase();
    if (changed.length > LIMITS.expressionStringLength) throw new Refused("Too long.");
    return changed;
  }
  if (typeof second !== "string") throw new Refused(`${name}() needs two texts.`);
  return name === "starts_with" ? first.startsWith(second) : first.endsWith(second);
}

/** The first of the smallest or largest. */
function extreme(name: "min" | "max", items: readonly Value[], tick: () => void): Value {
  const [first, ...rest] = items;
  if (first === undefined) throw new Refused(`${name}() of nothing.`);
  const operator = name === "min" ? "<" : ">";
  return rest.reduce<Value>(
    (best, item) => (compare(operator, item, best, tick) ? item : best),
    first,
  );
}
