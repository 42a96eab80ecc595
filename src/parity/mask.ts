/**
 * Hides `sensitive` answers where a run is shown: by key, by the path that was read, and by value
 * (texts of four characters or more, and such numbers) wherever it comes back.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";

export const HIDDEN = "[SENSITIVE]";
const SHORTEST = 4;

export interface Mask {
  /** Outputs and inputs: by key and by value. */
  value(value: JsonValue): JsonValue;
  /** What a path of the workflow shows. */
  at(path: string, value: JsonValue): JsonValue;
  text(text: string): string;
}

/** `given`: all answers there ever were, one object each time. */
export function maskOf(definition: WorkflowDefinition, given: readonly JsonObject[]): Mask {
  const keys = sensitiveKeys(definition);
  const texts = given
    .flatMap((answers) => keys.flatMap((key) => textsIn(answers[key] ?? null)))
    .filter((text) => text.length >= SHORTEST)
    .toSorted((left, right) => right.length - left.length);

  const text = (whole: string): string =>
    texts.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), whole);
  const value = (shown: JsonValue): JsonValue => {
    if (typeof shown === "string") return text(shown);
    if (typeof shown === "number") return texts.includes(String(shown)) ? HIDDEN : shown;
    if (Array.isArray(shown)) return shown.map((item) => value(item));
    if (!isJsonObject(shown)) return shown;
    const entries = Object.entries(shown).map(([key, item]): [string, JsonValue] => [
      key,
      keys.includes(key) && item !== null ? HIDDEN : value(item),
    ]);
    return Object.fromEntries(entries);
  };
  const at = (path: string, shown: JsonValue): JsonValue => {
    const names = path.match(/[\p{L}_][\p{L}\p{N}_-]*/gu) ?? [];
    return names.some((name) => keys.includes(name)) ? HIDDEN : value(shown);
  };
  return { text, value, at };
}

function sensitiveKeys(definition: WorkflowDefinition): string[] {
  const forms = definition.steps.flatMap((step) =>
    step.type === "form" ? step.config.fields : [],
  );
  return [...(definition.inputs ?? []), ...forms]
    .filter((field) => field.sensitive === true)
    .map((field) => field.key);
}

function textsIn(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textsIn(item));
  if (typeof value === "number") return [String(value)];
  return typeof value === "string" ? [value] : [];
}
