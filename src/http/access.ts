/** Access to `/v1`: settings, credentials, scopes. `credentials.ts` finds the principal. */
import { createMiddleware } from "hono/factory";
import { readSettings } from "#settings.ts";
import { hasScope, type Principal, type Scope } from "#model/access.ts";
import { type Identified, identify } from "./credentials.ts";
import { ProblemError } from "./problems/problems.ts";
import type { AppEnv } from "./types.ts";

/** Refuses to serve without the settings that this environment needs. */
export const requireSettings = createMiddleware<AppEnv>(async (c, next) => {
  const result = readSettings(c.env);
  if (!result.ok) {
    const detail = `The service is not configured: ${result.problems.join(" ")}`;
    throw new ProblemError({ code: "not_configured", detail });
  }
  c.set("settings", result.settings);
  await next();
});

/** A caller without credentials or scopes. Only one route lets such a caller pass. */
export const ANONYMOUS: Principal = {
  id: "anonymous",
  credential: "none",
  scopes: [],
  workflowId: null,
  claims: {},
};

/** The route that takes a resume token in its body checks the token itself. */
const TAKES_TOKEN = /^\/v1\/executions\/[^/]+\/resume$/;

export const authenticate = createMiddleware<AppEnv>(async (c, next) => {
  const header = c.req.header("authorization");
  if (header === undefined) {
    if (c.req.method !== "POST" || !TAKES_TOKEN.test(c.req.path)) {
      throw unauthorized("Send `Authorization: Bearer <key or token>`.");
    }
    c.set("principal", ANONYMOUS);
    return next();
  }
  const credentials = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (credentials === undefined)
    throw unauthorized("The Authorization header is not of the form `Bearer <key or token>`.");
  const identified = await identify(c, credentials);
  if (!identified.ok) throw refused(identified.reason);
  c.set("principal", identified.principal);
  return next();
});

/** Lets a caller pass that has the scope; `admin` includes all of them. */
export function requireScope(scope: Scope) {
  return createMiddleware<AppEnv>(async (c, next) => {
    if (!hasScope(c.get("principal"), scope)) {
      throw insufficientScope(scope);
    }
    await next();
  });
}

/**
 * A key that is limited to one workflow cannot access what all workflows share, even with the
 * scope.
 */
export const requireUnlimited = createMiddleware<AppEnv>(async (c, next) => {
  if (c.get("principal").workflowId !== null) {
    const detail =
      "This key is limited to one workflow; secrets, keys, audit, metrics and dual runs are shared by all.";
    const challenge = { "www-authenticate": 'Bearer error="insufficient_scope"' };
    throw new ProblemError({ code: "insufficient_scope", detail }, challenge);
  }
  await next();
});

export function insufficientScope(scope: Scope): ProblemError {
  return new ProblemError(
    { code: "insufficient_scope", detail: `This needs the scope ${scope}.` },
    { "www-authenticate": `Bearer error="insufficient_scope", scope="${scope}"` },
  );
}

/** One message for all faults of a kind, so that an attacker does not learn what to change. */
function refused(reason: Extract<Identified, { ok: false }>["reason"]): ProblemError {
  switch (reason) {
    case "key_refused":
      return unauthorized("The key is unknown, expired or revoked.");
    case "token_refused":
      return unauthorized(
        "The token is not accepted: its signature, issuer, audience, times or claims are not valid here.",
        'Bearer error="invalid_token"',
      );
    case "identity_unavailable":
      return new ProblemError({
        code: "identity_unavailable",
        detail: "The key set of the token's issuer is not available at the moment. Try again.",
      });
  }
}

export function unauthorized(detail: string, challenge = "Bearer"): ProblemError {
  return new ProblemError({ code: "unauthorized", detail }, { "www-authenticate": challenge });
}
