/**
 * Hides `sensitive` answers where a run is shown: by key, by the path that was read, and by value
 * (texts and numbers that are known by themselves) wherever it comes back, however it is spelled.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { FormField, WorkflowDefinition } from "#model/workflow.ts";
import { isTelling, searchFor } from "./mask-search.ts";

export const HIDDEN = "[SENSITIVE]";

export interface Mask {
  /** Outputs and inputs: by key and by value. */
  value(value: JsonValue): JsonValue;
  /** What a path of the workflow shows. */
  at(path: string, value: JsonValue): JsonValue;
  text(text: string): string;
}

/** Every output can have them, and readers look for them. */
const COMMON = new Set(
  `status headers body encoding kept_as_text pointers count duplicate_keys http_status body_truncated
  code message approved decisions comment result trace path value`.split(/\s+/),
);

/** `given`: all answers there ever were, one object each time. */
export function maskOf(definition: WorkflowDefinition, given: readonly JsonObject[]): Mask {
  const fields = fieldsOf(definition);
  const asked = fields.filter((field) => field.sensitive === true);
  const keys = new Set(asked.map(({ key }) => key));
  const values = given
    .flatMap((answers) => asked.flatMap((field) => textsOf(field, answers[field.key] ?? null)))
    .filter((value) => isTelling(value) && !HIDDEN.includes(value.trim()));
  const numbers = new Set(values);
  const text = searchFor(values, HIDDEN).cover;
  const named = new Set(fields.map(({ key }) => key));
  const shownKey = (key: string) => (named.has(key) || COMMON.has(key) ? key : text(key));

  const value = (shown: JsonValue): JsonValue => {
    if (typeof shown === "string") return text(shown);
    if (typeof shown === "number") return numbers.has(String(shown)) ? HIDDEN : shown;
    if (Array.isArray(shown)) return shown.map((item) => value(item));
    if (!isJsonObject(shown)) return shown;
    const entries = Object.entries(shown).map(([key, item]): [string, JsonValue] => [
      shownKey(key),
      keys.has(key) && item !== null ? HIDDEN : value(item),
    ]);
    return Object.fromEntries(apart(entries));
  };
  const at = (path: string, shown: JsonValue): JsonValue => {
    const names = path.match(/[\p{L}_][\p{L}\p{N}_-]*/gu) ?? [];
    return names.some((name) => keys.has(name)) ? HIDDEN : value(shown);
  };
  return { text, value, at };
}

/** Keys that became the same get a number, from the second on, that no other key has. */
function apart(entries: [string, JsonValue][]): [string, JsonValue][] {
  const all = new Set(entries.map(([key]) => key));
  const counts = new Map<string, number>();
  return entries.map(([key, value]) => {
    let count = (counts.get(key) ?? 0) + 1;
    while (count > 1 && all.has(`${key} (${count})`)) count += 1;
    counts.set(key, count);
    return [count > 1 ? `${key} (${count})` : key, value];
  });
}

function fieldsOf({ inputs = [], steps }: WorkflowDefinition): FormField[] {
  return [...inputs, ...steps.flatMap((step) => (step.type === "form" ? step.config.fields : []))];
}

/** What the field can hold; a list of texts under a key that takes one is no answer. */
function textsOf({ type, options = [] }: FormField, value: JsonValue): string[] {
  if (typeof value === "number") return [String(value)];
  if (typeof value === "string") return [value];
  if (!Array.isArray(value) || type !== "multiselect") return [];
  const chosen = new Set(value);
  return options.map((option) => option.value).filter((option) => chosen.has(option));
}
