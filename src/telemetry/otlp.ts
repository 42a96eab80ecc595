/**
 * Spans on the wire: OTLP over HTTP with JSON bodies, one POST per batch, after the OpenTelemetry
 * Protocol (https://opentelemetry.io/docs/specs/otlp/#otlphttp). Owns the encoding, its redaction,
 * and the meaning of responses; the caller decides when to send and to resend.
 */
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { type Attributes, SCOPE_NAME } from "./names.ts";
import type { Span } from "./open-spans.ts";

/** The target of traces. */
export interface TraceTarget {
  /** The whole address, `/v1/traces` included. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Identifies the sender: service name, version, environment. */
  resource: Attributes;
  /** The probable mistake in it, for the log when it does not respond. */
  hint?: string;
}

/** The result of sending a batch. refused: it will never be accepted, and is not sent again. */
export type SendResult =
  | { kind: "sent"; rejectedSpans: number }
  | { kind: "failed"; reason: string; retryAfterMs?: number }
  | { kind: "refused"; reason: string };

/** Statuses after which the protocol lets the client retry. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Some trace stores refuse a span without duration (Jaeger 2.12 says "negative duration"). */
const SHORTEST_NS = 1_000;

/** `SpanKind` of the OpenTelemetry API. */
const KINDS = { internal: 0, server: 1, client: 2 } as const;

type SdkSpan = Parameters<typeof JsonTraceSerializer.serializeRequest>[0][number];

/** The body of one POST. `redact` cleans texts: names, attributes, messages. */
export function encodeSpans(
  spans: readonly Span[],
  traceId: string,
  resource: Attributes,
  redact: (fields: JsonObject) => JsonValue,
): Uint8Array<ArrayBuffer> {
  const clean = (attributes: Attributes) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- texts are replaced by texts
    return shorten(redact(attributes) as Attributes);
  };
  const sharedResource = { attributes: resource, merge: never, getRawAttributes: () => [] };
  const body = JsonTraceSerializer.serializeRequest(
    spans.map((span) => toSdkSpan(span, traceId, clean, sharedResource)),
  );
  if (!body) throw new Error("spans without a body");
  return new Uint8Array(body);
}

/** Sends one batch. Never throws because of the network or the other side. */
export async function sendSpans(
  target: Pick<TraceTarget, "url" | "headers">,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<SendResult> {
  try {
    const response = await fetch(target.url, {
      method: "POST",
      headers: { ...target.headers, "content-type": "application/json" },
      body,
      signal,
      redirect: "manual",
    });
    return judge(response, await readStart(response, signal));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "failed", reason };
  }
}

/**
 * The start of a response: what matters in it is short, and an endless one would fill the memory of
 * the object. The rest is not read, not even in the background: aborting a fetch does not stop the
 * reading of its body.
 */
async function readStart(response: Response, signal: AbortSignal): Promise<string> {
  if (!response.body) return "";
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a body has bytes; its type is any
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  let stopped = Promise.resolve();
  const stop = () => {
    stopped = reader.cancel();
  };
  signal.addEventListener("abort", stop, { once: true });
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let left = LIMITS.collectorAnswerBytes; left > 0;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return text;
      text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.byteLength;
    }
    stop();
    return text;
  } finally {
    signal.removeEventListener("abort", stop);
    await stopped;
  }
}

function judge(response: Response, text: string): SendResult {
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: "sent", rejectedSpans: rejectedSpans(text) };
  const reason = `The collector responded with ${status}.`;
  if (!RETRYABLE.has(status)) return { kind: "refused", reason };
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    kind: "failed",
    reason,
    ...(seconds >= 0 ? { retryAfterMs: Math.min(seconds * 1000, LIMITS.retryAfterMaxMs) } : {}),
  };
}

/** `partialSuccess.rejectedSpans`, a 64-bit integer and so a text; a response may be empty. */
function rejectedSpans(text: string): number {
  const count = /"rejectedSpans"\s*:\s*"?(\d{1,15})/.exec(text)?.[1];
  return count === undefined ? 0 : Number(count);
}

function toSdkSpan(
  span: Span,
  traceId: string,
  clean: (attributes: Attributes) => Attributes,
  resource: SdkSpan["resource"],
): SdkSpan {
  const { parentSpanId, startMs, endMs } = span;
  const context = (spanId: string) => ({ traceId, spanId, traceFlags: 1 });
  const message = span.error === null ? {} : { message: textOf(clean({ message: span.error })) };
  return {
    name: textOf(clean({ name: span.name })),
    kind: KINDS[span.kind],
    spanContext: () => context(span.spanId),
    ...(parentSpanId === null ? {} : { parentSpanContext: context(parentSpanId) }),
    startTime: toHrTime(startMs),
    endTime: toHrTime(endMs, endMs > startMs ? 0 : SHORTEST_NS),
    duration: toHrTime(endMs - startMs, endMs > startMs ? 0 : SHORTEST_NS),
    ended: true,
    status: { code: span.error === null ? 0 : 2, ...message },
    attributes: clean(span.attributes),
    links: [],
    events: span.events.map(({ name, atMs, attributes }) => ({
      name,
      time: toHrTime(atMs),
      attributes: clean(attributes),
    })),
    resource,
    instrumentationScope: { name: SCOPE_NAME },
    droppedAttributesCount: 0,
    droppedEventsCount: span.droppedEvents,
    droppedLinksCount: 0,
  };
}

function textOf(attributes: Attributes): string {
  return String(Object.values(attributes)[0] ?? "");
}

function shorten(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === "string" ? value.slice(0, LIMITS.spanTextLength) : value,
    ]),
  );
}

/** Whole milliseconds and less than a million nanoseconds, as OpenTelemetry's SDKs have times. */
function toHrTime(ms: number, ns = 0): [number, number] {
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000 + ns];
}

function never(): never {
  throw new Error("resources are not merged here");
}
