/**
 * Masks the values of `sensitive` fields wherever a run is shown or projected. The log itself keeps
 * them: the engine needs them.
 *
 * By key (answers, and outputs with the same key), by path (what a rule read), and by value: a
 * sensitive value that a model or an API returned is masked there too, in every spelling of
 * `security/masking/`, also where it is the key of an object. Every value that was ever submitted
 * counts, also one that a later form replaced.
 *
 * The values are read once; each reading of the run has a budget of work (`within`). Texts beyond it
 * are masked as a whole: a reading ends, and what was not searched is not shown.
 */
import type { ShownEvent } from "#model/event.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { MASK_TEXT as MASK } from "#model/mask-text.ts";
import type { FormField, WorkflowDefinition } from "#model/workflow.ts";
import { Work } from "#model/work.ts";
import { distinctEntries } from "#security/masking/json-mask.ts";
import { createTextMask, type TextMask } from "#security/masking/text-mask.ts";

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

/** The values of a run. A mask of them serves one reading, whose budget it draws on. */
export interface Masking {
  within(work: Work): Mask;
}

/**
 * A text of an event up to this length is searched beyond the budget too: codes, ids and times are
 * as short, and readers of events cannot do without them. The log bounds how many there are.
 */
const BRIEF = 64;

/** `given`: all answers so far, one object for each form. */
export function createMasking(
  definition: WorkflowDefinition,
  given: Iterable<JsonObject>,
): Masking {
  const fields = fieldsOf(definition);
  const sensitive = fields.filter((field) => field.sensitive === true);
  if (sensitive.length === 0) return { within: () => NO_MASK };
  const keys = new Set(sensitive.map(({ key }) => key));
  // The definition names them for all to read, and readers look for them.
  const publicKeys = new Set([...OWN_KEYS, ...fields.map(({ key }) => key)]);
  const values = createTextMask(sensitiveTexts(sensitive, given), MASK, Work.ofProjection());
  return { within: (work) => maskOf(keys, publicKeys, values.within(work)) };
}

function maskOf(
  keys: ReadonlySet<string>,
  publicKeys: ReadonlySet<string>,
  values: TextMask,
): Mask {
  const { text } = values;
  const brief = values.within(new Work(Infinity)).text;
  const isSensitiveNumber = (value: JsonValue) =>
    typeof value === "number" && values.has(String(value));

  function walk(value: JsonValue, byKey: boolean): JsonValue {
    if (typeof value === "string") {
      return !byKey && value.length <= BRIEF ? brief(value) : text(value);
    }
    // Numbers that are not found by key are ours, such as counts: a text there would break readers.
    if (byKey && isSensitiveNumber(value)) return MASK;
    if (Array.isArray(value)) return value.map((item) => walk(item, byKey));
    return isJsonObject(value) ? walkObject(value, byKey) : value;
  }
  function walkObject(value: JsonObject, byKey: boolean): JsonObject {
    const entries = Object.entries(value).map(([key, child]): [string, JsonValue] => [
      byKey && !publicKeys.has(key) ? text(key) : key,
      byKey && keys.has(key) && child !== null ? MASK : walk(child, byKey),
    ]);
    return Object.fromEntries(distinctEntries(entries));
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

/** The keys of outputs of ours: an answer that happens to be one of them must not hide it. */
const OWN_KEYS = [
  "status",
  "headers",
  "body",
  "encoding",
  "kept_as_text",
  "pointers",
  "count",
  "duplicate_keys",
  "http_status",
  "body_truncated",
  "code",
  "message",
  "approved",
  "decisions",
  "comment",
  "result",
  "trace",
  "path",
  "value",
] as const;

function fieldsOf(definition: WorkflowDefinition): FormField[] {
  const fields: FormField[] = [...(definition.inputs ?? [])];
  for (const step of definition.steps) {
    if (step.type === "form") fields.push(...step.config.fields);
  }
  return fields;
}

function sensitiveTexts(fields: readonly FormField[], given: Iterable<JsonObject>): Set<string> {
  const texts = new Set<string>();
  for (const answers of given) {
    for (const field of fields) {
      if (!Object.hasOwn(answers, field.key)) continue;
      for (const text of textsOf(field, answers[field.key] ?? null)) texts.add(text);
    }
  }
  return texts;
}

/**
 * What a field of this type can hold. A start may give anything under its key before the form asks
 * for it, also thousands of texts: a list is no answer to a field that takes one text, and hides
 * nothing but itself. A text for a number, or a number for a text, may have been meant.
 */
function textsOf({ type, options = [] }: FormField, value: JsonValue): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  if (type !== "multiselect" || !Array.isArray(value)) return [];
  const known = new Set(options.map((option) => option.value));
  return value.filter((item) => typeof item === "string").filter((item) => known.has(item));
}
