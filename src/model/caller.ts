/** Who does something to a run, as it is recorded with the run. Persisted shape. */
export interface Caller {
  /** The principal's id; survives the rotation of its key. */
  id: string;
  /** Lower case; present when the credentials name a person. */
  email?: string;
  /** Set when a resume token stood in place of a key. */
  via?: "resume_token";
}

/** Whoever comes with a resume token; an approver's token adds the e-mail. */
export const TOKEN_HOLDER: Caller = { id: "resume_token", via: "resume_token" };

/** How the log names a caller: the e-mail, `resume_token`, or `key:<id>`. */
export function deciderName(caller: Caller): string {
  return caller.email ?? caller.via ?? `key:${caller.id}`;
}
