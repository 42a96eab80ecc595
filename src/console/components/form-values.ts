/**
 * The values of the controls of a form, and the answers from them. Owns the types of the answers: a
 * number is a number, a multiselect a list. It does not validate: text that is not a number stays
 * text, and is refused as such.
 *
 * An empty control means one of two things. It showed a value: the value was removed, and null is
 * sent ([] for choices). It showed nothing: it was left alone, and nothing is sent. A withheld
 * answer shows as nothing; it is kept until it is removed.
 */
import type { JsonObject, JsonValue } from "#model/json.ts";
import { readNumberText } from "#validation/number-text.ts";
import type { Field } from "./api-types.ts";

/** Text of an input, the chosen options, or yes and no; null: no answer is chosen. */
export type RawValue = string | string[] | boolean | null;
export type RawValues = ReadonlyMap<string, RawValue>;

/**
 * Known values, else the defaults. A value of another type is shown as text, so that people see it.
 */
export function initialValues(
  fields: readonly Field[],
  prefill: JsonObject = {},
  answeredBefore: readonly string[] = [],
): RawValues {
  return new Map(
    fields.map((field) => {
      const isKnown = Object.hasOwn(prefill, field.key);
      // A known null was a deliberate answer, so the default must not replace it.
      const shown = isKnown ? prefill[field.key] : field.default;
      const value = answeredBefore.includes(field.key) ? null : (shown ?? null);
      return [field.key, rawOf(field, value)] as const;
    }),
  );
}

function rawOf({ type }: Field, value: unknown): RawValue {
  switch (type) {
    case "boolean":
      return typeof value === "boolean" || value === null ? value : textOf(value);
    case "multiselect":
      if (value === null) return [];
      return Array.isArray(value) ? value.map(textOf) : [textOf(value)];
    case "select":
    case "string":
    case "text":
    case "number":
    case "integer":
    case "date":
    case "email":
    case "url":
      return value === null ? "" : textOf(value);
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * The answers to send. `initial` distinguishes emptied fields from those never filled; `removed`
 * are keys of withheld answers to remove.
 */
export function toInputs(
  fields: readonly Field[],
  values: RawValues,
  initial: RawValues,
  removed: ReadonlySet<string> = new Set(),
): JsonObject {
  const inputs: [string, JsonValue][] = [];
  for (const field of fields) {
    const raw = values.get(field.key) ?? null;
    const before = initial.get(field.key) ?? null;
    if (!isEmpty(field, raw)) inputs.push([field.key, answerOf(field, raw)]);
    else if (removed.has(field.key)) inputs.push([field.key, null]);
    else if (!isEmpty(field, before)) {
      inputs.push([field.key, field.type === "multiselect" ? [] : null]);
    }
  }
  return Object.fromEntries(inputs);
}

function isEmpty({ type }: Field, raw: RawValue): boolean {
  if (raw === null || typeof raw === "boolean") return raw === null;
  if (Array.isArray(raw)) return raw.length === 0;
  const isAnyText = type === "string" || type === "text" || type === "select";
  return isAnyText ? raw === "" : raw.trim() === "";
}

function answerOf({ type }: Field, raw: RawValue): JsonValue {
  if (typeof raw !== "string") return raw;
  switch (type) {
    case "number":
    case "integer": {
      const reading = readNumberText(raw);
      return reading.ok ? reading.value : raw.trim();
    }
    case "date":
    case "email":
    case "url":
      return raw.trim();
    case "string":
    case "text":
    case "select":
    case "boolean":
    case "multiselect":
      return raw;
  }
}
