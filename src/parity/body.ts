/**
 * How values are written into the text of a body: by its content type. Written a second time, from
 * the contract: forms are percent-encoded, JSON is JSON inside and outside of quotes, XML and HTML
 * have entities.
 */
import type { JsonObject, JsonValue } from "#model/json.ts";

/** A literal text, or a value and its text. */
export type Piece =
  | { isValue: false; text: string }
  | { isValue: true; text: string; value: JsonValue };

export interface Written {
  text: string;
  type: string;
}

export type WrittenText = { kind: "text"; text: string } | { kind: "impossible" };

const IMPOSSIBLE: WrittenText = { kind: "impossible" };

/** untyped: values stand in such a text as they are. impossible: one of them cannot. */
export function writtenBody(
  pieces: readonly Piece[],
  contentType: string,
): WrittenText | { kind: "untyped" } {
  const type = (contentType.split(";")[0] ?? "").trim();
  if (/^application\/x-www-form-urlencoded$/i.test(type)) return joined(pieces, percentEncoded);
  if (/^[^/\s]+\/([^/\s]+\+)?(json|xml)$/i.test(type) || /^text\/html$/i.test(type)) {
    return /json$/i.test(type) ? jsonText(pieces) : joined(pieces, withEntities);
  }
  return /^application\/(x-)?(ndjson|jsonl|jsonlines|json-seq)$/i.test(type)
    ? jsonText(pieces)
    : { kind: "untyped" };
}

function joined(pieces: readonly Piece[], write: (text: string) => string | null): WrittenText {
  let text = "";
  for (const piece of pieces) {
    const written = piece.isValue ? write(piece.text) : piece.text;
    if (written === null) return IMPOSSIBLE;
    text += written;
  }
  return { kind: "text", text };
}

function percentEncoded(text: string): string | null {
  return text.isWellFormed() ? encodeURIComponent(text) : null;
}

function withEntities(text: string): string | null {
  // oxlint-disable-next-line no-control-regex -- these have no entity
  if (!text.isWellFormed() || /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)) return null;
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replaceAll("\r", "&#13;");
}

/** A quote that no backslash belongs to opens or closes a string. */
function jsonText(pieces: readonly Piece[]): WrittenText {
  let text = "";
  let literal = "";
  for (const piece of pieces) {
    if (!piece.isValue) {
      literal += piece.text;
      text += piece.text;
      continue;
    }
    const unquoted = literal.replaceAll(/"(?:[^"\\]|\\[^])*"/g, "");
    const isInside = unquoted.includes('"');
    if (isInside && /(?<!\\)(?:\\\\)*\\$/.test(literal)) return IMPOSSIBLE;
    text += isInside ? JSON.stringify(piece.text).slice(1, -1) : JSON.stringify(piece.value);
  }
  return { kind: "text", text };
}

/** Lists repeat the name, null is left out; null for what no form can hold. */
export function formBody(fields: JsonObject): Written | null {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const items: JsonValue[] = Array.isArray(value) ? value : [value];
    for (const item of items.filter((one) => one !== null)) {
      const text = typeof item === "string" ? item : JSON.stringify(item);
      if (!name.isWellFormed() || !text.isWellFormed()) return null;
      pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(text)}`);
    }
  }
  return { text: pairs.join("&"), type: "application/x-www-form-urlencoded" };
}
