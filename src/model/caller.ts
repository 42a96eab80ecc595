/** Who does something to a run, as it is recorded with the run. Persisted shape. */
export interface Caller {
  /** The principal's id; survives the rotation of its key. */
  id: string;
  /** Lower case; present when the credentials name a person. */
  email?: string;
}

/** How a decision names its decider: the e-mail, or `key:<id>` for a key without one. */
export function deciderName(caller: Caller): string {
  return caller.email ?? `key:${caller.id}`;
}
