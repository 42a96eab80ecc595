/**
 * Bodies: size, media type and JSON syntax are checked here, before a route sees them, so that
 * each fault has its own problem.
 */
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { LIMITS } from "../model/limits.ts";
import { ProblemError } from "./problems.ts";
import type { AppEnv } from "./types.ts";

const JSON_TYPES: ReadonlySet<string> = new Set(["application/json"]);
const YAML_TYPES: ReadonlySet<string> = new Set([
  "application/yaml",
  "application/x-yaml",
  "text/yaml",
]);

export const limitBody = bodyLimit({
  maxSize: LIMITS.bodyBytes,
  onError: () => {
    throw new ProblemError({
      code: "payload_too_large",
      detail: `A body may have at most ${LIMITS.bodyBytes} bytes.`,
    });
  },
});

/** Media type of the request without its parameters; "" when there is none. */
function mediaType(header: string | undefined): string {
  return (header?.split(";")[0] ?? "").trim().toLowerCase();
}

export function isYaml(header: string | undefined): boolean {
  return YAML_TYPES.has(mediaType(header));
}

/** Checks the body of a route that takes JSON, and YAML where `yaml` is set. */
export function checkBody(accepts: { yaml: boolean; optional: boolean }) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const header = c.req.header("content-type");
    const text = await c.req.text();
    if (text === "" && accepts.optional) return next();
    const type = mediaType(header);
    if (accepts.yaml && YAML_TYPES.has(type)) return next();
    if (!JSON_TYPES.has(type)) {
      const known = accepts.yaml ? "application/json or application/yaml" : "application/json";
      throw new ProblemError(
        { code: "unsupported_media_type", detail: `Send the body as ${known}.` },
        { accept: known.replace(" or ", ", ") },
      );
    }
    checkJson(text);
    return next();
  });
}

/** Refuses what JSON.parse refuses, and nesting that nobody means. */
function checkJson(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : "unknown";
    throw new ProblemError({ code: "malformed_body", detail: `The body is not JSON: ${reason}.` });
  }
  if (isDeeperThan(value, LIMITS.bodyDepth)) {
    throw new ProblemError({
      code: "malformed_body",
      detail: `The body is nested deeper than ${LIMITS.bodyDepth} levels.`,
    });
  }
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((child) => isDeeperThan(child, depth - 1));
}
