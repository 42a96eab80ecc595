/**
 * Parameters of a request: path, query and headers, each held against its schema.
 *
 * Unknown query parameters are refused: a misspelt filter would return the wrong entries, and a
 * misplaced parameter would be ignored silently.
 */
import { z } from "zod";
import type { Diagnostic } from "#model/diagnostic.ts";
import { nearestName } from "#model/nearest-name.ts";
import { pointer } from "#model/pointer.ts";
import { boundErrors, cutText, detailOf } from "../problems/problem-errors.ts";
import { ProblemError } from "../problems/problems.ts";
import { invalidInput } from "../problems/invalid-input.ts";
import type { AppContext } from "../types.ts";

const SHOWN_LENGTH = 100;

/** The schemas of a request's parameters; absent where it has none. */
export interface ParameterSchemas {
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
}

const noParameters = z.object({});
export type NoParameters = typeof noParameters;

export function checkQueryNames(c: AppContext, query: z.ZodObject | undefined): void {
  const known = Object.keys(query?.shape ?? {});
  const unknown = Object.keys(c.req.queries()).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const errors = boundErrors(unknown.map((name) => unknownParameter(name, known)));
  const detail = detailOf(errors, unknown.length);
  throw new ProblemError({ code: "invalid_parameter", detail, errors });
}

export function readParameters(c: AppContext, schemas: ParameterSchemas) {
  const { params = noParameters, query = noParameters, headers = noParameters } = schemas;
  return {
    query: readPart(query, queryOf(c)),
    params: readPart(params, c.req.param()),
    headers: readPart(headers, c.req.header()),
  };
}

/** Holds headers that are not the operation's own against their schema. */
export function readHeaders(c: AppContext, schema: z.ZodObject): void {
  readPart(schema, c.req.header());
}

function readPart(schema: z.ZodObject, data: unknown): unknown {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw invalidInput("invalid_parameter", data, result.error);
}

/** A parameter that occurs once is a text, one that occurs more often a list, which no schema takes. */
function queryOf(c: AppContext): Record<string, unknown> {
  const all = Object.entries(c.req.queries());
  return Object.fromEntries(
    all.map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

function unknownParameter(name: string, known: readonly string[]): Diagnostic {
  const there = known.length === 0 ? "this address takes none" : `there are ${known.join(", ")}`;
  const suggestion = nearestName(name, known);
  return {
    code: "unknown_key",
    message: `Unknown parameter "${cutText(name, SHOWN_LENGTH)}"; ${there}.`,
    pointer: pointer(name),
    ...(suggestion === null ? {} : { suggestion }),
  };
}
