/**
 * What an api_call sends: `{{path}}` in URL, headers and body, each value encoded for its place.
 * Failures are values: a name without one, or a value that would leave its place.
 */
import { isJsonObject, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { ApiCallStep } from "#model/workflow.ts";
import { formBody, type Piece, type Written, writtenBody } from "./body.ts";
import { readTemplate } from "./template.ts";

export type Filled<T> =
  | { ok: true; value: T }
  | { ok: false; code: "template_error" | "secret_missing"; message: string };

type Find = (path: string) => JsonValue | undefined;

export interface Request {
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** The request of a call, but for the headers that are the same for every step. */
export function fillIn(config: ApiCallStep["config"], find: Find): Filled<Request> {
  const url = fillUrl(config.url, find);
  if (!url.ok) return url;
  const headers: Record<string, string> = {};
  for (const [name, written] of Object.entries(config.headers ?? {})) {
    const value = fillHeader(written, find);
    if (!value.ok) return value;
    headers[name.toLowerCase()] = value.value;
  }
  const { method, body, body_form: form } = config;
  if (body === undefined && form === undefined) {
    return { ok: true, value: { url: url.value, headers } };
  }
  if (["GET", "HEAD", "OPTIONS"].includes(method)) return wrong(`A ${method} has no body.`);
  const filled = fillBody(config, headers["content-type"] ?? "", find);
  if (!filled.ok) return filled;
  const { text, type } = filled.value;
  if (new TextEncoder().encode(text).byteLength > LIMITS.renderedBytes) return wrong("Too large.");
  return {
    ok: true,
    value: { url: url.value, headers: { "content-type": type, ...headers }, body: text },
  };
}

/** A form, a text in which each value is written for its type, or JSON. */
function fillBody(
  { body = null, body_form: form }: ApiCallStep["config"],
  declared: string,
  find: Find,
): Filled<Written> {
  if (form !== undefined) {
    const filled = fillJson(form, find);
    if (!filled.ok) return filled;
    const text = formBody(isJsonObject(filled.value) ? filled.value : {});
    return text === null ? wrong("A value cannot stand in a form.") : { ok: true, value: text };
  }
  if (typeof body === "string") {
    const pieces = piecesOf(body, find);
    if (!pieces.ok) return pieces;
    const text = writtenBody(pieces.value, declared);
    if (text.kind === "impossible") return wrong("A value cannot stand in this body.");
    if (text.kind === "text") return { ok: true, value: { text: text.text, type: declared } };
  }
  const filled = fillJson(body, find);
  if (!filled.ok) return filled;
  const { value } = filled;
  return {
    ok: true,
    value:
      typeof value === "string"
        ? { text: value, type: "text/plain;charset=UTF-8" }
        : { text: JSON.stringify(value), type: "application/json" },
  };
}

/** Literal pieces and the texts of values, in order. */
function piecesOf(written: string, find: Find): Filled<Piece[]> {
  if (!written.includes("{{")) return { ok: true, value: [{ text: written, isValue: false }] };
  const parts = readTemplate(written);
  if (parts === null) return wrong("The placeholders cannot be read.");
  const pieces: Piece[] = [];
  for (const part of parts) {
    if (part.kind === "section") return wrong("A section cannot stand here.");
    if (part.kind === "text") {
      pieces.push({ text: part.text, isValue: false });
      continue;
    }
    const value = find(part.path);
    if (value === undefined) return missing(part.path);
    const text = typeof value === "string" ? value : JSON.stringify(value);
    pieces.push({ text, isValue: true, value });
  }
  return { ok: true, value: pieces };
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\{}\s]+/i;

function fillUrl(written: string, find: Find): Filled<string> {
  const origin = ORIGIN.exec(written)?.[0];
  const isLong = written.length > LIMITS.urlLength;
  // A value has no place in a fragment.
  const isWrong = written.includes("\\") || /#[^]*\{\{/.test(written);
  if (origin === undefined || isLong || isWrong) return wrong("The URL is wrong.");
  const rest = written.slice(origin.length);
  if (readsSecret(rest)) return wrong("A secret has no place in a URL.");
  const pieces = piecesOf(rest, find);
  if (!pieces.ok) return pieces;
  const encoded = pieces.value.map(({ text, isValue }) => ({
    isValue,
    text: isValue ? encodeURIComponent(text.toWellFormed()) : text,
  }));
  if (leavesItsSegment(encoded)) return wrong("A value would change the path.");
  const url = origin + encoded.map(({ text }) => text).join("");
  return url.length > LIMITS.urlLength ? wrong("The URL is too long.") : { ok: true, value: url };
}

/** By the paths that are read, however the braces around them are filled. */
function readsSecret(written: string): boolean {
  const parts = written.includes("{{") ? (readTemplate(written) ?? []) : [];
  return parts.some((part) => part.kind === "value" && /^secrets(?:\.|$)/.test(part.path));
}

/** A value may not make its segment of the path empty, `.` or `..`. */
function leavesItsSegment(pieces: readonly { text: string; isValue: boolean }[]): boolean {
  const MARK = "\u0000";
  const marked = pieces.map(({ text, isValue }) => (isValue ? MARK + text : text)).join("");
  const [path = ""] = marked.split(/[?#]/);
  return path
    .split("/")
    .filter((segment) => segment.includes(MARK))
    .some((segment) => /^(?:\.|%2e){0,2}$/i.test(segment.replaceAll(MARK, "")));
}

function fillHeader(written: string, find: Find): Filled<string> {
  const pieces = piecesOf(written, find);
  if (!pieces.ok) return pieces;
  const text = pieces.value.map((piece) => piece.text).join("");
  const fits = text.length <= LIMITS.headerValueLength && /^[\t\u0020-\u007e]*$/.test(text);
  return fits ? { ok: true, value: text } : wrong("The header is not one line of ASCII.");
}

/** A leaf that is exactly one placeholder keeps the type of its value. */
function fillJson(written: JsonValue, find: Find): Filled<JsonValue> {
  if (typeof written === "string") return fillLeaf(written, find);
  if (Array.isArray(written)) {
    const items: JsonValue[] = [];
    for (const item of written) {
      const filled = fillJson(item, find);
      if (!filled.ok) return filled;
      items.push(filled.value);
    }
    return { ok: true, value: items };
  }
  if (!isJsonObject(written)) return { ok: true, value: written };
  const entries: [string, JsonValue][] = [];
  for (const [key, item] of Object.entries(written)) {
    const filled = fillJson(item, find);
    if (!filled.ok) return filled;
    entries.push([key, filled.value]);
  }
  return { ok: true, value: Object.fromEntries(entries) };
}

function fillLeaf(written: string, find: Find): Filled<JsonValue> {
  const [only, ...more] = written.includes("{{") ? (readTemplate(written) ?? []) : [];
  if (only?.kind === "value" && more.length === 0) {
    const value = find(only.path);
    return value === undefined ? missing(only.path) : { ok: true, value };
  }
  const pieces = piecesOf(written, find);
  if (!pieces.ok) return pieces;
  return { ok: true, value: pieces.value.map(({ text }) => text).join("") };
}

function missing(path: string): {
  ok: false;
  code: "template_error" | "secret_missing";
  message: string;
} {
  const secret = /^secrets\.([^.]+)$/.exec(path)?.[1];
  return secret === undefined
    ? wrong(`The placeholder {{${path}}} has no value.`)
    : { ok: false, code: "secret_missing", message: `No secret named ${secret}.` };
}

function wrong(message: string): { ok: false; code: "template_error"; message: string } {
  return { ok: false, code: "template_error", message };
}
