/**
 * The values an expression works with. An integer is a JavaScript number within ±(2^53 − 1), a float
 * is a `Float`, so that `4 / 2` stays a float; None is null. Lists are wrapped, whether they come
 * from the context or were built here; objects only come from the context and are never copied.
 *
 * Invariant: a bare number inside the evaluator is a safe integer. `fromItem` is the only door for
 * numbers of the context, and refuses integers that JavaScript cannot hold exactly.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { keysOf } from "#model/keys.ts";
import type { Budget } from "./budget.ts";
import { Failure } from "./error.ts";
import { isTruthy } from "./truthy.ts";

export class Float {
  readonly float: number;

  constructor(float: number) {
    this.float = float;
  }
}

/** `items` may hold numbers of the context; read them through `itemAt` only. */
export class List {
  readonly items: readonly Item[];
  /** Built by the expression; otherwise `items` is an array of the context. */
  readonly built: boolean;

  constructor(items: readonly Item[], built: boolean) {
    this.items = items;
    this.built = built;
  }
}

export type Value = null | boolean | number | string | Float | List | JsonObject;
export type Item = Value | JsonValue;

/** A value of the context, or an element of a list, as the evaluator sees it. */
export function fromItem(item: Item): Value | Failure {
  if (Array.isArray(item)) return new List(item, false);
  if (typeof item !== "number") return item;
  if (!Number.isInteger(item)) return new Float(item);
  // JSON writes minus zero; as an integer it is zero.
  return Number.isSafeInteger(item) ? item + 0 : new Failure("The integer is beyond 2^53.");
}

export function itemAt(list: List, index: number): Value | Failure {
  return fromItem(list.items[index] ?? null);
}

/** The number that a value is in arithmetic (booleans are 0 and 1), or null. */
export function numberOf(value: Value): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value instanceof Float ? value.float : null;
}

/** The integer that a value is (booleans are 0 and 1), or null. */
export function integerOf(value: Value): number | null {
  return value instanceof Float ? null : numberOf(value);
}

export function isObject(value: Value): value is JsonObject {
  return isJsonObject(value) && !(value instanceof Float) && !(value instanceof List);
}

/** Python's truth; asking a large object costs, since JavaScript lists its keys for that. */
export function truth(value: Value, budget: Budget): boolean {
  if (value instanceof Float) return value.float !== 0;
  if (value instanceof List) return value.items.length > 0;
  if (!isObject(value)) return isTruthy(value);
  const { length } = keysOf(value);
  // An overdraft stops the next step.
  budget.takeKeys(length);
  return length > 0;
}

/** A value's type in the words of messages, with its article. */
export function typeName(value: Value): string {
  if (value === null) return "None";
  if (value instanceof Float) return "a float";
  if (value instanceof List) return "a list";
  switch (typeof value) {
    case "boolean":
      return "a boolean";
    case "number":
      return "an integer";
    case "string":
      return "a string";
    default:
      return "an object";
  }
}
