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
  /** undefined is a name that nobody knows. */
  find(name: string): JsonValue | undefined;
  /** Whether a key that a dictionary of the context does not have was asked for: then it is null. */
  isUnanswered?(dictionary: JsonObject, key: string): boolean;
}

export function evaluate(source: string, { find, isUnanswered }: Known): Evaluation {
  const trace = new Trace();
  let steps = 0;
  const tick = (): void => {
    steps += 1;
    if (steps > LIMITS.expressionSteps) throw new Refused("Too many steps.");
  };

  const named = (name: string): Value => {
    const value = find(name);
    if (value === undefined) throw new Refused(`Nothing is called "${name}".`);
    return seen(value);
  };
  const chain = (base: Node, links: readonly Link[]): Value => {
    const isNamed = base.kind === "name";
    let value = isNamed ? named(base.name) : valueOf(base);
    for (const link of links) {
      const key = valueOf(link.key);
      const isEmpty =
        isDict(value) &&
        typeof key === "string" &&
        !Object.hasOwn(value.json, key) &&
        isUnanswered?.(value.json, key) === true;
      value = isEmpty ? null : subscript(value, key);
    }
    if (isNamed) trace.add(base.name + links.map(({ written }) => written).join(""), value);
    return value;
  };
  const valueOf = (node: Node): Value => {
    tick();
    switch (node.kind) {
      case "value":
        return node.value;
      case "name": {
        const value = named(node.name);
        trace.add(node.name, value);
        return value;
      }
      case "list":
        return listOf(node.items.map((item) => valueOf(item)));
      case "chain":
        return chain(node.base, node.links);
      case "call":
        return apply(
          node.name,
          node.args.map((argument) => valueOf(argument)),
          tick,
        );
      case "not":
        return !truth(valueOf(node.operand));
      case "minus":
        return negate(valueOf(node.operand));
      case "and":
      case "or": {
        const left = valueOf(node.left);
        return truth(left) === (node.kind === "or") ? left : valueOf(node.right);
      }
      case "compare": {
        let left = valueOf(node.first);
        for (const { operator, operand } of node.rest) {
          const right = valueOf(operand);
          if (!compare(operator, left, right, tick)) return false;
          left = right;
        }
        return true;
      }
      case "binary":
        return calculate(node.operator, valueOf(node.left), valueOf(node.right));
    }
  };

  try {
    const value = valueOf(parse(source));
    return { ok: true, value, isTrue: truth(value), trace: trace.entries };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, message: error.message };
    throw error;
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
