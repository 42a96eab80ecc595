/**
 * The sink that brings D1 and its counters up to date, and writes the log lines. One batch, guarded
 * by `seq`, so that it may be repeated and overtaken. D1 takes no signal: a batch that is not
 * waited for any more continues in the background.
 */
import { countStatement } from "./counters.ts";
import type { LogLines } from "./log-lines.ts";
import { projectionStatements } from "./projection.ts";
import type { Batch, Delivery, Sink } from "./sink.ts";

export class ProjectionSink implements Sink {
  readonly cursor = "projection";
  readonly label = "projection";
  readonly backoff = { firstMs: 250, longestMs: 60_000 };
  readonly #db: D1Database;
  readonly #lines: LogLines;

  constructor(db: D1Database, lines: LogLines) {
    this.#db = db;
    this.#lines = lines;
  }

  takes(): boolean {
    return true;
  }

  async deliver(batch: Batch): Promise<Delivery> {
    this.#lines.write(batch);
    await this.#db.batch([
      countStatement(this.#db, batch),
      ...projectionStatements(this.#db, batch),
    ]);
    return { kind: "delivered" };
  }
}
