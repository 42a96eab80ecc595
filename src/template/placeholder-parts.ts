/**
 * A text with `{{path}}` placeholders in its parts, and the text of a value. Owns what counts as a
 * placeholder; how a value is written where it lands belongs to those who use the parts.
 */
import type { Failed, Result } from "#model/result.ts";
import type { JsonValue } from "#model/json.ts";
import type { TemplateNode } from "./render.ts";
import { parseTemplate } from "./template.ts";

export type PlaceholderLookup = (path: string) => JsonValue | undefined;

export interface PlaceholderFailure {
  message: string;
  /** The placeholder that has no value; absent when something else is wrong. */
  missing?: string;
}

export type RenderedText = Result<string, PlaceholderFailure>;

export type RenderedJson = Result<JsonValue, PlaceholderFailure>;

/** A text, or the path of a placeholder. */
export type Part = { kind: "text"; text: string } | { kind: "value"; path: string };

export function parseParts(text: string): Result<Part[], PlaceholderFailure> {
  // A literal is not a template: it may be longer than one, and braces may stand alone in it.
  if (!text.includes("{{")) return { ok: true, value: [{ kind: "text", text }] };
  const parsed = parseTemplate(text);
  if (!parsed.ok) {
    const { message, offset } = parsed.error;
    return refuse(`${message} (at character ${offset + 1})`);
  }
  const parts: Part[] = [];
  for (const node of parsed.value.nodes) {
    if (node.kind === "section") return refuse(sectionMessage(node));
    parts.push(node);
  }
  return { ok: true, value: parts };
}

function sectionMessage(node: Extract<TemplateNode, { kind: "section" }>): string {
  return `Only {{name}} placeholders are allowed here, no sections (at character ${node.offset + 1}).`;
}

/** The path, when the text is exactly one placeholder; else null. */
export function onlyPlaceholder([only, ...more]: readonly Part[]): string | null {
  return only?.kind === "value" && more.length === 0 ? only.path : null;
}

/** The value of a placeholder; undefined values are failures. */
export function placeholderValue(path: string, lookup: PlaceholderLookup): RenderedJson {
  const value = lookup(path);
  if (value !== undefined) return { ok: true, value };
  const message = `The placeholder {{${path}}} has no value.`;
  return { ok: false, error: { message, missing: path } };
}

/** A text as it is, everything else as JSON: null too, since an empty text is another value. */
export function placeholderText(path: string, lookup: PlaceholderLookup): RenderedText {
  const read = placeholderValue(path, lookup);
  if (!read.ok) return read;
  const text = jsonText(read.value);
  return text === null
    ? refuse(`The value of "${path}" is nested too deeply.`)
    : { ok: true, value: typeof read.value === "string" ? read.value : text };
}

/** The value as JSON; null when it nests too deeply to be written. */
export function jsonText(value: JsonValue): string | null {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

export function refuse(message: string): Failed<PlaceholderFailure> {
  return { ok: false, error: { message } };
}
