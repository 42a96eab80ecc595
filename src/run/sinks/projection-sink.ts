/**
 * The sink that brings D1 and its counters up to date, and writes the log lines. What it sends may
 * be repeated and overtaken: D1 compares the `seq` of each row. The collector takes no signal: a
 * delivery that is not waited for any more continues in the background.
 */
import type { LogLines } from "./log-lines.ts";
import { projectionOf } from "./projection.ts";
import type { ProjectionPort } from "./projection-port.ts";
import type { Batch, Delivery, Sink } from "./sink.ts";

export class ProjectionSink implements Sink {
  readonly cursor = "projection";
  readonly label = "projection";
  readonly backoff = { firstMs: 250, longestMs: 60_000 };
  /** Not waiting costs nothing: the delivery goes on, and its end is noticed. */
  readonly graceMs = 0;
  readonly #port: ProjectionPort;
  readonly #lines: LogLines;

  constructor(port: ProjectionPort, lines: LogLines) {
    this.#port = port;
    this.#lines = lines;
  }

  takes(): boolean {
    return true;
  }

  async deliver(batch: Batch): Promise<Delivery> {
    this.#lines.write(batch);
    const reply = await this.#port.project(projectionOf(batch));
    return reply.ok ? { kind: "delivered" } : { kind: "failed", reason: reply.reason };
  }
}
