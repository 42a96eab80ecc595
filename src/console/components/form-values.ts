/**
 * What stands in the controls of a form, and the answers that come of it. Owns the types of the
 * answers: a number is a number, a multiselect a list, and an optional field that was left empty
 * is absent. It does not judge: text that is no number stays text, and is refused as such.
 */
import type { JsonObject, JsonValue } from "../../model/json.ts";
import type { Field } from "./api-types.ts";

/** Text of an input, the chosen options, or yes and no; null: not chosen yet. */
export type RawValue = string | string[] | boolean | null;
export type RawValues = ReadonlyMap<string, RawValue>;

/** The prefill, else the defaults. `null` in the prefill is no answer yet. */
export function initialValues(
  fields: readonly Field[],
  prefill: Readonly<Record<string, unknown>> = {},
): RawValues {
  return new Map(
    fields.map((field) => {
      const given = Object.hasOwn(prefill, field.key) ? prefill[field.key] : undefined;
      return [field.key, rawOf(field, given ?? field.default ?? null)] as const;
    }),
  );
}

function rawOf({ type, required, options = [] }: Field, value: unknown): RawValue {
  switch (type) {
    case "boolean":
      // Without an answer a checkbox says no; a question that must be answered says nothing yet.
      return typeof value === "boolean" ? value : required ? null : false;
    case "multiselect": {
      const known = new Set(options.map((option) => option.value));
      return Array.isArray(value) ? value.map(String).filter((item) => known.has(item)) : [];
    }
    case "select":
      return options.some((option) => option.value === value) ? String(value) : "";
    case "string":
    case "text":
    case "number":
    case "integer":
    case "date":
    case "email":
    case "url":
      return typeof value === "string" || typeof value === "number" ? String(value) : "";
  }
}

/** The answers to send. `initial` tells what was emptied from what was never filled. */
export function toInputs(
  fields: readonly Field[],
  values: RawValues,
  initial: RawValues,
): JsonObject {
  const inputs: [string, JsonValue][] = [];
  for (const field of fields) {
    const value = answerOf(field, values.get(field.key) ?? null, initial.get(field.key) ?? null);
    if (value !== undefined) inputs.push([field.key, value]);
  }
  return Object.fromEntries(inputs);
}

function answerOf({ type }: Field, raw: RawValue, before: RawValue): JsonValue | undefined {
  switch (type) {
    case "boolean":
      return typeof raw === "boolean" ? raw : undefined;
    case "multiselect": {
      const chosen = Array.isArray(raw) ? raw : [];
      return chosen.length > 0 || isFilled(before) ? chosen : undefined;
    }
    case "string":
    case "text":
      // Left out, an emptied field would take its default again.
      return raw !== "" || isFilled(before) ? textOf(raw) : undefined;
    case "number":
    case "integer":
      return numberOf(textOf(raw).trim());
    case "date":
    case "email":
    case "url":
    case "select":
      return textOf(raw).trim() || undefined;
  }
}

function textOf(raw: RawValue): string {
  return typeof raw === "string" ? raw : "";
}

function isFilled(raw: RawValue): boolean {
  return typeof raw === "string" || Array.isArray(raw) ? raw.length > 0 : false;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function numberOf(text: string): JsonValue | undefined {
  if (text === "") return undefined;
  // A minus as word processors write it.
  const plain = text.replace("\u2212", "-");
  const number = Number(plain);
  return NUMBER.test(plain) && Number.isFinite(number) ? number : text;
}
