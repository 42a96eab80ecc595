/**
 * Access to an operation, as a part of its declaration: which credentials and scopes it takes, and
 * whether a key that is limited to one workflow may use it.
 */
import type { MiddlewareHandler } from "hono";
import { hasScope, type Principal, type Scope } from "#model/access.ts";
import type { ProblemCode } from "#model/problem.ts";
import { authenticate, requireSettings } from "./authenticate.ts";
import { ProblemError } from "./problems/problems.ts";
import type { RequestBody } from "./route/request-body.ts";
import type { AppContext, AppEnv } from "./types.ts";

/**
 * What a caller needs for an operation, as a part of its declaration. `G` is what the check grants:
 * handlers get it with their inputs.
 */
export interface Access<G> {
  /** For the API description: what a request may authenticate with. */
  readonly security: Record<string, string[]>[];
  /** Any of these is enough; empty: none is needed. */
  readonly scopes: readonly Scope[];
  /** Appended to the description of the operation. */
  readonly note?: string;
  readonly problems: readonly ProblemCode[];
  /** Unknown query parameters are refused. */
  readonly isStrict: boolean;
  /** What runs before the size of the body is checked. */
  readonly before: readonly MiddlewareHandler<AppEnv>[];
  /** Decides once the size of the body is known to be within the limit. */
  admit(c: AppContext, body: RequestBody): G | Promise<G>;
}

/** No credentials. Links get parameters from mail programs and trackers, so unknown ones pass. */
export const open: Access<null> = {
  security: [],
  scopes: [],
  problems: [],
  isStrict: false,
  before: [],
  admit: () => null,
};

/** The problems that any operation with credentials may return. */
export const SECURED_PROBLEMS: readonly ProblemCode[] = [
  "invalid_parameter",
  "unauthorized",
  "insufficient_scope",
  "rate_limited",
  "internal_error",
  "not_configured",
  "storage_unavailable",
  "identity_unavailable",
  "overloaded",
];

/** Credentials with the scope; `admin` includes all scopes. */
export function withScope(scope: Scope): Access<Principal> {
  return {
    security: [{ bearer: [] }],
    scopes: [scope],
    note: `Scope: \`${scope}\`.`,
    problems: SECURED_PROBLEMS,
    isStrict: true,
    before: [requireSettings, authenticate],
    admit(c) {
      const principal = c.get("principal");
      if (!hasScope(principal, scope)) throw insufficientScope(scope);
      return principal;
    },
  };
}

/** The scope, for what all workflows share: not for a key that is limited to one of them. */
export function ofService(scope: Scope): Access<Principal> {
  return {
    ...withScope(scope),
    async admit(c, body) {
      const principal = await withScope(scope).admit(c, body);
      if (principal.workflowScope !== null) throw limitedKey();
      return principal;
    },
  };
}

/**
 * The scope `admin`, and a key that is not limited to one workflow: such a key cannot access what
 * all workflows share.
 */
export const asAdmin: Access<Principal> = ofService("admin");

function limitedKey(): ProblemError {
  const detail =
    "This key is limited to one workflow; secrets, keys, audit, metrics and dual runs are shared by all.";
  const challenge = { "www-authenticate": 'Bearer error="insufficient_scope"' };
  return new ProblemError({ code: "insufficient_scope", detail }, challenge);
}

export function insufficientScope(scope: Scope): ProblemError {
  return new ProblemError(
    { code: "insufficient_scope", detail: `This needs the scope ${scope}.` },
    { "www-authenticate": `Bearer error="insufficient_scope", scope="${scope}"` },
  );
}
