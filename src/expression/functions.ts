/** The functions of the language, with the meaning of Python's of the same names. */
import { keysOf } from "#model/keys.ts";
import { float, integer } from "./arithmetic.ts";
import { type Budget, tooLongString } from "./budget.ts";
import { contains, ordered } from "./compare.ts";
import { Failure, TOO_MANY_STEPS } from "./error.ts";
import { roundFloat, roundInteger, roundToInteger } from "./rounding.ts";
import type { FunctionName } from "./signatures.ts";
import { codePointLength } from "./text.ts";
import {
  Float,
  fromItem,
  integerOf,
  isObject,
  type Item,
  List,
  numberOf,
  truth,
  typeName,
  type Value,
} from "./values.ts";

/** Calls a function; the parser has checked the number of arguments. */
export function callFunction(
  name: FunctionName,
  operands: readonly Value[],
  budget: Budget,
): Value | Failure {
  const [first = null, second = null] = operands;
  switch (name) {
    case "len":
      return length(first, budget);
    case "any":
    case "all":
      return quantified(name, first, budget);
    case "min":
    case "max":
      return extreme(name, operands, budget);
    case "abs":
      return absolute(first);
    case "round":
      return rounded(first, second);
    case "lower":
    case "upper":
      return cased(name, first, budget);
    case "contains":
      return contains(first, second, budget);
    case "starts_with":
    case "ends_with":
      return affixed(name, first, second, budget);
  }
}

function length(value: Value, budget: Budget): Value | Failure {
  if (typeof value === "string") {
    return budget.takeBulk(value.length) ? codePointLength(value) : TOO_MANY_STEPS;
  }
  if (value instanceof List) return value.items.length;
  const keys = iterated("len", value, budget);
  return keys instanceof Failure ? keys : keys.length;
}

/** What Python iterates: elements, characters or keys. */
function iterated(name: FunctionName, value: Value, budget: Budget): readonly Item[] | Failure {
  if (value instanceof List) return value.items;
  if (typeof value === "string") {
    return budget.takeBulk(value.length) ? Array.from(value) : TOO_MANY_STEPS;
  }
  if (!isObject(value)) {
    return new Failure(`${name}() needs a string, list or object, not ${typeName(value)}.`);
  }
  const keys = keysOf(value);
  return budget.takeKeys(keys.length) ? keys : TOO_MANY_STEPS;
}

function quantified(name: "any" | "all", value: Value, budget: Budget): boolean | Failure {
  const items = iterated(name, value, budget);
  if (items instanceof Failure) return items;
  const settling = name === "any";
  for (const item of items) {
    if (!budget.take()) return TOO_MANY_STEPS;
    const element = fromItem(item);
    if (element instanceof Failure) return element;
    if (truth(element, budget) === settling) return settling;
  }
  return !settling;
}

/** The first of the smallest or largest, of the arguments or of the one argument's elements. */
function extreme(name: "min" | "max", operands: readonly Value[], budget: Budget): Value | Failure {
  const [only = null] = operands;
  const items = operands.length > 1 ? operands : iterated(name, only, budget);
  if (items instanceof Failure) return items;
  if (items.length === 0) return new Failure(`${name}() needs at least one element.`);
  const operator = name === "min" ? "<" : ">";
  let best = fromItem(items[0] ?? null);
  for (let index = 1; index < items.length; index += 1) {
    if (best instanceof Failure) return best;
    if (!budget.take()) return TOO_MANY_STEPS;
    const candidate = fromItem(items[index] ?? null);
    if (candidate instanceof Failure) return candidate;
    const better = ordered(operator, candidate, best, budget);
    if (better instanceof Failure) return better;
    if (better) best = candidate;
  }
  return best;
}

function absolute(value: Value): Value | Failure {
  const number = numberOf(value);
  if (number === null) return new Failure(`abs() needs a number, not ${typeName(value)}.`);
  return value instanceof Float ? float(Math.abs(number)) : integer(Math.abs(number));
}

/** Without digits, or with None for them, the result is an integer. */
function rounded(value: Value, digits: Value): Value | Failure {
  const number = numberOf(value);
  if (number === null) return new Failure(`round() needs a number, not ${typeName(value)}.`);
  if (digits === null) return value instanceof Float ? roundToInteger(number) : number;
  const count = integerOf(digits);
  if (count === null) {
    return new Failure(`round() needs an integer number of digits, not ${typeName(digits)}.`);
  }
  return value instanceof Float ? roundFloat(number, count) : roundInteger(number, count);
}

function cased(name: "lower" | "upper", value: Value, budget: Budget): string | Failure {
  if (typeof value !== "string") {
    return new Failure(`${name}() needs a string, not ${typeName(value)}.`);
  }
  if (!budget.takeBulk(value.length)) return TOO_MANY_STEPS;
  const result = name === "lower" ? value.toLowerCase() : value.toUpperCase();
  return tooLongString(result.length) ?? result;
}

function affixed(
  name: "starts_with" | "ends_with",
  text: Value,
  affix: Value,
  budget: Budget,
): boolean | Failure {
  if (typeof text !== "string" || typeof affix !== "string") {
    const wrong = typeof text === "string" ? affix : text;
    return new Failure(`${name}() needs two strings, not ${typeName(wrong)}.`);
  }
  if (!budget.takeBulk(affix.length)) return TOO_MANY_STEPS;
  return name === "starts_with" ? text.startsWith(affix) : text.endsWith(affix);
}
