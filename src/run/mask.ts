/**
 * Masks what `sensitive` fields hold, wherever a run is shown or projected. The log itself keeps
 * everything: the engine needs it.
 *
 * By key first (inputs and form answers), then by value: a sensitive text that a model or an API
 * gave back is masked there too.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import type { FormField, WorkflowDefinition } from "../model/workflow.ts";

const MASK = "[SENSITIVE]";

/** Shorter texts would mask half of every sentence; they are masked by key only. */
const SHORTEST_VALUE = 4;

export interface Mask {
  /** Values of sensitive keys at the top of an object: inputs, answers, prefill. */
  answers(answers: JsonObject): JsonObject;
  /** Sensitive texts anywhere in a value. */
  values(value: JsonValue): JsonValue;
  object(value: JsonObject): JsonObject;
  text(text: string): string;
}

/** `inputs`: everything that was given so far; it holds the values to look for. */
export function createMask(definition: WorkflowDefinition, inputs: JsonObject): Mask {
  const keys = sensitiveKeys(definition);
  const texts = [...keys].flatMap((key) => textsOf(inputs[key]));

  function text(value: string): string {
    return texts.reduce((masked, secret) => masked.replaceAll(secret, MASK), value);
  }
  function values(value: JsonValue): JsonValue {
    if (texts.length === 0) return value;
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(values);
    return isJsonObject(value) ? object(value) : value;
  }
  function object(value: JsonObject): JsonObject {
    if (texts.length === 0) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, values(child)]));
  }
  return {
    text,
    values,
    object,
    answers(answers) {
      if (keys.size === 0) return answers;
      return Object.fromEntries(
        Object.entries(answers).map(([key, value]) => [
          key,
          keys.has(key) && value !== null ? MASK : values(value),
        ]),
      );
    },
  };
}

function sensitiveKeys(definition: WorkflowDefinition): ReadonlySet<string> {
  const fields: FormField[] = [...(definition.inputs ?? [])];
  for (const step of definition.steps) {
    if (step.type === "form") fields.push(...step.config.fields);
  }
  return new Set(fields.filter((field) => field.sensitive).map((field) => field.key));
}

function textsOf(value: JsonValue | undefined): string[] {
  if (typeof value === "string") return value.length >= SHORTEST_VALUE ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return [];
}
