/**
 * Bookmarks of D1: the place in the history of the database that a caller has seen. A service and
 * its clients pass them on in a header, so that a copy of the database that lags is not read.
 */

export const BOOKMARK_HEADER = "x-d1-bookmark";

/**
 * The form in which D1 writes them. Anything else, such as the names of D1's constraints, would be
 * passed on as an instruction. One of another form is neither taken nor sent: should D1 change the
 * form, callers lose their bookmarks, and are not refused for what we sent them.
 */
const PATTERN = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

export function isBookmark(text: string): boolean {
  return PATTERN.test(text);
}

/** The latest of them: they sort by their text. null: there is none. */
export function latestBookmark(bookmarks: readonly (string | null)[]): string | null {
  return bookmarks.reduce((latest, one) => {
    if (one === null || !isBookmark(one)) return latest;
    return latest === null || one > latest ? one : latest;
  }, null);
}

/** What a client has seen: sent with each request, and moved on by each response. */
export class BookmarkJar {
  #seen: string | null = null;

  /** The headers for a request. */
  headers(): Record<string, string> {
    return this.#seen === null ? {} : { [BOOKMARK_HEADER]: this.#seen };
  }

  /** `sent`: what `headers` returned for this request. */
  keep(sent: Readonly<Record<string, string>>, response: { headers: Headers }): void {
    const received = response.headers.get(BOOKMARK_HEADER);
    if (received === null || !isBookmark(received)) return;
    const asked = sent[BOOKMARK_HEADER];
    // Earlier than what was asked for: the service could not follow our bookmark, such as one from
    // before the database was restored. Keeping ours would send every later read the long way.
    const isReset = asked !== undefined && received < asked;
    this.#seen = isReset ? received : latestBookmark([this.#seen, received]);
  }
}
