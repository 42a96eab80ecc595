/**
 * How far one turn of a run goes. Steps without an outside effect are executed one after the other
 * in one transaction, and while they are, nothing else happens in the process: 500 conditionals, each
 * within its own limit, would hold up every other run for seconds. So a turn ends after so many steps
 * or so much work, at a step that has begun and has no outcome; the alarm goes on with that one.
 */
import type { Attempt } from "#executors/executor.ts";
import { executePure, type PureStep } from "#executors/registry.ts";
import type { AttemptOutcome } from "#model/attempt.ts";
import { LIMITS } from "#model/limits.ts";
import { TooCostly, Work, WORK_KINDS } from "#model/work.ts";

/** Units of work of a step itself: its events, and what follows from them. */
const WORK_OF_STEP = 20;

export class Turn {
  readonly #work = Work.ofTurn();
  #steps = 0;

  /** The outcome, or null when the turn ends here. */
  perform(attempt: Attempt<PureStep>): AttemptOutcome | null {
    if (this.#steps >= LIMITS.turnSteps) return null;
    this.#steps += 1;
    try {
      this.#work.spend(WORK_OF_STEP, "expressions");
      return executePure(attempt, this.#work);
    } catch (error) {
      if (!(error instanceof TooCostly)) throw error;
      // With a budget of its own the step may well end; one that had it would never do.
      return this.#steps > 1 ? null : tooCostly(error);
    }
  }
}

/** The failure of a step that alone takes more work than a turn may. */
export function tooCostly({ kind }: TooCostly): AttemptOutcome {
  const message = `The step takes more work than one may; it ran out on ${WORK_KINDS[kind]}.`;
  return { kind: "failed", class: "terminal", failure: { code: "too_costly", message } };
}
