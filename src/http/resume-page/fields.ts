/**
 * The fields of a form as HTML that needs no script: each with its label, hint and error,
 * associated for screen readers. The browser validates nothing: its rules are not ours (patterns,
 * lengths, addresses), and the page lists all errors at once.
 */
import { html } from "hono/html";
import type { FieldType } from "#model/workflow.ts";
import {
  controlName,
  type Field,
  type Filled,
  type FormWait,
  removalName,
  type Withheld,
  withheldOf,
} from "./answers.ts";
import type { Html } from "./html.ts";

/** Messages by the key of their field. */
export type FieldErrors = ReadonlyMap<string, string>;

interface Drawn {
  field: Field;
  id: string;
  texts: readonly string[];
  /** What the field has but does not show. */
  withheld: Withheld | null;
  isRemoved: boolean;
  error: string | undefined;
  /** Ids of the hint and the error, for `aria-describedby`. */
  describedBy: string | null;
  /** The first invalid field gets the focus. */
  isFirstWrong: boolean;
}

export function drawFields(
  wait: FormWait,
  { typed, removed }: Filled,
  errors: FieldErrors,
  firstWrong: string | null,
): Html[] {
  return wait.fields.map((field, index) => {
    const id = `field-${index}`;
    const drawn = {
      field,
      id,
      texts: typed.get(field.key) ?? [],
      withheld: withheldOf(field, wait),
      isRemoved: removed.has(field.key),
      error: errors.get(field.key),
      isFirstWrong: field.key === firstWrong,
    };
    const describedBy = [
      ...(hints(drawn).length === 0 ? [] : [`${id}-hint`]),
      ...(drawn.error === undefined ? [] : [`${id}-error`]),
    ].join(" ");
    return drawField({ ...drawn, describedBy: describedBy === "" ? null : describedBy });
  });
}

/** The target of the link in the error summary. */
export function fieldId(fields: readonly Field[], key: string): string | null {
  const index = fields.findIndex((field) => field.key === key);
  if (index === -1) return null;
  const isGroup = GROUPS.has(fields[index]?.type ?? "string");
  return isGroup ? `field-${index}-0` : `field-${index}`;
}

/** Rendered as several controls under one legend. */
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
      ${words} ${drawControl(drawn)} ${drawRemoval(drawn)}
    </div>`;
  }
  return html`<fieldset
    class="field${wrong}"
    ${attribute("aria-describedby", describedBy)}${
      field.type === "boolean" && field.required && drawn.withheld === null
        ? html` role="radiogroup" aria-required="true"`
        : ""
    }
  >
    <legend>${name}</legend>
    ${words} ${drawChoices(drawn)} ${drawRemoval(drawn)}
  </fieldset>`;
}

function hintOf(drawn: Drawn): Html | string {
  const all = hints(drawn);
  if (all.length === 0) return "";
  return html`<div class="hint" id="${drawn.id}-hint">
    ${all.map((hint) => html`<p dir="auto">${hint}</p>`)}
  </div>`;
}

function errorOf({ id, error }: Drawn): Html | string {
  if (error === undefined) return "";
  return html`<p class="error" id="${id}-error">
    <span class="hidden">Error: </span><span dir="auto">${error}</span>
  </p>`;
}

/** Removal needs its own control: an empty field of this kind may just have been left alone. */
function drawRemoval({ field, id, withheld, isRemoved }: Drawn): Html | string {
  if (withheld === null || field.required) return "";
  const words = withheld === "answer" ? "Remove the earlier answer" : "Submit no answer";
  return html`<div class="choice">
    <input
      type="checkbox"
      id="${id}-remove"
      name="${removalName(field.key)}"
      value="remove"
      ${isRemoved ? html` checked` : ""}
    /><label for="${id}-remove">${words}</label>
  </div>`;
}

/** Sensitive values are not sent back, so that no page left open shows them. */
function isUnseen(field: Field): boolean {
  return field.sensitive === true && !GROUPS.has(field.type);
}

function hints({
  field,
  texts,
  withheld,
}: Pick<Drawn, "field" | "texts" | "withheld">): (Html | string)[] {
  const { description, pattern } = field;
  const isLost = isUnseen(field) && texts.some((text) => text !== "");
  return [
    ...(description === undefined ? [] : [description]),
    ...bounds(field),
    ...(pattern === undefined ? [] : [html`Format: <code>${pattern}</code>`]),
    ...(field.sensitive === true ? ["Your answer is hidden wherever answers are shown."] : []),
    ...(withheld === null ? [] : [noteOn(field, withheld)]),
    ...(isLost ? ["Please enter it again."] : []),
  ];
}

function noteOn({ type }: Field, withheld: Withheld): string {
  const left = type === "multiselect" ? "Select nothing" : "Leave this empty";
  if (withheld === "default") {
    return type === "boolean" ? "This field has a default." : `${left} to use the default.`;
  }
  const given = "This was answered before.";
  const hasChoiceToKeep = type === "boolean" || type === "select";
  return hasChoiceToKeep ? given : `${given} ${left} to keep it.`;
}

/** The choice that changes nothing. */
function blankLabel({ field, withheld }: Drawn): string {
  if (withheld === "answer") return "Keep the earlier answer";
  if (withheld === "default") return "Use the default";
  return field.required && field.type === "select" ? "Choose one" : "No answer";
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
  const [text = ""] = isUnseen(field) ? [] : texts;
  if (field.type === "text" || (field.type === "string" && text.includes("\n"))) {
    // A single-line control would lose the line breaks of the earlier answer. // A parser drops the
    // first line break of a textarea, so there is one to drop.
    return html`<textarea${shared(drawn)} rows="6">
${text}</textarea>`;
  }
  if (field.type !== "select") {
    return html`<input${shared(drawn)}${kindOf(field, text)} value="${text}">`;
  }
  const options = field.options ?? [];
  const isKnown = options.some((option) => option.value === text);
  // A value outside the options is shown too: otherwise people would not see that they replace it.
  const stray = isKnown || text === "" ? [] : [{ value: text, label: text }];
  return html`<select${shared(drawn)}>
<option value=""${text === "" ? html` selected` : ""}>${blankLabel(drawn)}</option>
${[...options, ...stray].map(
  ({ value, label }) =>
    html`<option value="${value}" ${value === text ? html` selected` : ""}>${label}</option>`,
)}
</select>`;
}

function kindOf(field: Field, text: string): Html {
  const secret = field.sensitive === true;
  switch (field.type) {
    case "number":
      return html` type="${secret ? "password" : "text"}" inputmode="decimal" autocomplete="off"`;
    case "integer":
      return html` type="${secret ? "password" : "text"}" inputmode="numeric" autocomplete="off"`;
    case "date":
      // A date control shows nothing for a value that is not a date, and would submit it as
      // emptied.
      return /^(?:\d{4}-\d{2}-\d{2})?$/.test(text) ? html` type="date"` : html` type="text"`;
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
  return choicesOf(drawn).map(({ value, label }, index) => {
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

function choicesOf(drawn: Drawn): readonly { value: string; label: string }[] {
  const { field, withheld } = drawn;
  if (field.type !== "boolean") return field.options ?? [];
  const answers = [
    { value: "true", label: "Yes" },
    { value: "false", label: "No" },
  ];
  const isOpen = field.required && withheld === null;
  return isOpen ? answers : [...answers, { value: "", label: blankLabel(drawn) }];
}

/** The attributes that all single controls under a label share. */
function shared({ field, id, withheld, error, describedBy, isFirstWrong }: Drawn): Html {
  return html` id="${id}" name="${controlName(field.key)}"
  dir="auto"${attribute(
    "placeholder",
    field.type === "select" ? null : (field.placeholder ?? null),
  )}${attribute("aria-describedby", describedBy)}${
    field.required && withheld === null ? html` required` : ""
  }${error === undefined ? "" : html` aria-invalid="true"`}${isFirstWrong ? html` autofocus` : ""}`;
}

function attribute(name: string, value: string | null): Html | string {
  return value === null ? "" : html` ${name}="${value}"`;
}
