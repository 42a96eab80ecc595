/** Settings and credentials of a request. `credentials.ts` finds the principal. */
import { createMiddleware } from "hono/factory";
import { readSettings } from "#settings.ts";
import type { Principal } from "#model/access.ts";
import { type Identified, identify, wasAccepted } from "./credentials.ts";
import {
  limitAddress,
  limitPage,
  limitPrincipal,
  refuse,
  signInBlock,
} from "./door/rate-limits.ts";
import { noteFailedSignIn } from "./door/sign-in.ts";
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

/**
 * Finds the principal of the request's credentials; a request without any stays anonymous. Counts
 * the request: by its principal, or by its address.
 */
export const identifyCaller = createMiddleware<AppEnv>(async (c, next) => {
  const header = c.req.header("authorization");
  if (header === undefined) await limitAddress(c);
  else await admit(c, header);
  return next();
});

/** The same, and a request without credentials is refused. */
export const authenticate = createMiddleware<AppEnv>(async (c, next) => {
  const header = c.req.header("authorization");
  if (header === undefined) {
    await limitAddress(c);
    throw unauthorized("Send `Authorization: Bearer <key or token>`.");
  }
  await admit(c, header);
  return next();
});

/** Counts a request to a route that takes no credentials. */
export const countAnonymous = createMiddleware<AppEnv>(async (c, next) => {
  await limitAddress(c);
  return next();
});

/** What operations count themselves, and what a load balancer asks. */
const COUNTED_ELSEWHERE = /^\/(?:v1\/|resume\/|metrics$|healthz$)/;

/**
 * Counts requests for pages, and for addresses that are none. A service that lacks settings shows
 * its pages all the same, uncounted: it does not know its limits.
 */
export const countPages = createMiddleware<AppEnv>(async (c, next) => {
  const result = COUNTED_ELSEWHERE.test(c.req.path) ? null : readSettings(c.env);
  if (result?.ok === true) {
    c.set("settings", result.settings);
    limitPage(c);
  }
  return next();
});

async function admit(c: AppContext, header: string): Promise<void> {
  c.set("principal", await principalOf(c, header));
  limitPrincipal(c);
}

async function principalOf(c: AppContext, header: string): Promise<Principal> {
  const block = signInBlock(c);
  const credentials = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (credentials === undefined) {
    if (block) throw refuse(c, block);
    await noteFailedSignIn(c, "malformed");
    throw unauthorized("The Authorization header is not of the form `Bearer <key or token>`.");
  }
  // Those behind the same address who sent good credentials a moment ago are not locked out.
  if (block && !(await wasAccepted(c, credentials))) throw refuse(c, block);
  const identified = await identify(c, credentials);
  if (identified.ok) return identified.principal;
  if (identified.reason !== "identity_unavailable") await noteFailedSignIn(c, identified.reason);
  throw refused(identified.reason);
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
