/** What every field has around its control: the label, what helps, what is wrong. */
import type { Field, Finding } from "../api-types.ts";
import type { RawValue } from "../form-values.ts";
import { Mark } from "../Mark.tsx";

export interface FieldProps {
  field: Field;
  value: RawValue;
  errors: readonly Finding[];
  onChange(value: RawValue): void;
}

export function labelOf({ label, key }: Field): string {
  return label ?? key;
}

/** Most fields are required, so what is marked is the exception. */
export function LabelText({ field }: { field: Field }) {
  return (
    <>
      {labelOf(field)}
      {!field.required && <span className="wo-field-optional"> (optional)</span>}
    </>
  );
}

/** What the description and the limits say, before anything was typed. */
export function HelpText({ field }: { field: Field }) {
  const limits = limitWords(field);
  return (
    <>
      {field.description !== undefined && <span>{field.description}</span>}
      {limits !== null && <span className="wo-field-limits">{limits}</span>}
    </>
  );
}

export function hasHelp(field: Field): boolean {
  return field.description !== undefined || limitWords(field) !== null;
}

export function ErrorText({ errors }: { errors: readonly Finding[] }) {
  return (
    <>
      <Mark name="error" />
      <span>
        {errors.map(({ message }) => (
          <span key={message} className="wo-field-message">
            {message}
          </span>
        ))}
      </span>
    </>
  );
}

function limitWords(field: Field): string | null {
  const { type, min, max, min_length: shortest, max_length: longest } = field;
  switch (type) {
    case "number":
    case "integer":
      return range({ least: min, most: max, words: String });
    case "multiselect":
      return range({ prefix: "Choose ", least: min || undefined, most: max, words: String });
    case "string":
    case "text":
    case "email":
    case "url":
      return range({ least: shortest || undefined, most: longest, words: characters });
    case "boolean":
    case "date":
    case "select":
      return null;
  }
}

function characters(count: number): string {
  return `${count} ${count === 1 ? "character" : "characters"}`;
}

interface Range {
  prefix?: string;
  least: number | undefined;
  most: number | undefined;
  words(count: number): string;
}

function range({ prefix = "", least, most, words }: Range): string | null {
  const sentence = (text: string) => {
    const whole = prefix + text;
    return whole.charAt(0).toUpperCase() + whole.slice(1);
  };
  if (least === undefined) return most === undefined ? null : sentence(`at most ${words(most)}`);
  if (most === undefined) return sentence(`at least ${words(least)}`);
  return sentence(least === most ? words(most) : `${least} to ${words(most)}`);
}
