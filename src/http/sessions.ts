/**
 * The sessions of a request with D1, and the header in which callers pass on what they have seen.
 * `route/serve.ts` begins them, and refuses a malformed bookmark.
 */
import { z } from "zod";
import type { Database } from "#db/database.ts";
import { Sessions } from "#db/sessions.ts";
import { BOOKMARK_HEADER, isBookmark } from "#model/bookmark.ts";
import type { DescribedHeaders } from "./route/answers.ts";
import type { AppContext } from "./types.ts";

const EXAMPLE = "00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683";

export const bookmarkHeaders = z.object({
  [BOOKMARK_HEADER]: z
    .string()
    .refine(isBookmark, { message: "is not a bookmark that this service has sent" })
    .optional()
    .meta({
      description:
        "`X-D1-Bookmark` of an earlier response: what this request reads is no older than that response.",
      example: EXAMPLE,
    }),
});

export const bookmarkAnswerHeader = {
  "X-D1-Bookmark": {
    description:
      "What the caller has seen of the database. Sent with later requests, they read nothing older.",
    schema: { type: "string" },
  },
} as const satisfies DescribedHeaders;

/** The sessions of this request. */
export function sessionsOf(c: AppContext): Sessions {
  const known = c.get("sessions");
  if (known) return known;
  const seen = c.req.header(BOOKMARK_HEADER);
  const isUsable = seen !== undefined && isBookmark(seen);
  const begun = new Sessions(c.env.DB, isUsable ? seen : null);
  c.set("sessions", begun);
  return begun;
}

/** D1 for a write and for what decides about it; the response has the bookmark. */
export function atPrimary(c: AppContext): Database {
  return sessionsOf(c).primary();
}

/** Puts the bookmark of this request's sessions on its response. */
export function showBookmark(c: AppContext): void {
  const bookmark = c.get("sessions")?.bookmark ?? null;
  if (bookmark !== null) c.res.headers.set(BOOKMARK_HEADER, bookmark);
}
