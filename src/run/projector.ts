/**
 * Brings log lines, D1 and its counters up to the run's log. The cursor is the outbox: what comes after it is
 * emitted, and it moves when D1 has it. A crash can repeat an emission, never invent or lose one.
 * The run never waits for D1: a failure is tried again later.
 */
import type { Logger } from "../telemetry/logger.ts";
import { traceOfRun } from "../telemetry/trace-context.ts";
import { projectionDelayMs } from "./alarm-plan.ts";
import { countStatement } from "./count.ts";
import type { LoadedRun } from "./loaded-run.ts";
import { projectionStatements } from "./projection.ts";
import type { RunStore } from "./store.ts";
import { maskEvent, maskOf } from "./view.ts";

export class Projector {
  readonly #store: RunStore;
  readonly #db: D1Database;
  readonly #logger: Logger;
  #isBusy = false;
  /** Last event that this instance wrote a log line for. */
  #loggedSeq = 0;

  constructor(store: RunStore, db: D1Database, logger: Logger) {
    this.#store = store;
    this.#db = db;
    this.#logger = logger;
  }

  async project(run: LoadedRun | null): Promise<void> {
    if (!run || this.#isBusy) return;
    const mark = this.#store.readProjection();
    const { seq, run_id } = run.state;
    if (mark.seq >= seq || mark.retryAt > Date.now()) return;
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
    }
  }

  #logEvents(run: LoadedRun, afterSeq: number): void {
    const mask = maskOf(run);
    const { runId, traceparent, isTraced } = run.start;
    const traceId = isTraced === true ? traceOfRun(runId, traceparent).traceId : undefined;
    for (const event of this.#store.events(Math.max(afterSeq, this.#loggedSeq))) {
      this.#logger.event(maskEvent(event, mask), run.state.workflow_id, traceId);
      this.#loggedSeq = event.seq;
    }
  }
}
