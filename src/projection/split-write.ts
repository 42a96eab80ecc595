/**
 * Writes many items in as few batches as possible. When a batch fails its halves are written apart,
 * so that a row that the database does not take costs its neighbours a moment and not their place.
 *
 * - A batch that was committed and whose answer was lost is written again: items are idempotent.
 * - A database that takes nothing is not asked over and over: when the whole and both halves have
 *   failed, all items fail. Only where the failures speak of the data it is asked some more.
 * - A batch without an answer in time ends it at once: the others would wait as long.
 */

export interface SplitOptions<Item> {
  /** Writes the items, all or none. */
  write(items: readonly Item[]): Promise<void>;
  /** Called once for each item; null: it is written. */
  settle(item: Item, reason: string | null): void;
  /** Whether a failure is one of what was written, and not of the database. */
  isOfData(error: unknown): boolean;
  /** Batches in all. */
  maxBatches: number;
  /** A batch without an answer by then counts as failed. */
  limitMs: number;
}

/** Batches without any success, after which the database is taken to be away. */
const HOPELESS_BATCHES = 3;
/** The same where each failure speaks of the data: down to eighths. */
const HOPELESS_DATA_BATCHES = 15;

/** Whether the database answers at all. */
export type SplitResult = "answered" | "silent";

interface Failure {
  kind: "silent" | "ofData" | "other";
  reason: string;
}

export async function splitWrite<Item>(
  items: readonly Item[],
  options: SplitOptions<Item>,
): Promise<SplitResult> {
  const { settle, maxBatches } = options;
  const groups: (readonly Item[])[] = [items];
  let batches = 0;
  let isAnyWritten = false;
  // Larger groups first: half of what is left of a batch with one bad item is written by the next.
  for (let group = groups.shift(); group; group = groups.shift()) {
    batches += 1;
    const failure = await tryWrite(group, options);
    if (failure === null) {
      isAnyWritten = true;
      for (const item of group) settle(item, null);
      continue;
    }
    const hopeless = failure.kind === "ofData" ? HOPELESS_DATA_BATCHES : HOPELESS_BATCHES;
    const isOver = batches >= (isAnyWritten ? maxBatches : hopeless);
    if (failure.kind === "silent" || isOver || group.length === 1) {
      for (const item of group) settle(item, failure.reason);
    }
    if (failure.kind === "silent" || isOver) {
      for (const item of groups.flat()) settle(item, failure.reason);
      return failure.kind === "silent" ? "silent" : "answered";
    }
    if (group.length > 1) {
      const middle = Math.ceil(group.length / 2);
      groups.push(group.slice(0, middle), group.slice(middle));
    }
  }
  return "answered";
}

/** null: they are written. */
async function tryWrite<Item>(
  group: readonly Item[],
  { write, isOfData, limitMs }: SplitOptions<Item>,
): Promise<Failure | null> {
  const { promise: silence, resolve } = Promise.withResolvers<Failure>();
  const timer = setTimeout(
    () => resolve({ kind: "silent", reason: `no answer within ${limitMs} ms` }),
    limitMs,
  );
  const written = write(group).then(
    () => null,
    (error: unknown): Failure => ({
      kind: isOfData(error) ? "ofData" : "other",
      reason: error instanceof Error ? error.message : String(error),
    }),
  );
  return Promise.race([written, silence]).finally(() => clearTimeout(timer));
}
