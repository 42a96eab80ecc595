/** Finds e-mail addresses in a text, in time linear in its length. */
import type { Place } from "./redact-finding.ts";

/** The `@` itself, or its percent-encoding, also encoded repeatedly. */
const AT_SIGN = /@|%(?:25){0,2}40/g;
const LOCAL_CHARACTER = /[\p{L}\p{N}._%+-]/u;
const WORD_CHARACTER = /[\p{L}\p{N}_]/u;
const DOMAIN_CHARACTER = /[\p{L}\p{N}.-]/u;
/**
 * Prefixes of the percent-codes of `'`, `+`, `-`, `.` and `_`; any other code ends the local part.
 */
const LOCAL_CODE = /^%(?:25){0,2}(?:27|2B|2D|2E|5F)/i;

/**
 * `local@domain.tld`, letters of any script. A regular expression would try every start in a long
 * sequence of letters; here each character is read once from each side.
 */
export function findEmails(text: string): Place[] {
  const found: Place[] = [];
  let done = 0;
  for (const { 0: sign, index: at } of text.matchAll(AT_SIGN)) {
    const end = domainEnd(text, at + sign.length);
    if (end === null) continue;
    const start = afterQuote(text, localStart(text, { at, sign, from: done }), at, end);
    if (start === at) continue;
    // The usual user of repositories: git@host:team/repository.
    if (text.slice(start, at) === "git") continue;
    if (isNoAddress(text, start, end)) continue;
    found.push({ start, end });
    done = end;
  }
  return found;
}

/** Files and units of systemd have no top-level domain; ids of messages address no one. */
function isNoAddress(text: string, start: number, end: number): boolean {
  const isFile =
    /\.(?:png|jpe?g|gif|svg|webp|ico|css|scss|js|mjs|ts|tsx|map|json|service|socket|timer|target|mount|scope|slice)$/i;
  if (isFile.test(text.slice(Math.max(start, end - 12), end))) return true;
  return /(?:message-id|in-reply-to|references)["']?\s{0,2}[:=]?\s{0,2}<?$/i.test(
    text.slice(Math.max(0, start - 24), start),
  );
}

function localStart(
  text: string,
  { at, sign, from }: { at: number; sign: string; from: number },
): number {
  let start = at;
  while (start > from && isLocal(text, start - 1, sign)) start -= 1;
  // After a code that is not part of the address: `to%3Dann%40example.com`.
  const isBehindCode = sign !== "@" && text.charAt(start - 1) === "%";
  return isBehindCode ? Math.min(start + codeLength(text, start), at) : start;
}

function isLocal(text: string, index: number, sign: string): boolean {
  const character = text.charAt(index);
  // In `o'neil` it belongs to the name, before a name it opens a quotation.
  if (character === "'" || character === "’") return WORD_CHARACTER.test(text.charAt(index - 1));
  if (character === "%" && sign !== "@") return LOCAL_CODE.test(text.slice(index, index + 8));
  return LOCAL_CHARACTER.test(character);
}

/** Characters after the percent sign of a code: two, and two more for each further encoding. */
function codeLength(text: string, index: number): number {
  return /^(?:25){0,2}[0-9A-Fa-f]{2}/.exec(text.slice(index, index + 6))?.[0].length ?? 0;
}

/**
 * A quoted address ends with a quotation mark too: in `b'ann@example.com'` it starts after the
 * first one.
 */
function afterQuote(text: string, start: number, at: number, end: number): number {
  const mark = text.charAt(end);
  if (mark !== "'" && mark !== "’") return start;
  if (text.charAt(start - 1) === mark) return start;
  const quote = text.slice(start, at).indexOf(mark);
  return quote === -1 ? start : start + quote + 1;
}

/** The end of the domain: its last label that starts with two letters, with a label before it. */
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
