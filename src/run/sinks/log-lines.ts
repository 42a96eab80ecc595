/**
 * The run's events as log lines, one each. They share the cursor of the projection, before which
 * they are written: a cursor of their own would cost a row each time, and a line that is repeated
 * after a crash is recognised by its `(run_id, seq)`.
 */
import type { Logger } from "#telemetry/logger.ts";
import { traceOfRun } from "#telemetry/trace-context.ts";
import { withoutExcerpt } from "../views/excerpt.ts";
import type { Batch } from "./sink.ts";

export class LogLines {
  readonly #logger: Logger;
  /** Last event that this instance wrote, so that a batch that is retried is logged once. */
  #seq = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  write(batch: Batch): void {
    const { runId, traceparent, isTraced } = batch.run.start;
    const { workflow_id: workflowId } = batch.run.state;
    const traceId = isTraced === true ? traceOfRun(runId, traceparent).traceId : undefined;
    // Rows that are written again must not repeat a year of lines.
    for (const event of batch.shown(Math.max(batch.afterSeq, batch.repeatedTo, this.#seq))) {
      this.#logger.event(withoutExcerpt(event), workflowId, traceId);
      this.#seq = event.seq;
    }
  }
}
