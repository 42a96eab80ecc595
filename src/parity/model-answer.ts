/** A model's answer read as JSON and judged by the schema of its step. */
import { type Schema, Validator } from "@cfworker/json-schema";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { LIMITS } from "../model/limits.ts";
import { withDoubleLimits } from "./schema-limits.ts";

export type Judgement = { fits: true; value: JsonValue } | { fits: false; feedback: string[] };

export function judge(text: string, schema: JsonObject | boolean): Judgement {
  const read = readJson(text) ?? readJson(fenced(text));
  if (read === null) return { fits: false, feedback: ["The answer is not JSON."] };
  if (depthOf(read.value) > LIMITS.bodyDepth) {
    return { fits: false, feedback: ["The answer is nested too deeply."] };
  }
  const validator = new Validator(asSchema(schema), "2020-12", false);
  const { valid, errors } = validator.validate(read.value);
  if (valid) return { fits: true, value: read.value };
  return { fits: false, feedback: errors.map(({ error }) => error) };
}

/** The library writes into the schemas that it is given. */
function asSchema(schema: JsonObject | boolean): Schema | boolean {
  return typeof schema === "boolean" ? schema : { ...withDoubleLimits(structuredClone(schema)) };
}

function readJson(text: string): { value: JsonValue } | null {
  try {
    return { value: parse(text, finite) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}

const parse: (text: string, revive: typeof finite) => JsonValue = JSON.parse;

/** A number beyond doubles is null. */
function finite(_key: string, value: JsonValue): JsonValue {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

/** What stands between the first line with a fence and the last fence. */
function fenced(text: string): string {
  return /```[^\n]*\n([\s\S]*)```/.exec(text)?.[1] ?? "";
}

/** Arrays and objects inside each other. */
export function depthOf(value: JsonValue): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((most, item) => Math.max(most, depthOf(item)), 0) + 1;
}
