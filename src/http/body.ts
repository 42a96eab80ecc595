/**
 * Request bodies: size, media type and JSON syntax are checked here, before a route sees them, so
 * that each fault has its own problem.
 */
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import type { Diagnostic } from "#model/diagnostic.ts";
import { type InexactNumber, parseExactJson, type TextPlace } from "#model/exact-json.ts";
import { LIMITS } from "#model/limits.ts";
import { fromPointer } from "#model/pointer.ts";
import { boundErrors, cutText, detailOf } from "./problems/problem-errors.ts";
import { ProblemError } from "./problems/problems.ts";
import type { AppContext, AppEnv } from "./types.ts";

const JSON_TYPE = "application/json";
const YAML = "application/yaml";
/** How many characters of a key or a place a message quotes. */
const SHOWN_LENGTH = 100;
const YAML_TYPES: ReadonlySet<string> = new Set([YAML, "application/x-yaml", "text/yaml"]);

export const limitBody = bodyLimit({
  maxSize: LIMITS.bodyBytes,
  onError: () => {
    throw new ProblemError({
      code: "payload_too_large",
      detail: `A body may have at most ${LIMITS.bodyBytes} bytes.`,
    });
  },
});

/** Whether the body of a checked request is YAML. */
export function isYaml(header: string | undefined): boolean {
  return header === YAML;
}

/** What a route accepts. */
export interface Accepted {
  yaml: boolean;
  optional: boolean;
  /** Where a number beyond the precision of a double is accepted, as text; absent: nowhere. */
  texts?: TextPlace;
  /**
   * The route parses the text itself, exactly; else the text is replaced where numbers became
   * strings.
   */
  keepsText?: boolean;
}

/**
 * Reads and checks the body of a route that accepts JSON, and YAML where `yaml` is set. Afterwards
 * the media type is exactly `application/json` or `application/yaml`, or absent without a body.
 */
export function checkBody(accepts: Accepted) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const text = decode(await c.req.arrayBuffer());
    if (text === "" && accepts.optional) {
      announce(c, null);
      return next();
    }
    const type = mediaType(c.req.header("content-type"));
    if (accepts.yaml && YAML_TYPES.has(type)) {
      announce(c, YAML);
      return next();
    }
    if (type !== JSON_TYPE) {
      const known = accepts.yaml ? `${JSON_TYPE} or ${YAML}` : JSON_TYPE;
      throw new ProblemError(
        { code: "unsupported_media_type", detail: `Send the body as ${known}.` },
        { accept: known.replace(" or ", ", ") },
      );
    }
    const exact = checkJson(text, accepts.texts);
    announce(c, JSON_TYPE);
    if (exact !== null && accepts.keepsText !== true) replaceBody(c, exact);
    return next();
  });
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    // The decoder reports no more than that.
    throw malformed("The body is not UTF-8.");
  }
}

/** Media type without its parameters; "" when there is none. */
function mediaType(header: string | undefined): string {
  return (header?.split(";")[0] ?? "").trim().toLowerCase();
}

/** Sets the media type that later validators see; the body itself has been read by now. */
function announce(c: AppContext, type: string | null): void {
  if (c.req.header("content-type") === (type ?? undefined)) return;
  const { url, method, headers } = c.req.raw;
  const announced = new Headers(headers);
  if (type === null) announced.delete("content-type");
  else announced.set("content-type", type);
  c.req.raw = new Request(url, { method, headers: announced });
}

/** Replaces the body's text: everything that parses it from here on would round its numbers. */
function replaceBody(c: AppContext, text: string): void {
  const { url, method, headers } = c.req.raw;
  const replaced = new Headers(headers);
  replaced.delete("content-length");
  c.req.raw = new Request(url, { method, headers: replaced, body: text });
  c.req.bodyCache = {};
}

/**
 * Refuses what JSON.parse refuses, and what would not survive parsing unchanged: numbers beyond the
 * precision of a double, duplicate keys, `__proto__` keys, absurd nesting. Returns the text to
 * parse in its place, where numbers became strings; else null.
 */
function checkJson(text: string, texts: TextPlace | undefined): string | null {
  const read = parseExactJson(text, { texts, named: LIMITS.diagnostics });
  if (!read.ok) throw malformed(`The body is not JSON: ${syntaxProblem(read.message)}.`);
  checkValue(read.value, LIMITS.bodyDepth);
  if (read.duplicates.length > 0) throw duplicated(read.duplicates, read.duplicateCount);
  if (read.inexactCount > 0) throw inexact(read.inexact, read.inexactCount);
  return (read.textCount ?? 0) > 0 ? JSON.stringify(read.value) : null;
}

function duplicated(pointers: readonly string[], count: number): ProblemError {
  const errors = pointers.map((at): Diagnostic => {
    const key = cutText(fromPointer(at).at(-1) ?? "", SHOWN_LENGTH);
    const message = `The key "${key}" appears twice at ${cutText(at, SHOWN_LENGTH)}; keep one of the two.`;
    return { code: "duplicate_key", message, pointer: at };
  });
  const detail = detailOf(errors, count);
  return new ProblemError({ code: "malformed_body", detail, errors: boundErrors(errors, count) });
}

/** The number itself is not repeated: it may be a secret that was written without quotes. */
function inexact(numbers: readonly InexactNumber[], count: number): ProblemError {
  const errors = numbers.map(({ pointer }): Diagnostic => {
    const place = pointer === "" ? "" : ` at ${cutText(pointer, SHOWN_LENGTH)}`;
    const message = `The number${place} would be rounded; put it in quotes to keep every digit.`;
    return { code: "number_not_exact", message, pointer };
  });
  const detail = detailOf(errors, count);
  return new ProblemError({ code: "number_not_exact", detail, errors: boundErrors(errors, count) });
}

/** The parser's message, unless it quotes the body: that may contain a secret. */
function syntaxProblem(message: string): string {
  return message.includes('"') ? "unexpected text" : message;
}

function checkValue(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth === 0) throw malformed(`The body is nested deeper than ${LIMITS.bodyDepth} levels.`);
  if (Object.hasOwn(value, "__proto__")) {
    const detail = 'The body contains a key called "__proto__".';
    throw new ProblemError({ code: "validation_failed", detail });
  }
  for (const child of Object.values(value)) checkValue(child, depth - 1);
}

function malformed(detail: string): ProblemError {
  return new ProblemError({ code: "malformed_body", detail });
}
