/** What people type into the forms of a trial, and the starts bring. */
import type { Random } from "#ai/mock/prng.ts";
import type { FormField } from "#model/workflow.ts";

/** Values that a pattern asks for. */
const BY_KEY: Readonly<Record<string, string>> = {
  iban: "DE89370400440532013000",
  incident_id: "INC-4711",
  domain: "example.com",
  ticket_number: "SUP-1234",
  vat_id: "DE123456789",
  website: "https://www.example.com",
};

type Asked = Pick<FormField, "key" | "type" | "min" | "max" | "options" | "sensitive">;

export function answersTo(fields: readonly Asked[], random: Random): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.key, valueFor(field, random)]));
}

function valueFor(field: Asked, random: Random): unknown {
  const known = BY_KEY[field.key];
  if (known !== undefined) return known;
  const options = (field.options ?? []).map((option) =>
    typeof option === "string" ? option : option.value,
  );
  const [first = "", ...others] = options;
  switch (field.type) {
    case "string":
    case "text":
      return `${field.sensitive === true ? "hidden" : "a text"} of this trial, number ${random.integer(1, 999_999)}`;
    case "email":
      return `person-${random.integer(1, 99)}@example.com`;
    case "url":
      return `https://example.com/${random.integer(1, 99)}`;
    case "integer":
    case "number":
      return random.integer(Math.ceil(field.min ?? 1), Math.floor(field.max ?? 1_000));
    case "boolean":
      return random.integer(0, 1) === 1;
    case "select":
      return random.pick([first, ...others]);
    case "multiselect":
      return [random.pick([first, ...others])];
    case "date":
      return "2026-12-01";
  }
}
