/**
 * Lists in pages: the parameters, the cursor and the answer. For callers a cursor is opaque; for us
 * it is the place of the last entry that was looked at, in the order of its list, encrypted.
 */
import { z } from "zod";
import { CURSOR_PATTERN, openCursor, sealCursor } from "#security/cursor.ts";
import { serverSecrets } from "#settings.ts";
import { ProblemError } from "../problems/problems.ts";
import type { AppContext } from "../types.ts";

/** The place of an entry in the order of a list, and its text. */
interface Place<P> {
  write(place: P): string;
  /** Null for a text that is not a place. */
  read(text: string): P | null;
}

/** In lists by id or name. */
export const BY_ID: Place<string> = { write: (id) => id, read: (text) => text };

export interface TimePlace {
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
export function pageQuery() {
  return z.object({
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().regex(CURSOR_PATTERN, "is not valid").optional().meta({
      description:
        "`next_cursor` of the page before, with the same parameters except `limit`, by the same caller.",
    }),
  });
}

/** The answer of a list; `id` is its name in the API description. */
export function pageSchema<S extends z.ZodType>(id: string, item: S) {
  return z
    .object({ items: z.array(item), next_cursor: z.string().nullable() })
    .meta({ id, example: { items: [], next_cursor: null } });
}

/** A list of this caller, with its filters: what a cursor belongs to. */
export interface List<P> {
  /** The operation's id. */
  name: string;
  place: Place<P>;
  /** The parameters besides `limit` and `cursor`, as text or absent. */
  filters?: Readonly<Record<string, string | undefined>>;
}

interface Reading<Row, P> extends List<P> {
  /** Reads up to `count` entries after a place; null: from the start. */
  read(after: P | null, count: number): Promise<readonly Row[]>;
  placeOf(row: Row): P;
}

interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

/** Reads one entry more than the page has: it shows whether there is a next page. */
export async function readPage<Row, P>(
  c: AppContext,
  { limit, cursor }: PageRequest,
  reading: Reading<Row, P>,
): Promise<{ rows: Row[]; next_cursor: string | null }> {
  const found = await reading.read(await placeIn(c, reading, cursor), limit + 1);
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  if (last === undefined) return { rows, next_cursor: null };
  return { rows, next_cursor: await nextCursor(c, reading, reading.placeOf(last)) };
}

/** The cursor of the page after this place. */
export function nextCursor<P>(c: AppContext, list: List<P>, last: P): Promise<string> {
  return sealCursor(serverSecrets(c.get("settings")), bindingOf(c, list), list.place.write(last));
}

/** The place in the cursor of a request; null without one. */
export async function placeIn<P>(
  c: AppContext,
  list: List<P>,
  cursor: string | undefined,
): Promise<P | null> {
  if (cursor === undefined) return null;
  const secrets = serverSecrets(c.get("settings"));
  const text = await openCursor(secrets, bindingOf(c, list), cursor);
  const place = text === null ? null : list.place.read(text);
  if (place === null) throw invalidCursor();
  return place;
}

/** A place of one caller may be one that another may not see. */
function bindingOf<P>(c: AppContext, { name, filters = {} }: List<P>): string {
  const { id, workflowScope } = c.get("principal");
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  return JSON.stringify([name, id, workflowScope, given.toSorted(byName)]);
}

function byName([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : 1;
}

function invalidCursor(): ProblemError {
  const message =
    "is not a cursor of this list, with these parameters, for this caller; begin again without one";
  const errors = [{ code: "invalid_cursor", message: `cursor ${message}.`, pointer: "/cursor" }];
  return new ProblemError({ code: "invalid_parameter", detail: `cursor ${message}.`, errors });
}
