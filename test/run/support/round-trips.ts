/**
 * Round trips to D1, counted: how many in all, and how many in sequence, which is what a caller far
 * away waits for. For tests and measurements; nothing of the service knows it.
 */

/** Round trips that may overlap. */
export class RoundTrips {
  /** All that have begun. */
  total = 0;
  /** The longest chain of those that have ended, each begun after the one before had ended. */
  inSequence = 0;

  /** Counts `trip` as one round trip. */
  async count<T>(trip: () => Promise<T>): Promise<T> {
    const place = this.inSequence + 1;
    this.total += 1;
    try {
      return await trip();
    } finally {
      this.inSequence = Math.max(this.inSequence, place);
    }
  }
}

type Around = <T>(trip: () => Promise<T>) => Promise<T>;

const SENT = new Set<string | symbol>(["all", "first", "run", "raw"]);

/** The database, with `around` for each of its round trips. */
export function watchDatabase(database: D1Database, around: Around): D1Database {
  /** The statement behind each of ours: a batch takes only its own. */
  const inner = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const statementOf = (statement: D1PreparedStatement): D1PreparedStatement => {
    const watched = new Proxy(statement, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (name === "bind") {
          return (...values: unknown[]) => statementOf(target.bind(...values));
        }
        if (typeof member !== "function" || !SENT.has(name)) return member;
        return (...args: unknown[]) =>
          around(async () => (await Reflect.apply(member, target, args)) as unknown);
      },
    });
    inner.set(watched, statement);
    return watched;
  };
  const within = (side: Pick<D1Database, "prepare" | "batch">) => ({
    prepare: (query: string) => statementOf(side.prepare(query)),
    batch: <T>(statements: D1PreparedStatement[]) =>
      around(() => side.batch<T>(statements.map((one) => inner.get(one) ?? one))),
  });
  return {
    ...within(database),
    exec: (query) => around(() => database.exec(query)),
    dump: () => around(() => database.dump()),
    withSession(start) {
      const session = database.withSession(start);
      return { ...within(session), getBookmark: () => session.getBookmark() };
    },
  };
}
