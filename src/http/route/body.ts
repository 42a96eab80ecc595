/**
 * What a body must be: declared with each operation that takes one. Size, media type, JSON syntax
 * and schema are checked in this order, so that each fault has its own problem.
 */
import type { RouteConfig } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { readLine } from "#model/backup.ts";
import type { ExactJson, TextPlace } from "#model/exact-json.ts";
import { LIMITS } from "#model/limits.ts";
import type { ProblemCode } from "#model/problem.ts";
import {
  brokenOff,
  duplicateKeys,
  inexactNumbers,
  malformedBody,
  notJson,
  unsupportedType,
} from "../problems/body-problems.ts";
import { invalidInput } from "../problems/invalid-input.ts";
import { ProblemError } from "../problems/problems.ts";
import type { AppEnv } from "../types.ts";
import { readWhole } from "./read-bytes.ts";
import type { RequestBody } from "./request-body.ts";

export const JSON_TYPE = "application/json";

type DescribedBody = NonNullable<NonNullable<RouteConfig["request"]>["body"]>;

/** A body that an operation takes, and the value that its handler gets. */
export interface BodyDeclaration<T> {
  /** For the API description. */
  readonly described: DescribedBody;
  readonly problems: readonly ProblemCode[];
  /** Where a number beyond the precision of a double is accepted, as text; absent: nowhere. */
  readonly texts?: TextPlace;
  /**
   * Refuses what cannot be read. The second step, which refuses what is readable but invalid, comes
   * later: a request that is repeated with its idempotency key is answered before it.
   */
  open(body: RequestBody): Promise<() => T>;
}

export const JSON_PROBLEMS: readonly ProblemCode[] = [
  "malformed_body",
  "payload_too_large",
  "unsupported_media_type",
  "number_not_exact",
  "validation_failed",
  "too_costly",
];

/**
 * A length that is declared is believed, since the platform ends the body there; without one the
 * body is read here, and handed on whole.
 */
export function limitBodyTo(bytes: number): MiddlewareHandler<AppEnv> {
  return createMiddleware<AppEnv>(async (c, next) => {
    const { raw } = c.req;
    // No operation reads one here, and the platform refuses to copy such a request.
    if (raw.body === null || c.req.method === "GET" || c.req.method === "HEAD") return next();
    const length = raw.headers.get("content-length");
    if (length !== null && !raw.headers.has("transfer-encoding")) {
      if (Number(length) > bytes) throw tooLarge(bytes);
      return next();
    }
    const { method } = raw;
    c.req.raw = new Request(raw, { method, body: await readLimited(raw.body, bytes) });
    return next();
  });
}

/** Of every operation that declares none of its own. */
export const limitBody = limitBodyTo(LIMITS.bodyBytes);

async function readLimited(body: ReadableStream<Uint8Array>, bytes: number): Promise<Uint8Array> {
  let whole: Uint8Array | null;
  try {
    whole = await readWhole(body, bytes);
  } catch {
    // Its reason is the connection's, and says nothing about the request.
    throw brokenOff();
  }
  if (whole === null) throw tooLarge(bytes);
  return whole;
}

function tooLarge(bytes: number): ProblemError {
  const detail = `A body may have at most ${bytes} bytes.`;
  return new ProblemError({ code: "payload_too_large", detail });
}

interface JsonOptions {
  /** Without a body the schema is held against `{}`. */
  isOptional?: boolean;
  texts?: TextPlace;
}

export function jsonBody<S extends z.ZodType>(
  schema: S,
  options: JsonOptions = {},
): BodyDeclaration<z.output<S>> {
  const { isOptional = false, texts } = options;
  return {
    ...(texts === undefined ? {} : { texts }),
    described: { required: !isOptional, content: { [JSON_TYPE]: { schema } } },
    problems: JSON_PROBLEMS,
    async open(body) {
      const isAbsent = (await body.text()) === "" && isOptional;
      if (!isAbsent && body.mediaType !== JSON_TYPE) throw unsupportedType(JSON_TYPE);
      const value = isAbsent ? {} : checkJson(await body.json()).value;
      return () => {
        const result = schema.safeParse(value);
        if (result.success) return result.data;
        throw invalidInput("validation_failed", value, result.error);
      };
    },
  };
}

const LINES_TYPE = "application/x-ndjson";

/** A body of lines, each of them JSON of this schema. */
export function linesBody<T extends {}>(schema: z.ZodType<T>): BodyDeclaration<T[]> {
  return {
    described: { required: true, content: { [LINES_TYPE]: { schema: z.string() } } },
    problems: [
      "malformed_body",
      "payload_too_large",
      "unsupported_media_type",
      "validation_failed",
    ],
    async open(body) {
      if (body.mediaType !== LINES_TYPE) throw unsupportedType(LINES_TYPE);
      const lines = (await body.text()).split("\n").filter((line) => line !== "");
      return () => lines.map((line, index) => lineOf(schema, line, index));
    },
  };
}

function lineOf<T extends {}>(schema: z.ZodType<T>, line: string, index: number): T {
  const read = readLine(schema, line);
  if (read !== null) return read;
  const detail = `Line ${index + 1} is not one of a backup.`;
  throw new ProblemError({ code: "validation_failed", detail });
}

/**
 * Refuses what JSON.parse refuses, and what would not survive parsing unchanged: numbers beyond the
 * precision of a double, duplicate keys, `__proto__` keys, absurd nesting.
 */
export function checkJson(read: ExactJson): Extract<ExactJson, { ok: true }> {
  if (!read.ok) throw notJson(read.message);
  checkValue(read.value, LIMITS.bodyDepth);
  if (read.duplicates.length > 0) throw duplicateKeys(read.duplicates, read.duplicateCount);
  if (read.inexactCount > 0) throw inexactNumbers(read.inexact, read.inexactCount);
  return read;
}

function checkValue(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth === 0) {
    throw malformedBody(`The body is nested deeper than ${LIMITS.bodyDepth} levels.`);
  }
  if (Object.hasOwn(value, "__proto__")) {
    const detail = 'The body contains a key called "__proto__".';
    throw new ProblemError({ code: "validation_failed", detail });
  }
  for (const child of Object.values(value)) checkValue(child, depth - 1);
}
