import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { evaluate } from "#parity/expression/evaluate.ts";
import { isDict, isList, itemsOf, seen, type Value } from "#parity/expression/values.ts";

interface Vector {
  expression: string;
  context?: JsonObject;
  result?: JsonValue;
  error?: boolean;
}

// Parsed here, not imported: a bundler turns a "__proto__" key into a prototype.
const { context, cases } = JSON.parse(
  readFileSync(new URL("../expression/vectors.json", import.meta.url), "utf8"),
) as { context: JsonObject; cases: Vector[] };

/** A value in the notation of the vectors: floats as {"float": …}, objects as {"object": …}. */
function encoded(value: Value): JsonValue {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return { float: floatText(value) };
  if (isList(value)) return itemsOf(value).map((item) => encoded(item));
  if (!isDict(value)) return value;
  const entries = Object.entries(value.json).map(([key, item]) => [key, encoded(seen(item))]);
  return { object: Object.fromEntries(entries) as JsonObject };
}

function floatText(float: number): string {
  return Object.is(float, -0) ? "-0" : String(float);
}

/** Python's repr of a float in JavaScript's spelling. */
function respelled(expected: JsonValue): JsonValue {
  if (Array.isArray(expected)) return expected.map((item) => respelled(item));
  if (!isJsonObject(expected)) return expected;
  if (typeof expected["float"] === "string") {
    return { float: floatText(Number(expected["float"])) };
  }
  return Object.fromEntries(Object.entries(expected).map(([key, item]) => [key, respelled(item)]));
}

/** The names of a vector's context, as if they were start inputs. */
function finder(names: JsonObject) {
  return (name: string) => (Object.hasOwn(names, name) ? names[name] : undefined);
}

function outcome(vector: Vector): JsonValue {
  const result = evaluate(vector.expression, { find: finder(vector.context ?? context) });
  return result.ok ? { result: encoded(result.value) } : { error: true };
}

describe("the reference evaluator, by the golden vectors of CPython", () => {
  test("returns the same result or an error, every one of them", () => {
    const different = cases.flatMap((vector) => {
      const { expression, result, error } = vector;
      const expected = error === true ? { error } : { result: respelled(result ?? null) };
      const actual = outcome(vector);
      return isDeepStrictEqual(actual, expected) ? [] : [{ expression, expected, actual }];
    });
    console.log(`${cases.length} vectors, ${different.length} different`);
    expect(cases.length).toBeGreaterThanOrEqual(1000);
    expect(different).toEqual([]);
  });
});
