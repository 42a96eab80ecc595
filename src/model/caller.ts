/** The person, key or link behind a change of a run, as the run records it. Persisted shape. */
export interface Caller {
  /** The principal's id; survives the rotation of its key. */
  id: string;
  /** Lower case by ASCII rules; set when the credentials identify a person. */
  email?: string;
  /** Set when a resume token replaced a key. */
  via?: "resume_token";
  /** How they authenticated. Absent in runs of older versions; `jwtPrincipal` infers it. */
  kind?: CallerKind;
}

type CallerKind = "key" | "jwt";

/** The holder of a resume token; an approver's token adds the e-mail. */
export const TOKEN_HOLDER: Caller = { id: "resume_token", via: "resume_token" };

/** Prefix of the ids of principals of JWTs. Those of keys are `key_…` or `dev`. */
const JWT_PRINCIPAL = "user:";

/**
 * The principal of a JWT, which identifies one person behind tokens with different addresses; null
 * for keys and holders of links, which do not identify a person.
 */
export function jwtPrincipal({ id, via, kind }: Caller): string | null {
  if (via !== undefined) return null;
  const isJwt = kind === undefined ? id.startsWith(JWT_PRINCIPAL) : kind === "jwt";
  return isJwt ? id : null;
}

/** The name of a caller in the log: the e-mail, `resume_token`, or `key:<id>`. */
export function deciderName(caller: Caller): string {
  return caller.email ?? caller.via ?? `key:${caller.id}`;
}
