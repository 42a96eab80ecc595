/**
 * A text with `{{path}}` placeholders in its parts, and the text of a value. Owns what counts as a
 * placeholder; how a value is written where it lands belongs to those who use the parts.
 */
import type { JsonValue } from "#model/json.ts";
import type { TemplateNode } from "./render.ts";
import { parseTemplate } from "./template.ts";

export type PlaceholderLookup = (path: string) => JsonValue | undefined;

export interface PlaceholderFailure {
  ok: false;
  message: string;
  /** The placeholder that has no value; absent when something else is wrong. */
  missing?: string;
}

export type RenderedText = { ok: true; text: string } | PlaceholderFailure;

/** A text, or the path of a placeholder. */
export type Part = { kind: "text"; text: string } | { kind: "value"; path: string };
type Parts = { ok: true; parts: Part[] } | PlaceholderFailure;

export function parseParts(text: string): Parts {
  // A literal is not a template: it may be longer than one, and braces may stand alone in it.
  if (!text.includes("{{")) return { ok: true, parts: [{ kind: "text", text }] };
  const parsed = parseTemplate(text);
  if (!parsed.ok) return refuse(`${parsed.message} (at character ${parsed.offset + 1})`);
  const parts: Part[] = [];
  for (const node of parsed.template.nodes) {
    if (node.kind === "section") return refuse(sectionMessage(node));
    parts.push(node);
  }
  return { ok: true, parts };
}

function sectionMessage(node: Extract<TemplateNode, { kind: "section" }>): string {
  return `Only {{name}} placeholders are allowed here, no sections (at character ${node.offset + 1}).`;
}

/** The path, when the text is exactly one placeholder; else null. */
export function onlyPlaceholder([only, ...more]: readonly Part[]): string | null {
  return only?.kind === "value" && more.length === 0 ? only.path : null;
}

/** The value of a placeholder; undefined values are failures. */
export function placeholderValue(
  path: string,
  lookup: PlaceholderLookup,
): { ok: true; value: JsonValue } | PlaceholderFailure {
  const value = lookup(path);
  return value === undefined
    ? { ok: false, missing: path, message: `The placeholder {{${path}}} has no value.` }
    : { ok: true, value };
}

/** A text as it is, everything else as JSON: null too, since an empty text is another value. */
export function placeholderText(path: string, lookup: PlaceholderLookup): RenderedText {
  const read = placeholderValue(path, lookup);
  if (!read.ok) return read;
  const text = jsonText(read.value);
  return text === null
    ? refuse(`The value of "${path}" is nested too deeply.`)
    : { ok: true, text: typeof read.value === "string" ? read.value : text };
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

export function refuse(message: string): { ok: false; message: string } {
  return { ok: false, message };
}
