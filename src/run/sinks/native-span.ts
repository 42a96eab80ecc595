/**
 * Spans of the platform's own tracing: the object's work, with the storage, D1 and network calls
 * that the platform records below it. They reach only Cloudflare's trace view, and cost nothing
 * where it is off. The run's own trace is derived from its log (`trace-sink.ts`).
 */
import { tracing } from "cloudflare:workers";
import type { Attributes } from "#telemetry/names.ts";

/** Runs the work inside a span that ends with it. */
export function inNativeSpan<T>(name: string, attributes: Attributes, work: () => T): T {
  return tracing.enterSpan(name, (span) => {
    if (span.isTraced) {
      for (const [key, value] of Object.entries(attributes)) {
        span.setAttribute(key, Array.isArray(value) ? value.join(",") : value);
      }
    }
    return work();
  });
}
