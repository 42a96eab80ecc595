/**
 * Masks the values of `sensitive` fields wherever a run is shown or projected. The log itself keeps
 * them: the engine needs them.
 *
 * By key (answers, and outputs with the same key), by path (what a rule read), and by value: a
 * sensitive value that a model or an API returned is masked there too. Every value that was ever
 * submitted counts, also one that a later form replaced.
 */
import type { ShownEvent } from "#model/event.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { MASK_TEXT as MASK } from "#model/mask-text.ts";
import type { FormField, WorkflowDefinition } from "#model/workflow.ts";

/**
 * Masking shorter texts by value would hide half of every sentence; they are masked by key and
 * path.
 */
const SHORTEST_VALUE = 4;

export interface Mask {
  /** Outputs and answers: by key at any depth, and by value. */
  output(value: JsonValue): JsonValue;
  object(value: JsonObject): JsonObject;
  /** The value of a dotted path or a name in an expression. */
  at(path: string, value: JsonValue): JsonValue;
  /** The output of a rule: its trace is masked by the paths that it read. */
  trace(output: JsonValue): JsonValue;
  /** What an event says, by value only: its keys are ours. */
  event<E extends ShownEvent>(event: E): E;
  text(text: string): string;
}

/** `given`: all answers so far, one object for each form. */
export function createMask(definition: WorkflowDefinition, given: Iterable<JsonObject>): Mask {
  const keys = sensitiveKeys(definition);
  if (keys.size === 0) return NO_MASK;
  const texts = sensitiveTexts(keys, given);

  const text = (value: string) =>
    texts.reduce((masked, secret) => masked.replaceAll(secret, MASK), value);
  const isSensitiveNumber = (value: JsonValue) =>
    typeof value === "number" && texts.includes(String(value));

  function walk(value: JsonValue, byKey: boolean): JsonValue {
    if (typeof value === "string") return text(value);
    // Numbers that are not found by key are ours, such as counts: a text there would break readers.
    if (byKey && isSensitiveNumber(value)) return MASK;
    if (Array.isArray(value)) return value.map((item) => walk(item, byKey));
    return isJsonObject(value) ? walkObject(value, byKey) : value;
  }
  function walkObject(value: JsonObject, byKey: boolean): JsonObject {
    const entries = Object.entries(value).map(([key, child]): [string, JsonValue] => [
      key,
      byKey && keys.has(key) && child !== null ? MASK : walk(child, byKey),
    ]);
    return Object.fromEntries(entries);
  }
  function at(path: string, value: JsonValue): JsonValue {
    const names = path.match(/[\p{L}_][\p{L}\p{N}_-]*/gu) ?? [];
    return names.some((name) => keys.has(name)) ? MASK : walk(value, true);
  }
  return {
    text,
    at,
    output: (value) => walk(value, true),
    object: (value) => walkObject(value, true),
    event(event) {
      const data = walkObject(event.data, false);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only texts change
      return { ...event, data: data as typeof event.data };
    },
    trace(output) {
      if (!isJsonObject(output) || !Array.isArray(output["trace"])) return walk(output, true);
      const trace = output["trace"].map((entry) => {
        if (!isJsonObject(entry)) return MASK;
        const { path, value = null } = entry;
        return { ...entry, value: typeof path === "string" ? at(path, value) : MASK };
      });
      return { ...output, trace };
    },
  };
}

/** No field is sensitive: everything is shown as it is. */
const NO_MASK: Mask = {
  output: (value) => value,
  object: (value) => value,
  at: (_path, value) => value,
  trace: (output) => output,
  event: (event) => event,
  text: (text) => text,
};

function sensitiveKeys(definition: WorkflowDefinition): ReadonlySet<string> {
  const fields: FormField[] = [...(definition.inputs ?? [])];
  for (const step of definition.steps) {
    if (step.type === "form") fields.push(...step.config.fields);
  }
  return new Set(fields.filter((field) => field.sensitive).map((field) => field.key));
}

/** Longest first: a value inside another would otherwise leave the rest of it unmasked. */
function sensitiveTexts(keys: ReadonlySet<string>, given: Iterable<JsonObject>): string[] {
  const texts = new Set<string>();
  for (const answers of given) {
    for (const key of keys) {
      if (Object.hasOwn(answers, key)) collectTexts(answers[key] ?? null, texts);
    }
  }
  return [...texts].toSorted((left, right) => right.length - left.length);
}

function collectTexts(value: JsonValue, texts: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collectTexts(item, texts);
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text === "string" && text.length >= SHORTEST_VALUE) texts.add(text);
}
