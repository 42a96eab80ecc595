/**
 * Values as Python has them: an integer is a bigint, a float a number, None is null. Lists and
 * dictionaries of the context are read where they stand.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { Refused } from "./refused.ts";

export interface List {
  kind: "list";
  length: number;
  at(index: number): Value;
  /** The value in the context; null for a list that the expression made. */
  json: readonly JsonValue[] | null;
}

export interface Dict {
  kind: "dict";
  json: JsonObject;
}

export type Value = null | boolean | bigint | number | string | List | Dict;

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

/** An integer that JSON can carry; Python would go on beyond 2^53, this language does not. */
export function integer(value: bigint): bigint {
  if (value > LARGEST || value < -LARGEST) throw new Refused("An integer beyond 2^53.");
  return value;
}

export function float(value: number): number {
  if (!Number.isFinite(value)) throw new Refused("A number that is not finite.");
  return value;
}

export function listOf(items: readonly Value[]): List {
  return { kind: "list", length: items.length, at: (index) => items[index] ?? null, json: null };
}

/** A value of the context: integral numbers are integers. */
export function seen(json: JsonValue): Value {
  if (typeof json === "number") {
    return Number.isInteger(json) ? integer(BigInt(json)) : json;
  }
  if (Array.isArray(json)) {
    return { kind: "list", length: json.length, at: (index) => seen(json[index] ?? null), json };
  }
  return isJsonObject(json) ? { kind: "dict", json } : json;
}

export function isList(value: Value): value is List {
  return typeof value === "object" && value !== null && value.kind === "list";
}

export function isDict(value: Value): value is Dict {
  return typeof value === "object" && value !== null && value.kind === "dict";
}

/** Booleans are the integers 0 and 1. Null for everything that is no number. */
export function asNumber(value: Value): bigint | number | null {
  if (typeof value === "boolean") return value ? 1n : 0n;
  return typeof value === "bigint" || typeof value === "number" ? value : null;
}

export function truth(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  if (isDict(value)) return Object.keys(value.json).length > 0;
  return Boolean(value);
}

/** What Python iterates: items, characters (code points) or keys. */
export function itemsOf(value: Value): Value[] {
  if (typeof value === "string") return Array.from(value);
  if (isDict(value)) return Object.keys(value.json);
  if (!isList(value)) throw new Refused("Something that cannot be iterated.");
  return Array.from({ length: value.length }, (_, index) => value.at(index));
}
