import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { parseExpression } from "#expression/parse.ts";
import { Failure } from "#expression/error.ts";
import { interpret } from "#expression/interpret.ts";
import { Float, fromItem, type Item, List } from "#expression/values.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { contextOf } from "./context.ts";

interface Vector {
  expression: string;
  context?: JsonObject;
  result?: JsonValue;
  error?: boolean;
}

// Parsed here, not imported: a bundler turns a "__proto__" key into a prototype.
const { context, cases } = JSON.parse(
  readFileSync(new URL("vectors.json", import.meta.url), "utf8"),
) as { context: JsonObject; cases: Vector[] };

/** A value in the notation of the vectors: floats as {"float": …}, objects as {"object": …}. */
function encoded(item: Item): JsonValue {
  const value = fromItem(item);
  if (value instanceof Failure) throw new Error(value.message);
  if (value instanceof Float) return { float: floatText(value.float) };
  if (value instanceof List) return value.items.map((element) => encoded(element));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, encoded(entry)]);
  return { object: Object.fromEntries(entries) as JsonObject };
}

/** The same text for the same double, minus zero included. */
function floatText(float: number): string {
  return Object.is(float, -0) ? "-0" : String(float);
}

/** Python's repr of a float in JavaScript's spelling. */
function respelled(expected: JsonValue): JsonValue {
  if (Array.isArray(expected)) return expected.map((element) => respelled(element));
  if (!isJsonObject(expected)) return expected;
  if (typeof expected["float"] === "string") {
    return { float: floatText(Number(expected["float"])) };
  }
  return Object.fromEntries(
    Object.entries(expected).map(([key, value]) => [key, respelled(value)]),
  );
}

function outcome(vector: Vector): JsonValue {
  const parsed = parseExpression(vector.expression);
  if (!parsed.ok) return { error: true };
  const { result } = interpret(parsed.value, contextOf(vector.context ?? context));
  return result instanceof Failure ? { error: true } : { result: encoded(result) };
}

describe("the golden vectors made by CPython", () => {
  test("are many, and many of them are errors", () => {
    const errors = cases.filter((vector) => vector.error === true).length;
    console.log(`${cases.length} vectors, ${errors} of them errors`);
    expect(cases.length).toBeGreaterThanOrEqual(1000);
    expect(errors).toBeGreaterThanOrEqual(300);
  });

  test("give the same result or an error, every one of them", () => {
    const different = cases.flatMap((vector) => {
      const { expression, result, error } = vector;
      const expected = error === true ? { error } : { result: respelled(result ?? null) };
      const actual = outcome(vector);
      return isDeepStrictEqual(actual, expected) ? [] : [{ expression, expected, actual }];
    });
    expect(different).toEqual([]);
  });
});
