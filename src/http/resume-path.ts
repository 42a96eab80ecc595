/**
 * The address of a resume link as it arrives, and as it was meant. Links travel in running text:
 * mail programs, chats and people take the full stop after it, the bracket around it or the quote
 * at its end for a part of the address. A token has a fixed length, so what follows it is not its.
 */
import { getPath } from "hono/utils/url";

const LINK = /^(\/resume\/wo_resume_[A-Za-z0-9_-]{84})(.+)$/s;
/** More than this is no slip of a mail program. */
const LONGEST_TAIL = 64;
/** Signs and white space, and signs as HTML writes them. A letter or a digit makes it another text. */
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
    // Half of a percent-encoded character: cut somewhere, and so perhaps is the token.
    return false;
  }
}
