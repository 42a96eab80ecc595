/**
 * Reads the JSON out of what a model said. Owns the tolerance: bare JSON, or JSON in a fenced
 * block, with or without words around the fence. Whether the value is right is not its business.
 */
import type { JsonValue } from "../model/json.ts";

export type ParsedAnswer = { ok: true; value: JsonValue } | { ok: false };

const FENCE = "```";

export function parseAnswer(text: string): ParsedAnswer {
  const bare = parseJson(text);
  if (bare.ok) return bare;
  const open = text.indexOf(FENCE);
  const start = open === -1 ? -1 : text.indexOf("\n", open);
  const end = text.lastIndexOf(FENCE);
  return start === -1 || end <= start ? bare : parseJson(text.slice(start, end));
}

function parseJson(text: string): ParsedAnswer {
  try {
    return { ok: true, value: readJson(text, finite) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return { ok: false };
    throw error;
  }
}

/** `JSON.parse` with the type of what it gives. */
const readJson: (text: string, revive: typeof finite) => JsonValue = JSON.parse;

/** 1e999 is read as Infinity, which would be stored as null: it is null from the start. */
function finite(_key: string, value: JsonValue): JsonValue {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}
