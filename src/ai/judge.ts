/**
 * Whether an answer of a model, in any of its readings, fits the schema; else what is wrong with
 * it, for the model and for people. Pure.
 */
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { TooCostly, type Work } from "#model/work.ts";
import {
  isWithinDepth,
  judgeJson,
  type SchemaViolation,
  TOO_MUCH_WORK,
} from "#validation/json-schema/validate.ts";
import type { GenerateResult } from "./provider.ts";
import { isOnlyThinking, readAnswer, type Reading } from "./readings.ts";

type Answer = Pick<
  Extract<GenerateResult, { ok: true }>,
  "text" | "texts" | "restore" | "isCutOff"
>;

export interface Misfit {
  violations: SchemaViolation[];
  /** For people: one sentence a cause. */
  message: string;
}

export type Judgement = { fits: true; reading: Reading } | { fits: false; misfit: Misfit };

/**
 * The first reading that fits; of those that do not, the first object or list tells what is wrong.
 * An answer has as many readings as it has beginnings of JSON, and each may take all the work that
 * one validation may: `work` bounds them together.
 */
export function judgeAnswer(answer: Answer, schema: JsonObject | boolean, work: Work): Judgement {
  const { text, texts = [{ source: "content", text }], restore, isCutOff = false } = answer;
  let scalar: SchemaViolation[] | null = null;
  let structure: SchemaViolation[] | null = null;
  for (const { value: read, steps } of readAnswer(texts, isCutOff)) {
    const value = restore === undefined ? read : restore(read);
    const violations = findViolations(schema, value, work);
    if (violations === null) return { fits: false, misfit: misfit([TOO_MUCH_WORK]) };
    if (violations.length === 0) return { fits: true, reading: { value, steps } };
    if (typeof value === "object" && value !== null) structure ??= violations;
    else scalar ??= violations;
  }
  const found = structure ?? scalar;
  return { fits: false, misfit: found === null ? withoutJson(answer) : misfit(found) };
}

/** null: the budget did not last. */
function findViolations(
  schema: JsonObject | boolean,
  value: JsonValue,
  work: Work,
): SchemaViolation[] | null {
  if (!isWithinDepth(value, LIMITS.bodyDepth)) return [TOO_DEEP];
  try {
    return judgeJson(schema, value, work).violations;
  } catch (error) {
    if (error instanceof TooCostly) return null;
    throw error;
  }
}

function misfit(violations: SchemaViolation[]): Misfit {
  const sentences = violations.map(toSentence).join(" ");
  return { violations, message: `The answer does not fit the schema: ${sentences}` };
}

function withoutJson({ text }: Answer): Misfit {
  if (text.trim() === "") return { violations: [EMPTY], message: "The model's answer was empty." };
  if (isOnlyThinking(text)) {
    return { violations: [THINKING], message: "The model gave its thinking and no answer." };
  }
  return { violations: [NOT_JSON], message: "The model's answer is not JSON." };
}

const NOT_JSON: SchemaViolation = {
  pointer: "",
  keyword: "json",
  message: "must be one JSON value, with no other text around it",
};

const EMPTY: SchemaViolation = {
  pointer: "",
  keyword: "empty",
  message: "was empty; it must be one JSON value",
};

const THINKING: SchemaViolation = {
  pointer: "",
  keyword: "empty",
  message: "was missing after the thinking; it must be one JSON value",
};

/** What cannot be posted to the service is not taken from a model either. */
const TOO_DEEP: SchemaViolation = {
  pointer: "",
  keyword: "depth",
  message: `must not be nested more than ${LIMITS.bodyDepth} deep`,
};

export function toSentence({ pointer, message }: SchemaViolation): string {
  return `${pointer === "" ? "The answer" : pointer} ${message}.`;
}
