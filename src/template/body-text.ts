/**
 * Bodies that are text: a value is encoded for the content type that the step declares, so that it
 * stays one parameter, one JSON value, one piece of character data, regardless of what it says. Pure.
 */
import type { Failed } from "#model/result.ts";
import { type JsonObject, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { mediaKindOf } from "#model/media-type.ts";
import {
  jsonText,
  type Part,
  parseParts,
  type PlaceholderFailure,
  type PlaceholderLookup,
  placeholderText,
  placeholderValue,
  refuse,
  type RenderedText,
} from "./placeholder-parts.ts";
import { renderJson } from "./placeholders.ts";

export const FORM_TYPE = "application/x-www-form-urlencoded";

export type BodyEncoding = "form" | "json" | "markup";

/** How values are encoded in a text of this type; null: no encoding is known for it. */
export function bodyEncodingOf(contentType: string): BodyEncoding | null {
  switch (mediaKindOf(contentType)) {
    case "form":
      return "form";
    case "json":
    case "ndjson":
      return "json";
    case "xml":
    case "html":
      return "markup";
    case "text":
    case "binary":
    case null:
      return null;
  }
}

/** The literal text stays as it is written. */
export function renderBodyText(
  text: string,
  encoding: BodyEncoding,
  lookup: PlaceholderLookup,
): RenderedText {
  const parsed = parseParts(text);
  if (!parsed.ok) return parsed;
  const place: JsonPlace = { isInString: false, isEscaped: false };
  const texts: string[] = [];
  let length = 0;
  for (const part of parsed.value) {
    const rendered = renderPart(part, encoding, place, lookup);
    if (!rendered.ok) return rendered;
    length += rendered.value.length;
    if (length > LIMITS.renderedBytes) return tooLarge();
    texts.push(rendered.value);
  }
  return { ok: true, value: texts.join("") };
}

function renderPart(
  part: Part,
  encoding: BodyEncoding,
  place: JsonPlace,
  lookup: PlaceholderLookup,
): RenderedText {
  if (part.kind === "text") {
    if (encoding === "json") follow(part.text, place);
    return { ok: true, value: part.text };
  }
  if (encoding === "json") return renderInJson(part.path, place, lookup);
  const text = placeholderText(part.path, lookup);
  if (!text.ok) return text;
  return encoding === "form" ? formText(text.value) : markupText(text.value);
}

/** Where in a JSON text a placeholder stands. */
interface JsonPlace {
  isInString: boolean;
  /** Right behind a backslash. */
  isEscaped: boolean;
}

function follow(text: string, place: JsonPlace): void {
  for (const character of text) {
    if (place.isEscaped) place.isEscaped = false;
    else if (character === '"') place.isInString = !place.isInString;
    else place.isEscaped = place.isInString && character === "\\";
  }
}

function renderInJson(path: string, place: JsonPlace, lookup: PlaceholderLookup): RenderedText {
  // A backslash before it would take the first character of the value for its own.
  if (place.isEscaped)
    return refuse("A placeholder in JSON is not allowed right after a backslash.");
  if (place.isInString) {
    const text = placeholderText(path, lookup);
    return text.ok ? { ok: true, value: JSON.stringify(text.value).slice(1, -1) } : text;
  }
  const read = placeholderValue(path, lookup);
  if (!read.ok) return read;
  const text = jsonText(read.value);
  return text === null
    ? refuse(`The value of "${path}" is nested too deeply.`)
    : { ok: true, value: text };
}

function formText(text: string): RenderedText {
  return text.isWellFormed() ? { ok: true, value: encodeURIComponent(text) } : notText();
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // Written as it is, it would be read as the line break that it is part of.
  "\r": "&#13;",
};

function markupText(text: string): RenderedText {
  // oxlint-disable-next-line no-control-regex -- XML has no way to write these
  if (!text.isWellFormed() || /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)) {
    return notText();
  }
  return {
    ok: true,
    value: text.replaceAll(/[&<>"'\r]/g, (character) => ENTITIES[character] ?? ""),
  };
}

function notText(): Failed<PlaceholderFailure> {
  return refuse("A value has characters that a body of this type cannot contain.");
}

/**
 * A form: lists repeat the name, objects are JSON text, null is left out. A value that is exactly
 * one placeholder keeps its type; names are literal.
 */
export function renderForm(fields: JsonObject, lookup: PlaceholderLookup): RenderedText {
  const rendered = renderJson(fields, lookup);
  if (!rendered.ok) return rendered;
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(rendered.value ?? {})) {
    const encodedName = formText(name);
    if (!encodedName.ok) return encodedName;
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item === null) continue;
      const text = fieldText(item);
      if (!text.ok) return text;
      pairs.push(`${encodedName.value}=${text.value}`);
    }
  }
  return { ok: true, value: pairs.join("&") };
}

function fieldText(value: JsonValue): RenderedText {
  if (typeof value === "string") return formText(value);
  const text = jsonText(value);
  return text === null ? refuse("A value is nested too deeply.") : formText(text);
}

function tooLarge(): Failed<PlaceholderFailure> {
  return refuse(`The rendered text has more than ${LIMITS.renderedBytes} bytes.`);
}
