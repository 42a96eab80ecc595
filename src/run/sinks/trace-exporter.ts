/**
 * Brings the trace store up to date with the run's log: derives the spans and sends those that
 * ended after the cursor. Like the projection, but with its own cursor, so that neither waits for
 * the other and the run waits for neither.
 *
 * - Without an endpoint, or for a run that was not sampled at its start, nothing is read or written.
 * - The cursor moves when the collector has taken a batch. A crash can repeat a batch, whose spans
 *   then have the same ids, never lose one.
 * - A collector that does not respond is retried for about an hour, after that only when the run
 *   has new spans: a collector that is gone must not wake the object forever.
 */
import type { Env } from "#env.ts";
import { isJsonObject } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { redactFields } from "#security/redact.ts";
import { readSettings } from "#settings.ts";
import type { Logger } from "#telemetry/logger.ts";
import type { Span } from "#telemetry/open-spans.ts";
import { encodeSpans, type SendResult, sendSpans, type TraceTarget } from "#telemetry/otlp.ts";
import { spansOf } from "#telemetry/spans.ts";
import { type RunTrace, traceOfRun } from "#telemetry/trace-context.ts";
import { traceTarget } from "#telemetry/trace-target.ts";
import { exportDelayMs } from "../alarm/plan.ts";
import type { LoadedRun } from "../loaded-run.ts";
import { NOTHING_SENT, type RunStore, type TraceMark } from "../store.ts";
import { maskEvent, maskOf } from "../views/run-view.ts";

/** A collector that does not respond within this time counts as unavailable. */
const TIMEOUT_MS = 10_000;
/**
 * How much longer an open request may take, so that a slow collector is not sent the same spans
 * twice.
 */
const GRACE_MS = 200;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class TraceExporter {
  readonly #store: RunStore;
  readonly #target: TraceTarget | null;
  readonly #logger: Logger;
  #underWay: AbortController | null = null;

  constructor(store: RunStore, env: Env, logger: Logger) {
    const result = readSettings(env);
    this.#store = store;
    this.#target = result.ok ? traceTarget(result.settings) : null;
    this.#logger = logger;
  }

  /** When there is something to send (epoch ms); null: there is nothing. */
  dueAt(run: LoadedRun): number | null {
    if (!this.#target || run.start.isTraced !== true) return null;
    const mark = this.#store.readTraceMark();
    if (mark.seq >= run.state.seq || isGivenUp(mark, run.state.seq)) return null;
    return mark.retryAt;
  }

  /**
   * Sends what is due. `until` (epoch ms): the run has its own work then, and an unanswered request
   * is abandoned for it.
   */
  async export(run: LoadedRun | null, until: number): Promise<void> {
    const now = Date.now();
    const dueAt = run && this.dueAt(run);
    if (!run || !this.#target || dueAt === null || dueAt > now || this.#underWay) return;
    const interruption = new AbortController();
    this.#underWay = interruption;
    const { seq } = run.state;
    // A timer of more than 24 days would fire at once.
    const timer = setTimeout(() => interruption.abort(), Math.min(until - now, LONGEST_TIMER_MS));
    try {
      await this.#sendAll(run, this.#target, interruption.signal);
    } catch (error) {
      this.#logger.defect("trace export failed", error, { run_id: run.state.run_id });
      this.#noteFailure(this.#store.readTraceMark(), seq, { kind: "failed", reason: "defect" });
    } finally {
      clearTimeout(timer);
      this.#underWay = null;
    }
  }

  /** Something happened to the run that must not wait for a collector for more than a moment. */
  nudge(): void {
    const underWay = this.#underWay;
    if (underWay) setTimeout(() => underWay.abort(), GRACE_MS);
  }

  async #sendAll(run: LoadedRun, target: TraceTarget, interrupted: AbortSignal): Promise<void> {
    const { run_id: runId, seq } = run.state;
    const trace = traceOfRun(runId, run.start.traceparent);
    const mark = this.#store.readTraceMark();
    for (const batch of batches(this.#spans(run, trace, mark.seq), seq)) {
      const body = encodeSpans(batch.spans, trace.traceId, target.resource, redactFields);
      const result = await sendWithin(TIMEOUT_MS, target, body, interrupted);
      if (result.kind === "failed") {
        if (interrupted.aborted) return;
        this.#noteFailure(mark, seq, result);
        this.#logger.log("WARN", "trace export failed", {
          run_id: runId,
          reason: result.reason,
          failures: mark.failures,
          ...(target.hint === undefined ? {} : { hint: target.hint }),
        });
        return;
      }
      this.#logLosses(runId, batch.spans.length, result);
      this.#store.writeTraceMark({ ...NOTHING_SENT, seq: batch.seq });
      mark.seq = batch.seq;
      mark.failures = 0;
    }
    if (mark.seq < seq) this.#store.writeTraceMark({ ...NOTHING_SENT, seq });
  }

  #spans(run: LoadedRun, trace: RunTrace, afterSeq: number): Span[] {
    const mask = maskOf(run);
    const { steps } = run.workflow;
    const statusOf = (stepId: string) => {
      const output = run.context.runtime.steps[stepId]?.output;
      const status = isJsonObject(output) ? output["status"] : undefined;
      return typeof status === "number" ? status : undefined;
    };
    const events = function* (store: RunStore) {
      for (const event of store.events(0)) yield maskEvent(event, mask);
    };
    return spansOf(
      { runId: run.state.run_id, trace, steps, statusOf },
      events(this.#store),
      afterSeq,
    );
  }

  #noteFailure(
    mark: TraceMark,
    seq: number,
    result: Extract<SendResult, { kind: "failed" }>,
  ): void {
    mark.failures = mark.triedSeq === seq ? mark.failures + 1 : 1;
    mark.triedSeq = seq;
    mark.retryAt = Date.now() + Math.max(exportDelayMs(mark.failures), result.retryAfterMs ?? 0);
    this.#store.writeTraceMark(mark);
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

/**
 * Not with `AbortSignal.timeout`: its timer cannot be cleared, and keeps the object from sleeping.
 */
function sendWithin(
  timeoutMs: number,
  target: TraceTarget,
  body: Uint8Array<ArrayBuffer>,
  interrupted: AbortSignal,
): Promise<SendResult> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error("no answer in time")), timeoutMs);
  const signal = AbortSignal.any([interrupted, limit.signal]);
  return sendSpans(target, body, signal).finally(() => clearTimeout(timer));
}

function isGivenUp(mark: TraceMark, seq: number): boolean {
  return mark.triedSeq === seq && mark.failures >= LIMITS.traceExportAttempts;
}

interface Batch {
  spans: Span[];
  /** The cursor once the batch is sent. */
  seq: number;
}

/** Batches that end between two events; the last one ends with the log. Empty: no span ended. */
function batches(spans: Span[], lastSeq: number): Batch[] {
  const all: Batch[] = [];
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
