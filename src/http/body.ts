/**
 * Bodies: size, media type and JSON syntax are checked here, before a route sees them, so that
 * each fault has its own problem.
 */
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { LIMITS } from "../model/limits.ts";
import { ProblemError } from "./problems.ts";
import type { AppContext, AppEnv } from "./types.ts";

const JSON_TYPE = "application/json";
const YAML = "application/yaml";
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

/**
 * Reads and checks the body of a route that takes JSON, and YAML where `yaml` is set. Afterwards
 * the media type is exactly `application/json` or `application/yaml`, or absent without a body.
 */
export function checkBody(accepts: { yaml: boolean; optional: boolean }) {
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
    checkJson(text);
    announce(c, JSON_TYPE);
    return next();
  });
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    // The decoder says no more than that.
    throw malformed("The body is not UTF-8.");
  }
}

/** Media type without its parameters; "" when there is none. */
function mediaType(header: string | undefined): string {
  return (header?.split(";")[0] ?? "").trim().toLowerCase();
}

/** Sets the media type that the validators behind this see; the body itself is read by now. */
function announce(c: AppContext, type: string | null): void {
  if (c.req.header("content-type") === (type ?? undefined)) return;
  const { url, method, headers } = c.req.raw;
  const announced = new Headers(headers);
  if (type === null) announced.delete("content-type");
  else announced.set("content-type", type);
  c.req.raw = new Request(url, { method, headers: announced });
}

/**
 * Refuses what JSON.parse refuses, and what would not come through unchanged: numbers beyond
 * doubles, `__proto__` keys, nesting that nobody means.
 */
function checkJson(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof SyntaxError ? syntaxProblem(error) : "unknown";
    throw malformed(`The body is not JSON: ${reason}.`);
  }
  checkValue(value, LIMITS.bodyDepth);
}

/** What the parser says, unless it quotes the body: there may be a secret in it. */
function syntaxProblem({ message }: SyntaxError): string {
  return message.includes('"') ? "unexpected text" : message;
}

function checkValue(value: unknown, depth: number): void {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw malformed("The body holds a number that is too large.");
  }
  if (typeof value !== "object" || value === null) return;
  if (depth === 0) throw malformed(`The body is nested deeper than ${LIMITS.bodyDepth} levels.`);
  if (Object.hasOwn(value, "__proto__")) {
    const detail = 'The body holds a key called "__proto__".';
    throw new ProblemError({ code: "validation_failed", detail });
  }
  for (const child of Object.values(value)) checkValue(child, depth - 1);
}

function malformed(detail: string): ProblemError {
  return new ProblemError({ code: "malformed_body", detail });
}
