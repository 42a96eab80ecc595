/**
 * Callers that wait for the run to settle, for a limited time. In memory only: nothing durable
 * depends on it.
 */
export class Settlement {
  readonly #waiters = new Set<() => void>();

  /** Wakes all waiting callers; each checks its own condition and deadline. */
  notify(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  /** Resolves when `isSettled` is true, or at `deadline` (epoch ms), whichever is first. */
  async wait(isSettled: () => boolean, deadline: number): Promise<void> {
    while (!isSettled()) {
      const remainingMs = deadline - Date.now();
      if (remainingMs <= 0) return;
      await this.#nextNotice(remainingMs);
    }
  }

  #nextNotice(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    this.#waiters.add(resolve);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiters.delete(resolve);
    });
  }
}
