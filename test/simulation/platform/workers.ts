/** What the code under test imports from `cloudflare:workers`. */
export class DurableObject<E> {
  protected readonly ctx: unknown;
  protected readonly env: E;

  constructor(ctx: unknown, env: E) {
    this.ctx = ctx;
    this.env = env;
  }
}

/** The platform's tracing is off: its span is not written to. */
export const tracing = {
  enterSpan<T>(_name: string, work: (span: { isTraced: boolean }) => T): T {
    return work({ isTraced: false });
  },
};
