/**
 * Placeholders of an api_call: `{{path}}` in its URL, headers and body. Owns what a value must
 * look like where it lands; does not own which hosts may be called, nor where values come from.
 *
 * 1. Scheme, host and port are literal: no value ever decides where a call goes.
 * 2. A value stays inside its place: one path segment, one query value, one line, one JSON leaf.
 * 3. A name without a value is a failure, never an empty text.
 * 4. No sections: a call that varies in shape is two steps.
 */
import type { Failed, Result } from "#model/result.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import {
  jsonText,
  onlyPlaceholder,
  type Part,
  parseParts,
  type PlaceholderFailure,
  type PlaceholderLookup,
  placeholderText,
  placeholderValue,
  refuse,
  type RenderedJson,
  type RenderedText,
} from "./placeholder-parts.ts";

const ENCODER = new TextEncoder();

/**
 * Whether a URL may be used as a template. `sample` is the URL with every placeholder replaced by
 * a harmless value, for checks of its host.
 */
export function checkUrlTemplate(url: string): Result<string, PlaceholderFailure> {
  const split = splitUrl(url);
  if (!split.ok) return split;
  const sample = split.value.origin + split.value.parts.map((part) => sampleOf(part)).join("");
  return URL.canParse(sample) ? { ok: true, value: sample } : refuse("The URL is not valid.");
}

/**
 * The URL with every value encoded: in the path as one segment, in the query as a value. Fails
 * when a value would leave its segment (empty, `.` or `..`).
 */
export function renderUrl(url: string, lookup: PlaceholderLookup): RenderedText {
  const split = splitUrl(url);
  if (!split.ok) return split;
  const rendered: { text: string; isValue: boolean }[] = [];
  for (const part of split.value.parts) {
    const text = partText(part, lookup);
    if (!text.ok) return text;
    const isValue = part.kind === "value";
    rendered.push({ isValue, text: isValue ? encodePart(text.value) : text.value });
  }
  const problem = checkSegments(rendered);
  if (problem !== null) return problem;
  const text = split.value.origin + rendered.map((part) => part.text).join("");
  if (text.length > LIMITS.urlLength) {
    return refuse(`The rendered URL has more than ${LIMITS.urlLength} characters.`);
  }
  return { ok: true, value: text };
}

/**
 * A header value on one line, ASCII only. Other characters are refused instead of encoded: how
 * they reach the wire differs between runtimes, and no encoding is agreed upon for all headers.
 */
export function renderHeader(value: string, lookup: PlaceholderLookup): RenderedText {
  const rendered = renderText(value, lookup);
  if (!rendered.ok) return rendered;
  if (rendered.value.length > LIMITS.headerValueLength) {
    return refuse(`A header value has more than ${LIMITS.headerValueLength} characters.`);
  }
  return /^[\t\u0020-\u007e]*$/.test(rendered.value)
    ? rendered
    : refuse("A header value has line breaks, control characters or characters outside ASCII.");
}

/**
 * A body with its placeholders filled in. A text that is exactly one placeholder becomes its
 * value, type kept; within longer text the value's text stands. Keys are literal.
 */
export function renderJson(body: JsonValue, lookup: PlaceholderLookup): RenderedJson {
  return renderBelow(body, 0, { lookup, bytesLeft: LIMITS.renderedBytes });
}

/** One text of a JSON body; see `renderJson`. */
export function renderJsonLeaf(leaf: string, lookup: PlaceholderLookup): RenderedJson {
  const parsed = parseParts(leaf);
  if (!parsed.ok) return parsed;
  const only = onlyPlaceholder(parsed.value);
  if (only !== null) return placeholderValue(only, lookup);
  return joinParts(parsed.value, lookup);
}

/** The paths of the placeholders in a text, or what is wrong with it. For checks at save. */
export function placeholderPaths(text: string): Result<string[], PlaceholderFailure> {
  const parsed = parseParts(text);
  if (!parsed.ok) return parsed;
  const paths = parsed.value.flatMap((part) => (part.kind === "value" ? [part.path] : []));
  return { ok: true, value: paths };
}

interface JsonRendering {
  readonly lookup: PlaceholderLookup;
  /** For what is filled in; literal text is bounded by the size of a workflow. */
  bytesLeft: number;
}

function renderBelow(value: JsonValue, depth: number, rendering: JsonRendering): RenderedJson {
  if (depth > LIMITS.bodyDepth) {
    return refuse(`The body is nested deeper than ${LIMITS.bodyDepth} levels.`);
  }
  if (typeof value === "string") return renderCounted(value, rendering);
  if (typeof value !== "object" || value === null) return { ok: true, value };
  if (Array.isArray(value)) {
    const items: JsonValue[] = [];
    for (const item of value) {
      const rendered = renderBelow(item, depth + 1, rendering);
      if (!rendered.ok) return rendered;
      items.push(rendered.value);
    }
    return { ok: true, value: items };
  }
  const entries: [string, JsonValue][] = [];
  for (const [key, item] of Object.entries(value)) {
    const rendered = renderBelow(item, depth + 1, rendering);
    if (!rendered.ok) return rendered;
    entries.push([key, rendered.value]);
  }
  const object: JsonObject = Object.fromEntries(entries);
  return { ok: true, value: object };
}

/** Counts what is filled in, so that one large value in many leaves ends early. */
function renderCounted(leaf: string, rendering: JsonRendering): RenderedJson {
  const rendered = renderJsonLeaf(leaf, rendering.lookup);
  if (!rendered.ok || !leaf.includes("{{")) return rendered;
  const { value } = rendered;
  const text = typeof value === "string" ? value : jsonText(value);
  if (text === null) return refuse("A value is nested too deeply.");
  rendering.bytesLeft -= ENCODER.encode(text).byteLength;
  return rendering.bytesLeft < 0 ? tooLarge() : rendered;
}

function renderText(text: string, lookup: PlaceholderLookup): RenderedText {
  const parsed = parseParts(text);
  return parsed.ok ? joinParts(parsed.value, lookup) : parsed;
}

function joinParts(parts: readonly Part[], lookup: PlaceholderLookup): RenderedText {
  const texts: string[] = [];
  let length = 0;
  for (const part of parts) {
    const text = partText(part, lookup);
    if (!text.ok) return text;
    length += text.value.length;
    if (length > LIMITS.renderedBytes) return tooLarge();
    texts.push(text.value);
  }
  return { ok: true, value: texts.join("") };
}

function partText(part: Part, lookup: PlaceholderLookup): RenderedText {
  return part.kind === "text" ? { ok: true, value: part.text } : placeholderText(part.path, lookup);
}

/** The part of a URL before its path, which has no placeholders, and the rest. */
function splitUrl(url: string): Result<{ origin: string; parts: Part[] }, PlaceholderFailure> {
  if (url.length > LIMITS.urlLength) {
    return refuse(`The URL has more than ${LIMITS.urlLength} characters.`);
  }
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\{}\s]+(?=[/?#]|$)/i.exec(url)?.[0];
  if (origin === undefined) {
    return refuse(
      "The URL must be absolute; placeholders are allowed only after the host, in the path or query.",
    );
  }
  // The URL class reads it as a slash, which would open a segment unseen.
  if (url.includes("\\")) return refuse("The URL contains a backslash.");
  const parsed = parseParts(url.slice(origin.length));
  if (!parsed.ok) return parsed;
  let inFragment = false;
  for (const part of parsed.value) {
    if (part.kind === "value" && inFragment) {
      return refuse("A placeholder is not allowed in the fragment of a URL.");
    }
    if (part.kind === "value" && /^secrets(?:\.|$)/.test(part.path)) {
      return refuse("A secret is not allowed in a URL; put it into a header or the body.");
    }
    inFragment ||= part.kind === "text" && part.text.includes("#");
  }
  return { ok: true, value: { origin, parts: parsed.value } };
}

function sampleOf(part: Part): string {
  return part.kind === "text" ? part.text : "x";
}

function encodePart(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** A segment that a value turned into nothing, `.` or `..` would make the path another one. */
function checkSegments(
  parts: readonly { text: string; isValue: boolean }[],
): Failed<PlaceholderFailure> | null {
  let segment = "";
  let hasValue = false;
  for (const part of [...parts, { text: "?", isValue: false }]) {
    if (part.isValue) {
      segment += part.text;
      hasValue = true;
      continue;
    }
    for (const piece of part.text.split(/([/?#])/)) {
      if (!/^[/?#]$/.test(piece)) {
        segment += piece;
        continue;
      }
      if (hasValue && /^(?:\.|%2e){0,2}$/i.test(segment)) {
        return refuse('A value would make a segment of the path empty, "." or "..".');
      }
      if (piece !== "/") return null;
      segment = "";
      hasValue = false;
    }
  }
  return null;
}

function tooLarge(): Failed<PlaceholderFailure> {
  return refuse(`The rendered text has more than ${LIMITS.renderedBytes} bytes.`);
}
