/**
 * Brings log lines, D1 and its counters up to date with the run's log. The cursor is the outbox:
 * everything after it is emitted, and it moves when D1 has confirmed. A crash can repeat an
 * emission, never invent or lose one. The run never waits for D1: a failure is retried later, and
 * an unanswered batch continues in the background as soon as something happens to the run.
 */
import type { Logger } from "#telemetry/logger.ts";
import { traceOfRun } from "#telemetry/trace-context.ts";
import { projectionDelayMs } from "../alarm/plan.ts";
import { countStatement } from "./counters.ts";
import { withoutExcerpt } from "../views/excerpt.ts";
import type { LoadedRun } from "../loaded-run.ts";
import { projectionStatements } from "./projection.ts";
import type { ProjectionMark, RunStore } from "../store.ts";
import { maskEvent, maskOf } from "../views/run-view.ts";

/** How much longer an open batch may take, rather than cost another alarm. */
const GRACE_MS = 200;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Projector {
  readonly #store: RunStore;
  readonly #db: D1Database;
  readonly #logger: Logger;
  readonly #onLate: () => void;
  #isBusy = false;
  /** Whether a caller stopped waiting for the batch in flight. */
  #isMissed = false;
  /** Releases the caller that waits for the batch in flight. */
  #leave = () => {};
  /** Last event that this instance wrote a log line for. */
  #loggedSeq = 0;

  /** `onLate`: called when a batch ends without a waiting caller, and more may be due. */
  constructor(store: RunStore, db: D1Database, logger: Logger, onLate: () => void) {
    this.#onLate = onLate;
    this.#store = store;
    this.#db = db;
    this.#logger = logger;
  }

  /** Whether a batch is in flight. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /**
   * Sends what is due. Resolves when that is done, or without an answer at `until` (epoch ms), when
   * the run has its own work.
   */
  async project(run: LoadedRun | null, until = Infinity): Promise<void> {
    if (this.#isBusy) this.#isMissed = true;
    if (!run || this.#isBusy) return;
    const mark = this.#store.readProjection();
    const now = Date.now();
    if (mark.seq >= run.state.seq || mark.retryAt > now) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#leave = resolve;
    // A timer of more than 24 days would fire at once.
    const timer = setTimeout(resolve, Math.min(until - now, LONGEST_TIMER_MS));
    await Promise.race([this.#send(run, mark), promise]).finally(() => clearTimeout(timer));
    if (this.#isBusy) this.#isMissed = true;
  }

  /** Something happened to the run that must not wait for D1 for more than a moment. */
  nudge(): void {
    if (this.#isBusy) setTimeout(this.#leave, GRACE_MS);
  }

  async #send(run: LoadedRun, mark: ProjectionMark): Promise<void> {
    const { seq, run_id } = run.state;
    this.#isBusy = true;
    try {
      this.#logEvents(run, mark.seq);
      await this.#db.batch([
        countStatement(this.#db, run, this.#store.events(mark.seq), mark),
        ...projectionStatements(this.#db, run, mark.seq),
      ]);
      this.#store.writeProjection({ seq, failures: 0, retryAt: 0 });
    } catch (error) {
      const failures = mark.failures + 1;
      const retryAt = Date.now() + projectionDelayMs(failures);
      this.#store.writeProjection({ ...mark, failures, retryAt });
      this.#logger.defect("projection failed", error, { run_id, failures });
    } finally {
      this.#isBusy = false;
      if (this.#isMissed) this.#onLate();
      this.#isMissed = false;
    }
  }

  #logEvents(run: LoadedRun, afterSeq: number): void {
    const mask = maskOf(run);
    const { runId, traceparent, isTraced } = run.start;
    const traceId = isTraced === true ? traceOfRun(runId, traceparent).traceId : undefined;
    for (const event of this.#store.events(Math.max(afterSeq, this.#loggedSeq))) {
      this.#logger.event(withoutExcerpt(maskEvent(event, mask)), run.state.workflow_id, traceId);
      this.#loggedSeq = event.seq;
    }
  }
}
