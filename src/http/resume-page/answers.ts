/**
 * Converts between a form as browsers send it, which is only text, and answers as JSON. What cannot
 * be read as the field's type stays text, so that the check of the answers reports it.
 *
 * An empty control means one of two things, depending on what it showed. What it showed is read
 * from the wait, which cannot change while it is open, and never from the request: the page has no
 * script that could tell, and the sender could change a hidden control.
 *
 * - It showed a value: the value was removed, and null is sent ([] for choices).
 * - It showed nothing: it was left alone, and nothing is sent.
 * - A withheld value (sensitive, and known or with a default) is shown by a note. Left alone it is
 *   not sent; a separate control removes it.
 */
import type { Diagnostic } from "#model/diagnostic.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { pointer } from "#model/pointer.ts";
import type { Wait } from "#model/wait.ts";
import { readNumberText } from "#validation/number-text.ts";

export type FormWait = Extract<Wait, { type: "form" }>;
export type Field = FormWait["fields"][number];

/** The content of each field, as text; several for a multiselect. By key. */
type Typed = ReadonlyMap<string, readonly string[]>;

export interface Filled {
  typed: Typed;
  /** Keys of fields whose answer is to be removed. */
  removed: ReadonlySet<string>;
}

/** A value of a field that the page does not show. */
export type Withheld = "answer" | "default";

/** The names of a field's controls. Without the prefixes a key could collide with our own names. */
export function controlName(key: string): string {
  return `a.${key}`;
}

export function removalName(key: string): string {
  return `r.${key}`;
}

export function readFilled(fields: readonly Field[], form: URLSearchParams): Filled {
  const typed = fields.map(({ key }) => {
    // Browsers send line breaks as CR LF.
    const texts = form.getAll(controlName(key)).map((text) => plainBreaks(text));
    return [key, texts] as const;
  });
  const removed = fields.filter(({ key }) => form.has(removalName(key)));
  return { typed: new Map(typed), removed: new Set(removed.map(({ key }) => key)) };
}

function plainBreaks(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n");
}

/** The value of a field that the page does not show; null: there is none, or the page shows it. */
export function withheldOf(field: Field, wait: Shown): Withheld | null {
  if (wait.answered_before?.includes(field.key)) return "answer";
  const isKnown = Object.hasOwn(wait.prefill ?? {}, field.key);
  return field.sensitive === true && !isKnown && hasDefault(field) ? "default" : null;
}

type Shown = Pick<FormWait, "prefill" | "answered_before">;

function hasDefault({ default: usual }: Field): boolean {
  return usual !== undefined && usual !== null;
}

/** What a field shows before anything is typed: the known value, else its default. */
function shownIn(field: Field, wait: Shown): JsonValue {
  if (withheldOf(field, wait) !== null) return null;
  const prefill = wait.prefill ?? {};
  // A known null was a deliberate answer, so the default must not replace it.
  const value = Object.hasOwn(prefill, field.key) ? prefill[field.key] : field.default;
  return value ?? null;
}

/** The fields before anything is typed. */
export function notYetFilled(fields: readonly Field[], wait: Shown): Filled {
  const typed = fields.map((field) => [field.key, toTexts(shownIn(field, wait))] as const);
  return { typed: new Map(typed), removed: new Set() };
}

function toTexts(value: JsonValue): string[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap(toTexts);
  return [typeof value === "object" ? JSON.stringify(value) : String(value)];
}

export function toAnswers(fields: readonly Field[], wait: Shown, filled: Filled): JsonObject {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = toAnswer(field, wait, filled);
      return value === undefined ? [] : [[field.key, value] as const];
    }),
  );
}

/** Fields that are both filled in and to be removed: only the person knows which is meant. */
export function contradictions(
  fields: readonly Field[],
  wait: Shown,
  { typed, removed }: Filled,
): Diagnostic[] {
  return fields
    .filter((field) => withheldOf(field, wait) !== null && removed.has(field.key))
    .filter((field) => !isEmpty(field, typed.get(field.key) ?? []))
    .map(({ key, label }) => ({
      code: "ambiguous_answer",
      message: `${label ?? key}: either enter an answer or choose to remove it, not both.`,
      pointer: pointer("inputs", key),
    }));
}

function toAnswer(field: Field, wait: Shown, { typed, removed }: Filled): JsonValue | undefined {
  const texts = typed.get(field.key) ?? [];
  if (!isEmpty(field, texts)) return readTexts(field, texts, shownIn(field, wait));
  if (withheldOf(field, wait) !== null) return removed.has(field.key) ? null : undefined;
  if (toTexts(shownIn(field, wait)).every((text) => text === "")) return undefined;
  if (field.type === "multiselect") return [];
  // A control that was not sent at all was not emptied: browsers send empty ones.
  return texts.length === 0 ? undefined : null;
}

function isEmpty({ type }: Field, texts: readonly string[]): boolean {
  if (type === "multiselect") return texts.length === 0;
  const [text = ""] = texts;
  return type === "string" || type === "text" || type === "select"
    ? text === ""
    : text.trim() === "";
}

function readTexts(field: Field, texts: readonly string[], shown: JsonValue): JsonValue {
  const [text = ""] = texts;
  const trimmed = text.trim();
  switch (field.type) {
    case "multiselect":
      return [...texts];
    case "string":
    case "text":
      // Controls drop carriage returns: an untouched value must still compare as unchanged.
      return typeof shown === "string" && plainBreaks(shown) === text ? shown : text;
    case "select":
      return text;
    case "number":
    case "integer": {
      const reading = readNumberText(trimmed);
      return reading.ok ? reading.value : trimmed;
    }
    case "boolean":
      if (trimmed === "true") return true;
      return trimmed === "false" ? false : trimmed;
    case "date":
    case "email":
    case "url":
      return trimmed;
  }
}
