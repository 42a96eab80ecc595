/** What a run can do, by name: the plain model counts each, and what was never done is named. */

export const TRANSITIONS = [
  "start: a run begins",
  "start: of a run that exists, changes nothing",
  "step: form begins",
  "step: ai_generate begins",
  "step: conditional begins",
  "step: api_call begins",
  "step: approval begins",
  "step: completes, and the next begins",
  "step: completes, and the run with it",
  "step: completes on the branch that its outcome chose",
  "step: fails, and the run with it",
  "step: fails, and on_error goes on",
  "step: fails, and keeps the answer of the API",
  "step: leads to a step that does not exist",
  "step: leads to a step that has begun before",
  "outcome: waits, of a form",
  "outcome: waits, of an approval",
  "outcome: waits, with an expiry",
  "outcome: waits, of a step that cannot wait",
  "outcome: of a step or attempt that was never made",
  "outcome: late, and recorded",
  "outcome: late, and recorded before",
  "outcome: late, and only that it waits",
  "outcome: late, of what was under way at the end",
  "failure: terminal",
  "failure: of a step without retries",
  "failure: schema, corrected",
  "failure: schema, budget used up",
  "failure: transport, retried at once",
  "failure: transport, retried later",
  "failure: transport, as late as the server asked",
  "failure: transport, budget used up",
  "failure: fallback asked",
  "failure: unusable, and no one else to ask",
  "answer: taken",
  "answer: by a link",
  "answer: refused, not waiting",
  "answer: refused, expired",
  "answer: refused, stale wait",
  "answer: refused, another type of wait",
  "decision: keeps waiting",
  "decision: approves",
  "decision: rejects, and the step fails",
  "decision: rejects, and on_reject goes on",
  "decision: of a key",
  "decision: of a JWT, whose principal is kept",
  "decision: refused, not waiting",
  "decision: refused, expired",
  "decision: refused, stale wait",
  "decision: refused, another type of wait",
  "decision: refused, another step",
  "decision: refused, no person",
  "decision: refused, decided before",
  "decision: refused, the same person by another address",
  "decision: refused, not an approver",
  "decision: refused, one's own run",
  "decision: refused, no comment",
  "timer: begins the next attempt",
  "timer: expires a wait, and on_expire goes on",
  "timer: expires a wait, and the step fails",
  "timer: not due yet",
  "timer: not set",
  "cancel: while a step runs",
  "cancel: while a call is under way",
  "cancel: while a retry is due",
  "cancel: while a person is waited for",
  "cancel: of a canceled run",
  "cancel: refused, already ended",
  "quarantine: while a step runs",
  "quarantine: while a call is under way",
  "quarantine: while a person is waited for",
  "quarantine: of a run that has ended",
  "late: of what was under way at the end",
  "late: of nothing that is awaited",
] as const;
export type Transition = (typeof TRANSITIONS)[number];

export class Coverage {
  readonly counts = new Map<Transition, number>();
  sequences = 0;
  commands = 0;

  took(transition: Transition): void {
    this.counts.set(transition, (this.counts.get(transition) ?? 0) + 1);
  }

  get missing(): Transition[] {
    return TRANSITIONS.filter((transition) => !this.counts.has(transition));
  }
}
