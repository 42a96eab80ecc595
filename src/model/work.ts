/**
 * The budget of work of one request, one turn of a run or one projection: a counter that loops over
 * what users wrote draw on, so that no input decides how long the service is busy.
 *
 * It is the net and not the design: algorithms are linear first, and a budget ends what is left.
 * A unit is about a microsecond on the machine of docs/security.md; each loop pays for a bundle of
 * its own steps at a time, since paying costs too.
 *
 * Running out is thrown, not returned: it may happen at any depth, what was under way has no other
 * result, and it becomes a refusal at one place in each caller (`too_costly`).
 */
import { LIMITS } from "./limits.ts";

/** What work is spent on, in the words of the refusal: "… on matching names". */
export const WORK_KINDS = {
  masks: "masking sensitive values",
  schema: "validating against a JSON Schema",
  answers: "validating answers",
  patterns: "matching regular expressions",
  mock: "making a mock answer",
  expressions: "evaluating expressions",
} as const;
export type WorkKind = keyof typeof WORK_KINDS;

export class Work {
  readonly limit: number;
  #left: number;

  constructor(limit: number) {
    this.limit = limit;
    this.#left = limit;
  }

  static ofRequest(): Work {
    return new Work(LIMITS.requestWork);
  }

  static ofTurn(): Work {
    return new Work(LIMITS.turnWork);
  }

  static ofProjection(): Work {
    return new Work(LIMITS.projectionWork);
  }

  get spent(): number {
    return this.limit - this.#left;
  }

  /** Pays for work that must be done; throws `TooCostly` when the budget does not have that much. */
  spend(units: number, kind: WorkKind): void {
    this.#left -= units;
    if (this.#left < 0) throw new TooCostly(kind);
  }

  /**
   * Pays for work that could be left out, such as a suggestion: false means that it is left out.
   * Never takes the last half, which is for what must be done.
   */
  afford(units: number): boolean {
    if (this.#left - units < this.limit / 2) return false;
    this.#left -= units;
    return true;
  }
}

/** A budget ran out. `message` is shown to callers. */
export class TooCostly extends Error {
  override readonly name = "TooCostly";
  readonly kind: WorkKind;

  constructor(kind: WorkKind) {
    super(`It takes more work than one request may cause; it ran out on ${WORK_KINDS[kind]}.`);
    this.kind = kind;
  }
}
