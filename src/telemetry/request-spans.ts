/**
 * A span for an HTTP request, by @microlabs/otel-cf-workers. This file is loaded only for sampled
 * requests, so that others do not pay for it.
 *
 * The library is used for the request span only. It gets no bindings to wrap and replaces no
 * global, and its own exporter is not used: that one keeps every trace in memory, and sends whole
 * addresses, resume tokens included. Spans are sent once, after the response. Those that the
 * collector does not accept are lost, unlike the spans of runs.
 */
import { instrument } from "@microlabs/otel-cf-workers";
import { trace } from "@opentelemetry/api";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { ATTRIBUTES as A, type Attributes } from "./names.ts";
import type { Span } from "./open-spans.ts";
import { encodeSpans, sendSpans, type TraceTarget } from "./otlp.ts";
import { formatTraceparent } from "./trace-context.ts";

/** A collector that does not respond within this time counts as unavailable. */
const TIMEOUT_MS = 5_000;

export interface RequestTracing {
  target: TraceTarget;
  redact(fields: JsonObject): JsonValue;
  /** Called with the reason when spans are lost. */
  lost(reason: string): void;
}

/** The library keeps the processor of the first call, so there is one per isolate. */
let shared: RequestSpanSender | null = null;

/**
 * Serves a request inside a span. The handler gets the request with the span's `traceparent`, like
 * from a proxy, so that a run which it starts is a child of the span.
 */
export async function traceRequest(
  request: Request<unknown, IncomingRequestCfProperties>,
  context: ExecutionContext,
  serve: (request: Request) => Response | Promise<Response>,
  tracing: RequestTracing,
): Promise<Response> {
  shared ??= new RequestSpanSender(tracing);
  const handler = instrument(
    { fetch: (incoming) => serve(withOwnSpan(incoming)) },
    {
      service: { name: String(tracing.target.resource["service.name"]) },
      spanProcessors: shared,
      // Sampled already; the caller's flag must not decide again.
      sampling: { headSampler: { ratio: 1, acceptRemote: false } },
      instrumentation: { instrumentGlobalFetch: false, instrumentGlobalCache: false },
    },
  );
  if (!handler.fetch) throw new Error("the instrumented handler has no fetch");
  return handler.fetch(request, {}, context);
}

function withOwnSpan(request: Request): Request {
  const span = trace.getActiveSpan()?.spanContext();
  if (!span) return request;
  const headers = new Headers(request.headers);
  const { traceId, spanId } = span;
  headers.set("traceparent", formatTraceparent({ traceId, spanId, isSampled: true }));
  return new Request(request, { headers });
}

/** The fields of the library's spans that are read. */
interface EndedSpan {
  spanContext(): { traceId: string; spanId: string };
  parentSpanContext?: { spanId: string } | undefined;
  startTime: [number, number];
  endTime: [number, number];
  attributes: Readonly<Record<string, unknown>>;
}

class RequestSpanSender {
  readonly #tracing: RequestTracing;
  /** Ended and not sent yet, by trace. */
  readonly #ended = new Map<string, EndedSpan[]>();

  constructor(tracing: RequestTracing) {
    this.#tracing = tracing;
  }

  onStart(): void {}

  onEnd(span: EndedSpan): void {
    const { traceId } = span.spanContext();
    this.#ended.set(traceId, [...(this.#ended.get(traceId) ?? []), span]);
  }

  /** The library calls this after the response, inside `waitUntil`. */
  async forceFlush(traceId?: string): Promise<void> {
    for (const [id, spans] of traceId === undefined ? this.#ended : this.#take(traceId)) {
      this.#ended.delete(id);
      await this.#send(id, spans);
    }
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
  }

  #take(traceId: string): [string, EndedSpan[]][] {
    const spans = this.#ended.get(traceId);
    return spans ? [[traceId, spans]] : [];
  }

  async #send(traceId: string, spans: EndedSpan[]): Promise<void> {
    const { target, redact, lost } = this.#tracing;
    const body = encodeSpans(spans.map(toSpan), traceId, target.resource, redact);
    const result = await sendSpans(target, body, AbortSignal.timeout(TIMEOUT_MS));
    if (result.kind !== "sent") lost(result.reason);
  }
}

/** The library's attributes without private data: no address, no query, no user agent. */
const KEPT: readonly string[] = [
  A.httpMethod,
  A.httpRoute,
  A.httpStatus,
  A.requestId,
  A.clientRequestId,
  A.runId,
];

function toSpan(span: EndedSpan): Span {
  const kept = KEPT.flatMap((name): [string, string | number][] => {
    const value = span.attributes[name];
    return typeof value === "string" || typeof value === "number" ? [[name, value]] : [];
  });
  const attributes: Attributes = Object.fromEntries(kept);
  const status = Number(attributes[A.httpStatus] ?? 0);
  const isError = status >= 500;
  return {
    spanId: span.spanContext().spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? null,
    name: [attributes[A.httpMethod], attributes[A.httpRoute]].filter(Boolean).join(" "),
    kind: "server",
    startMs: toMs(span.startTime),
    endMs: toMs(span.endTime),
    attributes: { ...attributes, ...(isError ? { [A.errorType]: String(status) } : {}) },
    events: [],
    droppedEvents: 0,
    error: isError ? `The response was ${status}.` : null,
    seq: 0,
  };
}

function toMs([seconds, nanos]: [number, number]): number {
  return seconds * 1000 + Math.floor(nanos / 1_000_000);
}
