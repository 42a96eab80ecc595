/**
 * Equality, order and membership. Equality is deep and crosses number types (`1 == 1.0 == True`);
 * order needs two numbers, two strings (by code point) or two lists. No recursion: values of the
 * context may be nested as deep as a hostile body can make them.
 */
import type { OrderOperator } from "./ast.ts";
import type { JsonObject } from "#model/json.ts";
import { keysOf } from "#model/keys.ts";
import type { Budget } from "./budget.ts";
import { Failure, TOO_MANY_STEPS } from "./error.ts";
import { compareText, textContains } from "./text.ts";
import {
  fromItem,
  isObject,
  itemAt,
  List,
  numberOf,
  typeName,
  type Item,
  type Value,
} from "./values.ts";

/** Two containers under comparison, and how far it has come. */
interface Frame {
  size: number;
  next: number;
  /** The items at a position, or null when one side has none there. */
  pair: (position: number) => readonly [Item, Item] | null;
}

export function equal(left: Value, right: Value, budget: Budget): boolean | Failure {
  const frames: Frame[] = [{ size: 1, next: 0, pair: () => [left, right] }];
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    if (frame.next === frame.size) {
      frames.pop();
      continue;
    }
    if (!budget.take()) return TOO_MANY_STEPS;
    const pair = frame.pair(frame.next);
    frame.next += 1;
    if (pair === null) return false;
    const [a, b] = [fromItem(pair[0]), fromItem(pair[1])];
    if (a instanceof Failure) return a;
    if (b instanceof Failure) return b;
    const same = compareOne(a, b, budget);
    if (same === false || same instanceof Failure) return same;
    if (same !== true) frames.push(same);
  }
  return true;
}

/** Settles scalars; for two containers of one size, the frame that compares their items. */
function compareOne(a: Value, b: Value, budget: Budget): boolean | Failure | Frame {
  const number = numberOf(a);
  if (number !== null) return number === numberOf(b);
  if (typeof a === "string") {
    if (typeof b !== "string" || a.length !== b.length) return false;
    return budget.takeBulk(a.length) ? a === b : TOO_MANY_STEPS;
  }
  if (a instanceof List) return b instanceof List ? listFrame(a, b) : false;
  if (!isObject(a)) return a === b;
  return isObject(b) ? objectFrame(a, b, budget) : false;
}

function listFrame(a: List, b: List): false | Frame {
  const size = a.items.length;
  if (size !== b.items.length) return false;
  return { size, next: 0, pair: (at) => [a.items[at] ?? null, b.items[at] ?? null] };
}

function objectFrame(a: JsonObject, b: JsonObject, budget: Budget): false | Failure | Frame {
  const keys = keysOf(a);
  if (!budget.takeKeys(keys.length)) return TOO_MANY_STEPS;
  if (keys.length !== keysOf(b).length) return false;
  const pair = (at: number): readonly [Item, Item] | null => {
    const key = keys[at] ?? "";
    return Object.hasOwn(b, key) ? [a[key] ?? null, b[key] ?? null] : null;
  };
  return { size: keys.length, next: 0, pair };
}

/** `left < right` and the like. */
export function ordered(
  operator: OrderOperator,
  left: Value,
  right: Value,
  budget: Budget,
): boolean | Failure {
  let [a, b] = [left, right];
  while (a instanceof List && b instanceof List) {
    const difference = firstDifference(a, b, budget);
    if (difference instanceof Failure) return difference;
    if (difference === null) return holds(operator, a.items.length - b.items.length);
    [a, b] = difference;
  }
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== null && y !== null) return holds(operator, x - y);
  if (typeof a === "string" && typeof b === "string") {
    if (!budget.takeBulk(Math.min(a.length, b.length))) return TOO_MANY_STEPS;
    return holds(operator, compareText(a, b));
  }
  return new Failure(`${operator} does not work on ${typeName(a)} and ${typeName(b)}.`);
}

function holds(operator: OrderOperator, order: number): boolean {
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

/** The first items that are not equal; null when one list begins with the other. */
function firstDifference(a: List, b: List, budget: Budget): [Value, Value] | Failure | null {
  const size = Math.min(a.items.length, b.items.length);
  for (let index = 0; index < size; index += 1) {
    const x = itemAt(a, index);
    if (x instanceof Failure) return x;
    const y = itemAt(b, index);
    if (y instanceof Failure) return y;
    const same = equal(x, y, budget);
    if (same instanceof Failure) return same;
    if (!same) return [x, y];
  }
  return null;
}

/** `item in container`: part of a string, element of a list, key of an object. */
export function contains(container: Value, item: Value, budget: Budget): boolean | Failure {
  if (typeof container === "string") {
    if (typeof item !== "string") {
      return new Failure(`A string can only contain strings, not ${typeName(item)}.`);
    }
    const paid = budget.takeBulk(container.length + item.length);
    return paid ? textContains(container, item) : TOO_MANY_STEPS;
  }
  if (container instanceof List) return listContains(container, item, budget);
  if (!isObject(container)) {
    const type = typeName(container);
    return new Failure(`in and contains() need a string, list or object, not ${type}.`);
  }
  if (item instanceof List || isObject(item)) {
    return new Failure(`The keys of an object are strings, not ${typeName(item)}.`);
  }
  return typeof item === "string" && Object.hasOwn(container, item);
}

function listContains(list: List, item: Value, budget: Budget): boolean | Failure {
  for (let index = 0; index < list.items.length; index += 1) {
    const element = itemAt(list, index);
    if (element instanceof Failure) return element;
    const same = equal(element, item, budget);
    if (same !== false) return same;
  }
  return false;
}
