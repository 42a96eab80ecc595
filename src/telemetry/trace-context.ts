/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/) and the identities of a run's spans. Ids
 * are derived, never random: the same run, step and attempt have the same id, so that spans can be
 * sent again, and calls can refer to a span that is only sent later.
 */

/** The span of a caller. */
export interface TraceParent {
  /** 32 hexadecimal digits, lower case. */
  traceId: string;
  /** 16 hexadecimal digits, lower case. */
  spanId: string;
  isSampled: boolean;
}

/** How a run is placed in the traces. */
export interface RunTrace {
  traceId: string;
  /** The caller's span; null: the run is the root of its trace. */
  parentSpanId: string | null;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 0x01;

/** The span of a `traceparent` header; null when it is missing or invalid. */
export function parseTraceparent(header: string | undefined): TraceParent | null {
  const match = TRACEPARENT.exec(header?.trim() ?? "");
  if (!match) return null;
  const [, version = "", traceId = "", spanId = "", flags = "", rest] = match;
  if (version === "ff" || (version === "00" && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}

/** The caller's trace, if the start had one; else the run's own. */
export function traceOfRun(runId: string, traceparent: string | undefined): RunTrace {
  const parent = parseTraceparent(traceparent);
  return parent
    ? { traceId: parent.traceId, parentSpanId: parent.spanId }
    : { traceId: fnv1a64(`trace/${runId}`) + fnv1a64(`${runId}/trace`), parentSpanId: null };
}

/** The subject of a span. A step runs at most once, so its id identifies it. */
export type SpanOf =
  | { kind: "run" }
  | { kind: "activity" | "late"; seq: number }
  | { kind: "step"; stepId: string }
  | { kind: "attempt" | "call"; stepId: string; attempt: number };

/** 16 hexadecimal digits. Several runs can share a caller's trace, so the run is part of it. */
export function spanIdOf(runId: string, span: SpanOf): string {
  switch (span.kind) {
    case "run":
      return fnv1a64(`${runId}/run`);
    case "activity":
    case "late":
      return fnv1a64(`${runId}/${span.kind}/${span.seq}`);
    case "step":
      return fnv1a64(`${runId}/step/${span.stepId}`);
    case "attempt":
    case "call":
      return fnv1a64(`${runId}/${span.kind}/${span.stepId}/${span.attempt}`);
  }
}

/** Names as in the OpenTelemetry specification of `OTEL_TRACES_SAMPLER`. */
export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

/** Whether a run's spans are sent. Decided once, at the start. `ratio`: 0 to 1. */
export function isTraceSampled(
  sampler: SamplerName,
  ratio: number,
  traceId: string,
  parent: TraceParent | null,
): boolean {
  if (parent && sampler.startsWith("parentbased_")) return parent.isSampled;
  if (sampler.endsWith("always_on")) return true;
  if (sampler.endsWith("always_off")) return false;
  // The last digits are random in every kind of trace id; 13 are exact in a double.
  return Number.parseInt(traceId.slice(-13), 16) < ratio * 16 ** 13;
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** FNV-1a of the text's UTF-8, 64 bits, as 16 hexadecimal digits; never all zero. */
export function fnv1a64(text: string): string {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  }
  return (hash === 0n ? 1n : hash).toString(16).padStart(16, "0");
}
