/** A limit for one request of a sink, beside the signal of its batch. */

/**
 * Not with `AbortSignal.timeout`: its timer cannot be cleared, and keeps the object from sleeping.
 */
export function withinTime<T>(
  limitMs: number,
  signal: AbortSignal,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error("no answer in time")), limitMs);
  return request(AbortSignal.any([signal, limit.signal])).finally(() => clearTimeout(timer));
}
