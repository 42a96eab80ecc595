/** Settings and credentials of a request. `credentials.ts` finds the principal. */
import { createMiddleware } from "hono/factory";
import { readSettings } from "#settings.ts";
import type { Principal } from "#model/access.ts";
import { type Identified, identify } from "./credentials.ts";
import { ProblemError } from "./problems/problems.ts";
import type { AppContext, AppEnv } from "./types.ts";

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

/** A caller without credentials or scopes; every request begins as one. */
export const ANONYMOUS: Principal = {
  id: "anonymous",
  credential: "none",
  scopes: [],
  workflowScope: null,
  claims: {},
};

/** Finds the principal of the request's credentials; a request without any stays anonymous. */
export const identifyCaller = createMiddleware<AppEnv>(async (c, next) => {
  const header = c.req.header("authorization");
  if (header !== undefined) c.set("principal", await principalOf(c, header));
  return next();
});

/** The same, and a request without credentials is refused. */
export const authenticate = createMiddleware<AppEnv>(async (c, next) => {
  const header = c.req.header("authorization");
  if (header === undefined) throw unauthorized("Send `Authorization: Bearer <key or token>`.");
  c.set("principal", await principalOf(c, header));
  return next();
});

async function principalOf(c: AppContext, header: string): Promise<Principal> {
  const credentials = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (credentials === undefined) {
    throw unauthorized("The Authorization header is not of the form `Bearer <key or token>`.");
  }
  const identified = await identify(c, credentials);
  if (!identified.ok) throw refused(identified.reason);
  return identified.principal;
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
