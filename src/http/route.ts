/**
 * What all routes of the API share: a key with a scope, a closed list of parameters, and the
 * problems that any route may return.
 */
import { createRoute, type RouteConfig } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { z } from "zod";
import type { Scope } from "#model/access.ts";
import { type ProblemCode, PROBLEMS, problemSchema } from "#model/problem.ts";
import { requireScope } from "./access.ts";
import { type Accepted, checkBody } from "./body.ts";
import { requireKnownParameters } from "./parameters.ts";
import type { AppEnv } from "./types.ts";

export const requestIdHeader = {
  "X-Request-Id": {
    description: "Identifies the request in logs; the caller's own id, if it sent a valid one.",
    schema: { type: "string" as const },
  },
};

/** The problems that any route of `/v1` may return. */
const EVERYWHERE: ProblemCode[] = [
  "invalid_parameter",
  "unauthorized",
  "insufficient_scope",
  "internal_error",
  "not_configured",
  "storage_unavailable",
  "identity_unavailable",
  "overloaded",
];

/** The names of a route's query parameters. */
function namesOf(query: unknown): string[] {
  return query instanceof z.ZodObject ? Object.keys(query.shape) : [];
}

/** The description of each problem that a route may return, one entry for each status. */
export function problemResponses(...codes: ProblemCode[]) {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(" "),
        headers: requestIdHeader,
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
}

/** A successful JSON answer. */
export function jsonResponse<T extends z.ZodType>(schema: T, description: string) {
  return { description, headers: requestIdHeader, content: { "application/json": { schema } } };
}

/**
 * A route of `/v1`: requires a key with the scope, and adds the problems of that. `body` declares
 * what it takes, for routes that take one, `after` what runs once it is checked; `scope` is null
 * where the handler checks it. Where a key is not the only credential, `route.security` declares
 * the others.
 */
export function securedRoute<const R extends RouteConfig>(
  scope: Scope | null,
  route: R,
  body?: Accepted,
  ...after: MiddlewareHandler<AppEnv>[]
) {
  const description = route.description ?? "";
  return createRoute({
    ...route,
    middleware: [
      ...(scope ? [requireScope(scope)] : []),
      requireKnownParameters(namesOf(route.request?.query)),
      ...(body ? [checkBody(body)] : []),
      ...after,
    ],
    security: route.security ?? [{ bearer: [] }],
    description: scope ? `${description}\n\nScope: \`${scope}\`.` : description,
    responses: withProblemsOfAll(route.responses),
  });
}

/** The responses of a route, with the problems that any route may return. */
function withProblemsOfAll<R extends RouteConfig["responses"]>(responses: R): R {
  const common = problemResponses(...EVERYWHERE);
  for (const [status, response] of Object.entries(common)) {
    const own = responses[status];
    if (own && "description" in own) {
      common[status] = { ...response, description: `${response.description} ${own.description}` };
    }
  }
  return { ...responses, ...common };
}
