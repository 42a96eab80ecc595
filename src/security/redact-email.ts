/** Finds e-mail addresses in a text, in time linear in its length. */
import type { Place } from "./redact-finding.ts";

const LOCAL_CHARACTER = /[\p{L}\p{N}._%+-]/u;
const DOMAIN_CHARACTER = /[\p{L}\p{N}.-]/u;

/**
 * `local@domain.tld`, letters of any script. A regular expression would try every start of a long
 * run of letters; here each character is looked at once from each side.
 */
export function findEmails(text: string): Place[] {
  const found: Place[] = [];
  let done = 0;
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const start = localStart(text, at, done);
    const end = domainEnd(text, at + 1);
    if (start === at || end === null) continue;
    // The user of repositories everywhere: git@host:team/repository.
    if (text.slice(start, at) === "git") continue;
    found.push({ start, end });
    done = end;
  }
  return found;
}

function localStart(text: string, at: number, from: number): number {
  let start = at;
  while (start > from && LOCAL_CHARACTER.test(text.charAt(start - 1))) start -= 1;
  return start;
}

/** The end of the domain: its last label that begins with two letters, with a label before it. */
function domainEnd(text: string, from: number): number | null {
  let end = from;
  while (end < text.length && DOMAIN_CHARACTER.test(text.charAt(end))) end += 1;
  const run = text.slice(from, end);
  for (let dot = run.lastIndexOf("."); dot > 0; dot = run.lastIndexOf(".", dot - 1)) {
    const label = /^\p{L}{2}[\p{L}\p{N}-]{0,61}/u.exec(run.slice(dot + 1, dot + 64))?.[0];
    if (label !== undefined) return from + dot + 1 + label.replace(/-+$/, "").length;
  }
  return null;
}
