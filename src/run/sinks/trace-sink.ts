/**
 * The sink that sends a run's spans to the trace store: derives them from the log and sends those
 * that ended after the cursor.
 *
 * - Without an endpoint, or for a run that was not sampled at its start, nothing is read or written.
 * - A crash can repeat a batch, whose spans then have the same ids.
 * - A step that is pending goes first: its alarm must not wait for a collector.
 */
import { isJsonObject } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { redactFields } from "#security/redact.ts";
import type { Logger } from "#telemetry/logger.ts";
import type { Span } from "#telemetry/open-spans.ts";
import { encodeSpans, type SendResult, sendSpans, type TraceTarget } from "#telemetry/otlp.ts";
import { spansOf } from "#telemetry/spans.ts";
import { type RunTrace, traceOfRun } from "#telemetry/trace-context.ts";
import type { LoadedRun } from "../loaded-run.ts";
import type { Batch, Delivery, Sink } from "./sink.ts";
import { withinTime } from "./time-limit.ts";

/** A collector that does not respond within this time counts as unavailable. */
const TIMEOUT_MS = 10_000;

export class TraceSink implements Sink {
  readonly cursor = "trace";
  readonly label = "trace export";
  /** Tried for about an hour. */
  readonly backoff = {
    firstMs: 1_000,
    longestMs: 300_000,
    attempts: LIMITS.traceExportAttempts,
  };
  readonly graceMs = 200;
  readonly #target: TraceTarget | null;
  readonly #logger: Logger;

  /** `target` is null where no spans are sent. */
  constructor(target: TraceTarget | null, logger: Logger) {
    this.#target = target;
    this.#logger = logger;
  }

  takes(run: LoadedRun): boolean {
    return (
      this.#target !== null &&
      run.start.isTraced === true &&
      run.pendingStep === null &&
      !run.isMidTurn
    );
  }

  async deliver(batch: Batch): Promise<Delivery> {
    const target = this.#target;
    if (!target) throw new Error("spans without a target");
    const { run_id: runId } = batch.run.state;
    const trace = traceOfRun(runId, batch.run.start.traceparent);
    for (const part of parts(spansAfter(batch, trace), batch.seq)) {
      const body = encodeSpans(part.spans, trace.traceId, target.resource, redactFields);
      const result = await withinTime(TIMEOUT_MS, batch.signal, (signal) =>
        sendSpans(target, body, signal),
      );
      if (result.kind === "failed") {
        if (batch.signal.aborted) return { kind: "interrupted" };
        return { ...result, ...(target.hint === undefined ? {} : { hint: target.hint }) };
      }
      this.#logLosses(runId, part.spans.length, result);
      batch.confirm(part.seq);
    }
    return { kind: "delivered" };
  }

  #logLosses(runId: string, count: number, result: Exclude<SendResult, { kind: "failed" }>): void {
    if (result.kind === "sent" && result.rejectedSpans === 0) return;
    this.#logger.log("ERROR", "spans refused", {
      run_id: runId,
      spans: result.kind === "sent" ? result.rejectedSpans : count,
      ...(result.kind === "refused" ? { reason: result.reason } : {}),
    });
  }
}

/** From the whole log: a span that ends after the cursor began before it. */
function spansAfter(batch: Batch, trace: RunTrace): Span[] {
  const { run } = batch;
  const statusOf = (stepId: string) => {
    const output = run.context.runtime.steps[stepId]?.output;
    const status = isJsonObject(output) ? output["status"] : undefined;
    return typeof status === "number" ? status : undefined;
  };
  const { steps } = run.workflow;
  const of = { runId: run.state.run_id, trace, steps, statusOf };
  return spansOf(of, batch.shown(0), batch.afterSeq);
}

interface Part {
  spans: Span[];
  /** The cursor once the part is sent. */
  seq: number;
}

/** Parts that end between two events; the last one ends with the log. Empty: no span ended. */
function parts(spans: Span[], lastSeq: number): Part[] {
  const all: Part[] = [];
  for (const [seq, together] of Map.groupBy(spans, (span) => span.seq)) {
    const last = all.at(-1);
    if (last && last.spans.length + together.length <= LIMITS.spansPerPost) {
      last.spans.push(...together);
      last.seq = seq;
    } else {
      all.push({ spans: together, seq });
    }
  }
  const end = all.at(-1);
  if (end) end.seq = lastSeq;
  return all;
}
