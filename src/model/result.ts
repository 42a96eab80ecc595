/**
 * The outcome of what can fail as expected. Errors are plain values with their evidence; what is
 * thrown is a broken invariant. (`Reply` of run-rpc.ts is the same for what crosses to the Worker.)
 */
export type Result<T, E> = { ok: true; value: T } | Failed<E>;

export interface Failed<E> {
  ok: false;
  error: E;
}
