/**
 * What is kept of an answer that made an api_call fail, and its message in one sentence. Pure.
 * Everything is masked before it is cut: half of a secret is no longer known as one.
 */
import type { FailedAnswer } from "#model/failure.ts";
import { type JsonObject, jsonByteLength, type JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { mediaKindOf } from "#model/media-type.ts";
import type { ResponseKind } from "#model/workflow.ts";
import type { ExternalResponse } from "#security/egress.ts";
import { maskJson } from "#security/masking/json-mask.ts";
import type { TextMask } from "#security/masking/text-mask.ts";
import { type AnswerBody, readAnswerBody } from "./answer-body.ts";
import type { AnswerMask } from "./executor.ts";

export interface Hidden {
  /** The values of the secrets that the call carried. */
  secrets: TextMask;
  /** What people gave and marked as sensitive. */
  mask: AnswerMask;
}

export function keepFailedAnswer(
  response: ExternalResponse,
  how: ResponseKind,
  hidden: Hidden,
): FailedAnswer {
  return {
    http_status: response.status,
    headers: keepHeaders(response, hidden),
    ...keepBody(readAnswerBody(response, how), hidden),
  };
}

/** `The server answered 422: order already refunded.` */
export function sentenceOn(
  response: ExternalResponse,
  how: ResponseKind,
  { secrets, mask }: Hidden,
): string {
  const { status, sentTo } = response;
  if (sentTo !== undefined) {
    const place = cut(mask.text(secrets.text(sentTo)), LIMITS.serverWordsLength);
    return `The server answered ${status} and sent the call to ${place}, where it was not made.`;
  }
  const read = readAnswerBody(response, how);
  const said =
    read.kind === "json"
      ? wordsIn(mask.output(maskJson(read.value, secrets)))
      : wordsOfText(mask.text(secrets.text(textOf(read))), response);
  const words = cut(said.replaceAll(/[\s\p{Cc}]+/gu, " ").trim(), LIMITS.serverWordsLength);
  const end = /[.!?…]$/.test(words) ? "" : ".";
  return words === ""
    ? `The server answered ${status}.`
    : `The server answered ${status}: ${words}${end}`;
}

function keepHeaders({ status, headers, sentTo }: ExternalResponse, hidden: Hidden): JsonObject {
  const kept: JsonObject = {};
  let left: number = LIMITS.failedAnswerBytes;
  for (const [name, sent] of Object.entries(headers)) {
    const isTarget = name === "location" && status >= 300 && status < 400;
    const value = hidden.secrets.text(isTarget ? placeOf(sentTo ?? sent) : sent);
    left -= name.length + value.length;
    if (left < 0) break;
    kept[name] = value;
  }
  return kept;
}

/** The query of a redirect is where one-time keys travel. */
function placeOf(location: string): string {
  const [place = ""] = location.split(/[?#]/, 1);
  return place.replace(/\/\/[^/]*@/, "//");
}

type KeptBody = Pick<FailedAnswer, "body" | "encoding" | "body_truncated">;

function keepBody(read: AnswerBody, { secrets, mask }: Hidden): KeptBody {
  if (read.kind === "json") {
    const body = maskJson(read.value, secrets);
    if (jsonByteLength(body) <= LIMITS.failedAnswerBytes) return { body };
    return beginningOf(JSON.stringify(mask.output(body)));
  }
  if (read.kind === "base64") {
    const fits = read.value.length <= LIMITS.failedAnswerBytes;
    return fits ? { body: secrets.text(read.value), encoding: "base64" } : {};
  }
  if (read.kind === "unreadable" && read.text === undefined) return {};
  const text = secrets.text(textOf(read));
  return jsonByteLength(text) <= LIMITS.failedAnswerBytes
    ? { body: text }
    : beginningOf(mask.text(text));
}

/** As much of a text as is kept, with a sign that there was more. */
function beginningOf(text: string): KeptBody {
  const room = LIMITS.failedAnswerBytes - jsonByteLength("…");
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += jsonByteLength(character) - 2;
    if (bytes > room) break;
    end += character.length;
  }
  return { body: `${text.slice(0, end)}…`, body_truncated: true };
}

function textOf(read: AnswerBody): string {
  if (read.kind === "text") return read.value;
  return read.kind === "unreadable" || read.kind === "too_deep" ? (read.text ?? "") : "";
}

/** Where servers say what was wrong, the most telling first. */
const TELLING = [
  "error_description",
  "message",
  "detail",
  "details",
  "error",
  "errors",
  "msg",
  "reason",
  "title",
  "description",
] as const;
const TELLING_DEPTH = 4;

function wordsIn(body: JsonValue): string {
  const told = toldBy(body, TELLING_DEPTH);
  if (told !== null) return told;
  return body === null ? "" : JSON.stringify(body);
}

function toldBy(value: JsonValue, depth: number): string | null {
  if (typeof value === "string") return value.trim() === "" ? null : value;
  if (depth === 0 || typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) return toldBy(value[0] ?? null, depth - 1);
  for (const name of TELLING) {
    const told = Object.hasOwn(value, name) ? toldBy(value[name] ?? null, depth - 1) : null;
    if (told !== null) return told;
  }
  return null;
}

/** Of a page only its title: the rest is for browsers. */
function wordsOfText(text: string, { headers }: ExternalResponse): string {
  const start = text.slice(0, LIMITS.failedAnswerBytes);
  if (/^\s*</.test(start) || mediaKindOf(headers["content-type"] ?? "") === "html") {
    return /<title[^<>]*>([^<]*)</i.exec(start)?.[1] ?? "";
  }
  return start;
}

function cut(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : text;
}
