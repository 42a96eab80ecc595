/** The parts around the control of every field: label, hints, errors. */
import type { Diagnostic } from "#model/diagnostic.ts";
import type { Field } from "../api-types.ts";
import type { RawValue } from "../form-values.ts";
import { Mark } from "../Mark.tsx";

export interface FieldProps {
  field: Field;
  value: RawValue;
  errors: readonly Diagnostic[];
  /** It has an answer that is not shown, and keeps it when left alone. */
  isAnswered: boolean;
  onChange(value: RawValue): void;
}

export function labelOf({ label, key }: Field): string {
  return label ?? key;
}

/** Most fields are required, so optional ones are marked. */
export function LabelText({ field }: { field: Field }) {
  return (
    <>
      {labelOf(field)}
      {!field.required && <span className="wo-field-optional"> (optional)</span>}
    </>
  );
}

type Helped = Pick<FieldProps, "field" | "isAnswered">;

/** The description and the limits, shown before anything is typed. */
export function HelpText({ field, isAnswered }: Helped) {
  const limits = limitWords(field);
  return (
    <>
      {field.description !== undefined && <span>{field.description}</span>}
      {limits !== null && <span className="wo-field-limits">{limits}</span>}
      {isAnswered && <span>{keptWords(field)}</span>}
    </>
  );
}

export function hasHelp({ field, isAnswered }: Helped): boolean {
  return field.description !== undefined || limitWords(field) !== null || isAnswered;
}

/** Where a choice says that the answer is kept, the note does not repeat it. */
function keptWords({ type }: Field): string {
  const given = "This was answered before.";
  if (type === "boolean" || type === "select") return given;
  return `${given} ${type === "multiselect" ? "Select nothing" : "Leave this empty"} to keep it.`;
}

/** The options, and chosen values outside of them: a hidden value could not be removed. */
export function withStrays(
  { options = [] }: Field,
  chosen: readonly string[],
): readonly { value: string; label: string }[] {
  const known = new Set(options.map(({ value }) => value));
  const strays = chosen.filter((value) => !known.has(value));
  return [...options, ...strays.map((value) => ({ value, label: value }))];
}

export function ErrorText({ errors }: { errors: readonly Diagnostic[] }) {
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
