/**
 * Between a form as browsers send it, which knows only text, and answers as JSON. What cannot be
 * read as the field's type stays text, so that the check of the answers says what is wrong with it.
 *
 * Nothing typed into a box is no answer: null where one is required, so that no default takes its
 * place unseen, else absent. Only where a default is cleared, "" and [] are answers of their own.
 */
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { Wait } from "../model/wait.ts";

export type Field = Extract<Wait, { type: "form" }>["fields"][number];

/** What stands in each field, as text; several for a multiselect. By key. */
export type Typed = ReadonlyMap<string, readonly string[]>;

/** The name of a field's control. The prefix keeps keys apart from names of our own. */
export function controlName(key: string): string {
  return `a.${key}`;
}

export function readTyped(fields: readonly Field[], form: URLSearchParams): Typed {
  return new Map(
    fields.map(({ key }) => [
      key,
      // Browsers send line breaks as CR LF.
      form.getAll(controlName(key)).map((text) => text.replaceAll("\r\n", "\n")),
    ]),
  );
}

/** What a field holds before anybody typed: what is known already, else its default. */
export function prefillTyped(fields: readonly Field[], prefill: JsonObject): Typed {
  return new Map(
    fields.map((field) => {
      const known = Object.hasOwn(prefill, field.key) ? prefill[field.key] : undefined;
      const value = known ?? (field.sensitive === true ? null : (field.default as JsonValue));
      return [field.key, toTexts(value ?? null)];
    }),
  );
}

function toTexts(value: JsonValue): string[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap(toTexts);
  return [typeof value === "object" ? JSON.stringify(value) : String(value)];
}

export function toAnswers(fields: readonly Field[], typed: Typed): JsonObject {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = toAnswer(field, typed.get(field.key) ?? []);
      return value === undefined ? [] : [[field.key, value] as const];
    }),
  );
}

function toAnswer(field: Field, texts: readonly string[]): JsonValue | undefined {
  const [text = ""] = texts;
  if (field.type === "multiselect") return texts.length === 0 ? blank(field, []) : [...texts];
  if (field.type === "string" || field.type === "text") {
    return text === "" ? blank(field, "") : text;
  }
  const trimmed = text.trim();
  if (trimmed === "") return blank(field, null);
  switch (field.type) {
    case "number":
    case "integer":
      return DECIMAL.test(trimmed) ? Number(trimmed) : trimmed;
    case "boolean":
      if (trimmed === "true") return true;
      return trimmed === "false" ? false : trimmed;
    case "date":
    case "email":
    case "url":
    case "select":
      return trimmed;
  }
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;

function blank(field: Field, cleared: JsonValue): JsonValue | undefined {
  if (field.required) return null;
  return field.default === undefined ? undefined : cleared;
}
