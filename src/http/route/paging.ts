/**
 * Lists in pages: the parameters, the cursor and the answer. A cursor is opaque to callers; for us
 * it is the place of the last entry in the order of its list.
 */
import { z } from "zod";

/** The place of an entry in the order of a list, and its text. */
interface Place<P> {
  write(place: P): string;
  /** Null for a text that is not a place. */
  read(text: string): P | null;
}

/** In lists by id or name. */
export const BY_ID: Place<string> = { write: (id) => id, read: (text) => text };

interface TimePlace {
  /** ISO 8601 in UTC, with milliseconds. */
  at: string;
  id: string;
}

const TIME_PLACE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+)$/;

/** In lists by time; the id decides between entries of the same millisecond. */
export const BY_TIME: Place<TimePlace> = {
  write: ({ at, id }) => `${at} ${id}`,
  read(text) {
    const [, at, id] = TIME_PLACE.exec(text) ?? [];
    return at === undefined || id === undefined ? null : { at, id };
  },
};

/** The parameters of a list. */
export function pageQuery<P>(place: Place<P>, description = "`next_cursor` of the page before.") {
  const cursor = z.string().transform((text, context): P => {
    const decoded = decodeCursor(text);
    const found = decoded === null ? null : place.read(decoded);
    if (found !== null) return found;
    context.addIssue({ code: "custom", message: "is not valid" });
    return z.NEVER;
  });
  return z.object({
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: cursor.optional().meta({ description }),
  });
}

/** The answer of a list; `id` is its name in the API description. */
export function pageSchema<S extends z.ZodType>(id: string, item: S) {
  return z
    .object({ items: z.array(item), next_cursor: z.string().nullable() })
    .meta({ id, example: { items: [], next_cursor: null } });
}

interface Reading<Row, P> {
  place: Place<P>;
  /** Reads up to `count` entries after a place; null: from the start. */
  read(after: P | null, count: number): Promise<readonly Row[]>;
  placeOf(row: Row): P;
}

/** Reads one entry more than the page has: it shows whether there is a next page. */
export async function readPage<Row, P>(
  { limit, cursor }: { limit: number; cursor?: P | undefined },
  { place, read, placeOf }: Reading<Row, P>,
): Promise<{ rows: Row[]; next_cursor: string | null }> {
  const found = await read(cursor ?? null, limit + 1);
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  return { rows, next_cursor: last === undefined ? null : nextCursor(place, placeOf(last)) };
}

/** The cursor of the page after this place. */
export function nextCursor<P>(place: Place<P>, last: P): string {
  return encodeCursor(place.write(last));
}

export function encodeCursor(key: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(key)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** Null for a text that `encodeCursor` did not return. */
export function decodeCursor(cursor: string): string | null {
  try {
    const bytes = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const text = Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
  } catch {
    return null;
  }
}
