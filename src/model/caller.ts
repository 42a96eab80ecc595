/** Who does something to a run, as it is recorded with the run. Persisted shape. */
export interface Caller {
  /** The principal's id; survives the rotation of its key. */
  id: string;
  /** Lower case by ASCII rules; present when the credentials name a person. */
  email?: string;
  /** Set when a resume token stood in place of a key. */
  via?: "resume_token";
  /** What they came with. Runs of older versions do not say; `jwtPrincipal` knows what to think. */
  kind?: CallerKind;
}

export type CallerKind = "key" | "jwt";

/** The holder of a resume token; an approver's token adds the e-mail. */
export const TOKEN_HOLDER: Caller = { id: "resume_token", via: "resume_token" };

/** How ids of the principals of JWTs begin. Those of keys are `key_…` or `dev`. */
const JWT_PRINCIPAL = "user:";

/**
 * The principal of a JWT, by which two of its tokens are known to be one person's whatever address
 * they name; null for keys and holders of links, who have no person behind them that we know.
 */
export function jwtPrincipal({ id, via, kind }: Caller): string | null {
  if (via !== undefined) return null;
  const isJwt = kind === undefined ? id.startsWith(JWT_PRINCIPAL) : kind === "jwt";
  return isJwt ? id : null;
}

/** How the log names a caller: the e-mail, `resume_token`, or `key:<id>`. */
export function deciderName(caller: Caller): string {
  return caller.email ?? caller.via ?? `key:${caller.id}`;
}
