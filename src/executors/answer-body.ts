/**
 * From the bytes of an answer to a value, by the content type or as the step says. Pure.
 *
 * What cannot be read without changing it is a failure, never a text with characters in it that
 * the server did not send.
 */
import { parseExactJson } from "#model/exact-json.ts";
import type { JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { charsetOf, type MediaKind, mediaKindOf } from "#model/media-type.ts";
import type { ResponseKind } from "#model/workflow.ts";
import type { ExternalResponse } from "#security/egress.ts";
import { isWithinDepth } from "#validation/json-schema/validate.ts";

/** What was done to the value of a body so that nothing of it is lost. JSON Pointers into it. */
interface JsonNotes {
  /** Numbers that a double does not hold stand as their text; the first ones, and how many. */
  kept_as_text?: { pointers: string[]; count: number };
  /** Keys that stood more than once; the last value won. The first ones. */
  duplicate_keys?: string[];
}

export type AnswerBody =
  | { kind: "json"; value: JsonValue; notes: JsonNotes }
  | { kind: "text"; value: string }
  | { kind: "base64"; value: string }
  /** `text`: what it says, where only its JSON could not be read. */
  | { kind: "unreadable"; message: string; text?: string }
  | { kind: "too_deep"; text: string };

export function readAnswerBody(response: ExternalResponse, how: ResponseKind): AnswerBody {
  if (response.undecodable !== undefined) return undecodable(response.undecodable);
  const { body } = response;
  const type = response.headers["content-type"] ?? "";
  const target = how === "auto" ? targetOf(mediaKindOf(type), body) : how;
  if (target === "base64") return { kind: "base64", value: toBase64(body) };
  const decoded = decodeText(body, type);
  if (!decoded.ok) return { kind: "unreadable", message: decoded.message };
  if (target === "text") return { kind: "text", value: decoded.text };
  return readJson(decoded.text, how === "json" ? AS_ASKED : AS_TYPED);
}

const AS_ASKED = "The answer is not JSON, though the step reads it as JSON.";
const AS_TYPED =
  'The answer is not JSON, though its Content-Type says so; "response: text" takes it as it is.';

/** An answer without a type is text if it can be. */
function targetOf(kind: MediaKind | null, body: Uint8Array): Exclude<ResponseKind, "auto"> {
  if (kind === "json") return "json";
  if (kind === null) return decodeText(body, "").ok ? "text" : "base64";
  return kind === "binary" ? "base64" : "text";
}

function undecodable(body: NonNullable<ExternalResponse["undecodable"]>): AnswerBody {
  const encoding = `Content-Encoding ${quoted(body.encoding)}`;
  const message = body.isKnown
    ? `The body of the answer is not what its ${encoding} says, or is cut off.`
    : `The answer has the ${encoding}, which cannot be decoded; gzip and br can.`;
  return { kind: "unreadable", message };
}

function readJson(text: string, message: string): AnswerBody {
  if (text === "") return { kind: "json", value: null, notes: {} };
  const parsed = parseExactJson(text);
  if (!parsed.ok) return { kind: "unreadable", message, text };
  if (!isWithinDepth(parsed.value, LIMITS.stepOutputDepth)) return { kind: "too_deep", text };
  const { inexact, inexactCount: count, duplicates } = parsed;
  const pointers = withinBytes(inexact.map(({ pointer }) => pointer));
  return {
    kind: "json",
    value: parsed.value,
    notes: {
      ...(count === 0 ? {} : { kept_as_text: { pointers, count } }),
      ...(duplicates.length === 0 ? {} : { duplicate_keys: withinBytes(duplicates) }),
    },
  };
}

/** The first pointers: with long keys a hundred of them could be larger than the answer. */
function withinBytes(pointers: readonly string[]): string[] {
  let left: number = LIMITS.answerNoteBytes;
  const end = pointers.findIndex((pointer) => (left -= byteLength(pointer)) < 0);
  return pointers.slice(0, end === -1 ? pointers.length : end);
}

type Decoded = { ok: true; text: string } | { ok: false; message: string };

/** By the charset that is declared, by a byte order mark, by the first line of XML, else UTF-8. */
function decodeText(bytes: Uint8Array, contentType: string): Decoded {
  const charset = charsetOf(contentType) ?? markedCharset(bytes) ?? xmlCharset(bytes, contentType);
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset ?? "utf-8", { fatal: true, ignoreBOM: false });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, message: `The answer's charset ${quoted(charset ?? "")} is not known.` };
  }
  try {
    return { ok: true, text: decoder.decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const declared = charset === null ? "UTF-8, which holds where no charset is named" : charset;
    return { ok: false, message: `The answer is not valid ${shown(declared)}.` };
  }
}

function markedCharset([first, second]: Uint8Array): string | null {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : null;
}

/** Longest `<?xml … encoding="…"?>` that is looked at. */
const XML_DECLARATION_BYTES = 200;

function xmlCharset(bytes: Uint8Array, contentType: string): string | null {
  if (mediaKindOf(contentType) !== "xml") return null;
  const start = String.fromCharCode(...bytes.subarray(0, XML_DECLARATION_BYTES));
  return /^(?:ï»¿)?<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1] ?? null;
}

/** Words of a server that stand in a message. */
function quoted(text: string): string {
  return `"${shown(text)}"`;
}

function shown(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]/g, "?").slice(0, 60);
}

const CHUNK = 0x8000;

function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  }
  return btoa(parts.join(""));
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
