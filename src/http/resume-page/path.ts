/**
 * The address of a resume link as it arrives, and as it was meant. Links are sent in running text:
 * mail programs, chats and people copy the full stop after it, the bracket around it or the quote
 * at its end as part of the address. A token has a fixed length, so anything after it does not
 * belong to it.
 */
import { getPath } from "hono/utils/url";

const LINK = /^(\/resume\/wo_resume_[A-Za-z0-9_-]{84})(.+)$/s;
/** Longer suffixes are not the mistake of a mail program. */
const LONGEST_TAIL = 64;
/**
 * Punctuation and white space, also as HTML entities. With a letter or digit it is another text.
 */
const TAIL = /^(?:&(?:amp|apos|gt|lt|quot|nbsp|#\d{1,4}|#x[0-9a-f]{1,4});?|[^\p{L}\p{N}])+$/iu;

/** The path that a request is routed by. */
export function pathOf(request: Request): string {
  const path = getPath(request);
  const [, link, tail = ""] = LINK.exec(path) ?? [];
  return link !== undefined && isTail(tail) ? link : path;
}

function isTail(tail: string): boolean {
  if (tail.length > LONGEST_TAIL) return false;
  try {
    return TAIL.test(decodeURIComponent(tail));
  } catch {
    // Half of a percent-encoded character: the address was cut, and perhaps the token too.
    return false;
  }
}
