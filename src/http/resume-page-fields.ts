/**
 * The fields of a form as HTML that needs no script: each with its label, its hint and what is
 * wrong with it, tied together for screen readers. The browser does not check anything: its rules
 * are not ours (patterns, lengths, addresses), and the page says all errors at once.
 */
import { html } from "hono/html";
import type { FieldType } from "../model/workflow.ts";
import { controlName, type Field, type Typed } from "./resume-page-answers.ts";
import type { Html } from "./resume-page-html.ts";

/** Messages by the key of their field. */
export type FieldErrors = ReadonlyMap<string, string>;

interface Drawn {
  field: Field;
  id: string;
  texts: readonly string[];
  error: string | undefined;
  /** Of the hint and the error, for `aria-describedby`. */
  describedBy: string | null;
  /** The first field that is wrong gets the focus. */
  isFirstWrong: boolean;
}

export function drawFields(
  fields: readonly Field[],
  typed: Typed,
  errors: FieldErrors,
  firstWrong: string | null,
): Html[] {
  return fields.map((field, index) => {
    const id = `field-${index}`;
    const error = errors.get(field.key);
    const describedBy = [
      ...(hints(field).length === 0 ? [] : [`${id}-hint`]),
      ...(error === undefined ? [] : [`${id}-error`]),
    ].join(" ");
    const texts = typed.get(field.key) ?? [];
    const isFirstWrong = field.key === firstWrong;
    return drawField({
      field,
      id,
      texts,
      error,
      describedBy: describedBy === "" ? null : describedBy,
      isFirstWrong,
    });
  });
}

/** Where the summary of errors leads to. */
export function fieldId(fields: readonly Field[], key: string): string | null {
  const index = fields.findIndex((field) => field.key === key);
  if (index === -1) return null;
  const isGroup = GROUPS.has(fields[index]?.type ?? "string");
  return isGroup ? `field-${index}-0` : `field-${index}`;
}

/** Drawn as several controls under one legend. */
const GROUPS: ReadonlySet<FieldType> = new Set<FieldType>(["boolean", "multiselect"]);

function drawField(drawn: Drawn): Html {
  const { field, id, error, describedBy } = drawn;
  const wrong = error === undefined ? "" : " wrong";
  const words = html`${hintOf(drawn)}${errorOf(drawn)}`;
  const name = html`<span dir="auto">${field.label ?? field.key}</span>${
      field.required ? "" : html` <span class="optional">(optional)</span>`
    }`;
  if (!GROUPS.has(field.type)) {
    return html`<div class="field${wrong}">
      <label for="${id}">${name}</label>
      ${words} ${drawControl(drawn)}
    </div>`;
  }
  return html`<fieldset
    class="field${wrong}"
    ${attribute("aria-describedby", describedBy)}${
      field.type === "boolean" && field.required
        ? html` role="radiogroup" aria-required="true"`
        : ""
    }
  >
    <legend>${name}</legend>
    ${words} ${drawChoices(drawn)}
  </fieldset>`;
}

function hintOf({ field, id, texts }: Drawn): Html | string {
  const isLost = isWithheld(field) && texts.some((text) => text !== "");
  const all = [...hints(field), ...(isLost ? ["Please enter it again."] : [])];
  if (all.length === 0) return "";
  return html`<div class="hint" id="${id}-hint">
    ${all.map((hint) => html`<p dir="auto">${hint}</p>`)}
  </div>`;
}

function errorOf({ id, error }: Drawn): Html | string {
  if (error === undefined) return "";
  return html`<p class="error" id="${id}-error">
    <span class="hidden">Error: </span><span dir="auto">${error}</span>
  </p>`;
}

/** What is sensitive is not sent back, so that it is in no page that somebody leaves open. */
function isWithheld(field: Field): boolean {
  return field.sensitive === true && !GROUPS.has(field.type);
}

function hints(field: Field): (Html | string)[] {
  const { description, pattern } = field;
  return [
    ...(description === undefined ? [] : [description]),
    ...bounds(field),
    ...(pattern === undefined ? [] : [html`Format: <code>${pattern}</code>`]),
    ...(field.sensitive === true ? ["It is hidden wherever your answers are shown."] : []),
  ];
}

function bounds(field: Field): string[] {
  const isText = field.type === "string" || field.type === "text";
  if (isText) return range(field.min_length, field.max_length, "character");
  if (field.type === "number" || field.type === "integer") return range(field.min, field.max, "");
  return field.type === "multiselect" ? range(field.min, field.max, "choice") : [];
}

function range(least: number | undefined, most: number | undefined, unit: string): string[] {
  const count = (value: number) =>
    unit === "" ? String(value) : `${value} ${unit}${value === 1 ? "" : "s"}`;
  if (least !== undefined && most !== undefined) {
    return [least === most ? `Exactly ${count(most)}.` : `From ${least} to ${count(most)}.`];
  }
  if (least !== undefined) return [`At least ${count(least)}.`];
  return most === undefined ? [] : [`At most ${count(most)}.`];
}

function drawControl(drawn: Drawn): Html {
  const { field, texts } = drawn;
  const [text = ""] = isWithheld(field) ? [] : texts;
  if (field.type === "text") {
    // A parser drops the first line break of a textarea, so there is one to drop.
    return html`<textarea${shared(drawn)} rows="6">
${text}</textarea>`;
  }
  if (field.type !== "select") return html`<input${shared(drawn)}${kindOf(field)} value="${text}">`;
  const options = field.options ?? [];
  const isKnown = options.some((option) => option.value === text);
  return html`<select${shared(drawn)}>
<option value=""${isKnown ? "" : html` selected`}>${field.required ? "Choose one" : "No answer"}</option>
${options.map(
  ({ value, label }) =>
    html`<option value="${value}" ${value === text ? html` selected` : ""}>${label}</option>`,
)}
</select>`;
}

function kindOf(field: Field): Html {
  const secret = field.sensitive === true;
  switch (field.type) {
    case "number":
      return html` type="${secret ? "password" : "text"}" inputmode="decimal" autocomplete="off"`;
    case "integer":
      return html` type="${secret ? "password" : "text"}" inputmode="numeric" autocomplete="off"`;
    case "date":
      return html` type="date"`;
    case "email":
      return html` type="email" autocapitalize="off" spellcheck="false"`;
    case "url":
      return html` type="url" inputmode="url" autocapitalize="off" spellcheck="false"`;
    default:
      return secret ? html` type="password" autocomplete="off"` : html` type="text"`;
  }
}

function drawChoices(drawn: Drawn): Html[] {
  const { field, id, texts, isFirstWrong, error } = drawn;
  const type = field.type === "boolean" ? "radio" : "checkbox";
  return choicesOf(field).map(({ value, label }, index) => {
    const one = `${id}-${index}`;
    const isChosen = field.type === "boolean" ? value === (texts[0] ?? "") : texts.includes(value);
    return html`<div class="choice">
      <input
        type="${type}"
        id="${one}"
        name="${controlName(field.key)}"
        value="${value}"
        ${isChosen ? html` checked` : ""}${
          error === undefined ? "" : html` aria-describedby="${id}-error"`
        }${isFirstWrong && index === 0 ? html` autofocus` : ""}
      /><label for="${one}" dir="auto">${label}</label>
    </div>`;
  });
}

function choicesOf(field: Field): readonly { value: string; label: string }[] {
  if (field.type !== "boolean") return field.options ?? [];
  const answers = [
    { value: "true", label: "Yes" },
    { value: "false", label: "No" },
  ];
  return field.required ? answers : [...answers, { value: "", label: "No answer" }];
}

/** What all controls have that are alone under their label. */
function shared({ field, id, error, describedBy, isFirstWrong }: Drawn): Html {
  return html` id="${id}" name="${controlName(field.key)}"
  dir="auto"${attribute(
    "placeholder",
    field.type === "select" ? null : (field.placeholder ?? null),
  )}${attribute("aria-describedby", describedBy)}${field.required ? html` required` : ""}${
    error === undefined ? "" : html` aria-invalid="true"`
  }${isFirstWrong ? html` autofocus` : ""}`;
}

function attribute(name: string, value: string | null): Html | string {
  return value === null ? "" : html` ${name}="${value}"`;
}
