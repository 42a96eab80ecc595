/** What an API answered, read a second time: by its content type, or as the step says. */
import { parseExactJson } from "#model/exact-json.ts";
import type { FailedAnswer } from "#model/failure.ts";
import { type JsonObject, jsonByteLength } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import type { ResponseKind } from "#model/workflow.ts";
import type { HttpAnswer } from "./reference.ts";

export type Response = Extract<HttpAnswer, { kind: "response" }>;

/** `body`, and what there is to say of it; null: it cannot be read. */
export function readBody(
  { headers, body: text }: Response,
  response: ResponseKind = "auto",
): JsonObject | null {
  const how = response === "auto" ? usualFor(headers["content-type"] ?? "") : response;
  if (how === "text") return { body: text };
  if (how === "base64") return { body: base64(text), encoding: "base64" };
  if (text === "") return { body: null };
  const read = parseExactJson(text);
  if (!read.ok) return null;
  const { value, inexact, inexactCount: count, duplicates } = read;
  const pointers = inexact.map(({ pointer }) => pointer);
  return {
    body: value,
    ...(count > 0 ? { kept_as_text: { pointers, count } } : {}),
    ...(duplicates.length > 0 ? { duplicate_keys: duplicates } : {}),
  };
}

const TEXTS =
  /^(text\/.+|.+\/(.+\+)?(xml|yaml)|application\/(x-www-form-urlencoded|(x-)?(javascript|yaml|ndjson|jsonl|jsonlines)|ecmascript|graphql|sql|toml|json-seq))$/;

function usualFor(contentType: string): "json" | "text" | "base64" {
  const type = (contentType.split(";")[0] ?? "").trim().toLowerCase();
  if (/^[^/\s]+\/([^/\s]+\+)?json$/.test(type)) return "json";
  const isNone = !/^[^/\s,]+\/[^/\s,]+$/.test(type);
  return isNone || TEXTS.test(type) ? "text" : "base64";
}

function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** What is kept of an answer that made a step fail. */
export function keptOf(answer: Response, response?: ResponseKind): FailedAnswer {
  const { status, headers, body: text } = answer;
  const kept = { http_status: status, headers: { ...headers } };
  const read = answer.read ?? readBody(answer, response) ?? { body: text };
  const { body = null } = read;
  const isWhole = jsonByteLength(body) <= LIMITS.failedAnswerBytes || answer.read !== undefined;
  if (isWhole) return { ...kept, ...read };
  const whole = typeof body === "string" ? body : JSON.stringify(body);
  return {
    ...kept,
    body: `${whole.slice(0, LIMITS.failedAnswerBytes - 1)}…`,
    body_truncated: true,
  };
}
