/**
 * What a server says of an error, found in any of the shapes that servers of this protocol use:
 * an `error` that is an object or a text (OpenAI, Azure, Ollama, TGI), `message` at the top (vLLM,
 * Mistral), `detail` as text or as a list (FastAPI), a list around all of it (Gemini), what the
 * server behind a gateway said (`metadata.raw`, OpenRouter), JSON inside of a message, plain text,
 * the title of a page. Judges nothing, and masks nothing: its texts are not to be shown as they are.
 */
import { parseExactJson } from "#model/exact-json.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";

export interface Said {
  /** "" when nothing was said. */
  message: string;
  /** The HTTP status that the error names, for one that came with another or none. */
  status: number | null;
  /** Codes, types and reasons, in lower case. */
  codes: readonly string[];
  /** The answer that the server itself refused (Groq). */
  failedGeneration: string | null;
  /** How long to wait, where the text says so and no header does (Gemini). */
  retryAfterMs: number | null;
}

/** Objects inside each other, and JSON inside of texts: deeper is not looked for. */
const DEPTH = 6;
/** Entries of one list. */
const ENTRIES = 3;

const MESSAGES = [
  "error",
  "errors",
  "error_description",
  "detail",
  "message",
  "error_message",
  "errormessage",
  "status_msg",
  "faultstring",
  "msg",
  "fault",
  "base_resp",
  "reason",
  "title",
] as const;
const STATUSES = ["code", "status", "status_code", "statuscode", "http_status", "error_code"];
const CODES = [...STATUSES, "type", "error_type", "errortype", "reason", "__type"];

/** In the body of an answer. */
export function saidIn(text: string): Said {
  const read = parseExactJson(text.replace(/^\ufeff/, ""));
  return saidInValue(read.ok ? read.value : plain(text));
}

/** In an error that was found. */
export function saidInValue(value: JsonValue): Said {
  const said: Gathered = { status: null, codes: [], failedGeneration: null, retryAfterMs: null };
  const message = messageIn(value, said, DEPTH).trim();
  return { ...said, codes: said.codes.map((code) => code.toLowerCase()), message };
}

interface Gathered {
  status: number | null;
  codes: string[];
  failedGeneration: string | null;
  retryAfterMs: number | null;
}

function messageIn(value: JsonValue, said: Gathered, depth: number): string {
  if (depth === 0) return "";
  if (typeof value === "string") return insideOf(value, said, depth);
  if (Array.isArray(value)) {
    const all = value.slice(0, ENTRIES).map((item) => messageIn(item, said, depth - 1));
    return all.filter((message) => message !== "").join("; ");
  }
  return isJsonObject(value) ? messageOf(value, said, depth) : "";
}

/** A text that is JSON again holds the words of a server further behind. */
function insideOf(text: string, said: Gathered, depth: number): string {
  const read = /^\s*[[{]/.test(text) ? parseExactJson(text) : null;
  if (!read?.ok) return text;
  const inner = messageIn(read.value, said, depth - 1);
  return inner === "" ? text : inner;
}

function messageOf(object: JsonObject, said: Gathered, depth: number): string {
  // Some servers begin their keys with a capital.
  const entries = new Map(Object.entries(object).map(([key, value]) => [key.toLowerCase(), value]));
  gather(entries, said);
  const found = new Map(
    MESSAGES.flatMap((key) => {
      const value = entries.get(key);
      const message = value === undefined ? "" : messageIn(value, said, depth - 1);
      return message === "" ? [] : [[key, message] as const];
    }),
  );
  // Beside a message, a text called `error` is the name of a status.
  if (typeof entries.get("error") === "string" && found.size > 1) found.delete("error");
  const [message = ""] = found.values();
  const place = placeOf(entries.get("loc"));
  const behind = behindGateway(entries.get("metadata"), said, depth);
  return [place, message, behind].filter((part) => part !== "").join(": ");
}

function gather(entries: ReadonlyMap<string, JsonValue>, said: Gathered): void {
  for (const key of CODES) {
    const value = entries.get(key);
    if (typeof value === "string" && value.length <= 100) said.codes.push(value);
  }
  for (const key of STATUSES) {
    const status = Number(entries.get(key));
    if (status >= 400 && status < 600) said.status ??= status;
  }
  const failed = entries.get("failed_generation");
  if (failed !== undefined) {
    said.failedGeneration = typeof failed === "string" ? failed : JSON.stringify(failed);
  }
  const inner = entries.get("innererror");
  if (isJsonObject(inner)) gather(new Map(Object.entries(inner ?? {})), said);
  const details = entries.get("details");
  for (const detail of Array.isArray(details) ? details.slice(0, 10) : []) {
    if (!isJsonObject(detail)) continue;
    const { reason, retryDelay } = detail;
    if (typeof reason === "string") said.codes.push(reason);
    const delay = typeof retryDelay === "string" ? retryDelay : "";
    const seconds = /^(\d{1,6}(?:\.\d{1,9})?)s$/.exec(delay)?.[1];
    if (seconds !== undefined) said.retryAfterMs = Math.ceil(Number(seconds) * 1000);
  }
}

/** FastAPI: where in the request the mistake is. */
function placeOf(loc: JsonValue | undefined): string {
  return namesIn(loc, 8).join(".").slice(0, 100);
}

function namesIn(list: JsonValue | undefined, most: number): string[] {
  const names = Array.isArray(list) ? list.slice(0, most) : [];
  return names.flatMap((name) =>
    typeof name === "string" || typeof name === "number" ? [String(name)] : [],
  );
}

function behindGateway(metadata: JsonValue | undefined, said: Gathered, depth: number): string {
  if (!isJsonObject(metadata)) return "";
  const { raw, reasons } = metadata;
  if (raw === undefined) return namesIn(reasons, ENTRIES).join(", ");
  return messageIn(raw, said, depth - 1);
}

/** A page says what it is in its title. */
function plain(text: string): string {
  if (!/^\s*</.test(text)) return text;
  return /<title[^>]{0,100}>([^<]{0,300})<\/title>/i.exec(text.slice(0, 4096))?.[1] ?? "";
}
