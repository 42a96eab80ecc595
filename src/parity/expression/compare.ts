/** Equality, order and membership, by Python's rules. */
import { Refused } from "./refused.ts";
import { asNumber, isDict, isList, seen, type Value } from "./values.ts";

/** Called for each pair of values that is looked at. */
export type Tick = () => void;

export function compare(operator: string, left: Value, right: Value, tick: Tick): boolean {
  switch (operator) {
    case "==":
      return equal(left, right, tick);
    case "!=":
      return !equal(left, right, tick);
    case "in":
      return contains(right, left, tick);
    case "not in":
      return !contains(right, left, tick);
  }
  const order = orderOf(left, right, tick);
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}

function equal(left: Value, right: Value, tick: Tick): boolean {
  tick();
  const a = asNumber(left);
  // An integer here is at most 2^53, which a double holds exactly.
  if (a !== null) return Number(a) === Number(asNumber(right) ?? Number.NaN);
  if (isList(left)) {
    return isList(right) && left.length === right.length && firstDifference(left, right, tick) < 0;
  }
  if (!isDict(left)) return left === right;
  if (!isDict(right)) return false;
  const keys = Object.keys(left.json);
  return (
    keys.length === Object.keys(right.json).length &&
    keys.every(
      (key) =>
        Object.hasOwn(right.json, key) &&
        equal(seen(left.json[key] ?? null), seen(right.json[key] ?? null), tick),
    )
  );
}

interface Indexed {
  length: number;
  at(index: number): Value;
}

/** The first place where two lists differ; -1 when one begins with the other. */
function firstDifference(left: Indexed, right: Indexed, tick: Tick): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    if (!equal(left.at(index), right.at(index), tick)) return index;
  }
  return -1;
}

/** Negative, zero or positive. Two numbers, two texts by code point, or two lists. */
function orderOf(left: Value, right: Value, tick: Tick): number {
  tick();
  const a = asNumber(left);
  const b = asNumber(right);
  if (a !== null && b !== null) return Number(a) - Number(b);
  if (typeof left === "string" && typeof right === "string") return textOrder(left, right);
  if (!isList(left) || !isList(right)) throw new Refused("These have no order.");
  const index = firstDifference(left, right, tick);
  return index < 0 ? left.length - right.length : orderOf(left.at(index), right.at(index), tick);
}

function textOrder(left: string, right: string): number {
  const [a, b] = [left, right].map((text) =>
    Array.from(text, (character) => character.codePointAt(0) ?? 0),
  );
  for (const [index, code] of (a ?? []).entries()) {
    const other = b?.[index];
    if (other === undefined) return 1;
    if (code !== other) return code - other;
  }
  return (a?.length ?? 0) - (b?.length ?? 0);
}

export function contains(container: Value, item: Value, tick: Tick): boolean {
  if (typeof container === "string") {
    if (typeof item !== "string") throw new Refused("A text contains only texts.");
    return container.includes(item);
  }
  if (isDict(container)) {
    if (isList(item) || isDict(item)) throw new Refused("Keys are texts.");
    return typeof item === "string" && Object.hasOwn(container.json, item);
  }
  if (!isList(container)) throw new Refused("This contains nothing.");
  for (let index = 0; index < container.length; index += 1) {
    if (equal(container.at(index), item, tick)) return true;
  }
  return false;
}
