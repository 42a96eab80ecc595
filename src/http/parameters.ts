/**
 * Unknown query parameters are refused, on every route: a misspelt filter would return the wrong
 * entries, and a misplaced parameter would be ignored silently.
 */
import { createMiddleware } from "hono/factory";
import type { Diagnostic } from "#model/diagnostic.ts";
import { nearestName } from "#model/nearest-name.ts";
import { pointer } from "#model/pointer.ts";
import { boundErrors, cutText, detailOf } from "./problems/problem-errors.ts";
import { ProblemError } from "./problems/problems.ts";
import type { AppEnv } from "./types.ts";

const SHOWN_LENGTH = 100;

export function requireKnownParameters(known: readonly string[]) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const unknown = Object.keys(c.req.queries()).filter((name) => !known.includes(name));
    if (unknown.length > 0) {
      const errors = boundErrors(unknown.map((name) => unknownParameter(name, known)));
      throw new ProblemError({
        code: "invalid_parameter",
        detail: detailOf(errors, unknown.length),
        errors,
      });
    }
    await next();
  });
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
