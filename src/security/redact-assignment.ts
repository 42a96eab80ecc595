/**
 * Finds values behind a name and a sign: `DB_PASSWORD=…`, `"apiKey": "…"`, `Passwort: …`,
 * `token := …`. The name is read backwards from the
 * sign, at most 64 characters, and judged by `redact-judge.ts`: linear, in every language of it.
 */
import type { Finding, Place } from "./redact-finding.ts";
import { finding } from "./redact-form.ts";
import { type Judge, judging } from "./redact-judge.ts";
import { anyOf } from "./redact-words.ts";

const SIGN =
  /:{1,3}=|\?{1,2}=|\|\|=?|[+.]=|=>|->|={1,3}|::(?=\s)|(?<!:):(?!\/\/|:)|[：＝]|%3[Dd]|%3[Aa]/g;
const NAME_CHARACTER = /[\p{L}\p{M}\p{N}_$.@-]/u;
const QUOTE = /\\?["'`]|&quot;|“|„|«|「/y;
const CLOSING: Readonly<Record<string, string>> = { "“": "”", "„": "“", "«": "»", "「": "」" };
const BEFORE_VALUE = /\s{0,16}(?:(?:[brfuBRFU]|new String\(|\$)(?=["'`]))?/y;
/** Not in a value without quotes. `&` and `;` separate fields, `,` items. */
const UNQUOTED = /[^\s"'`,;&<>()[\]{}|]{1,96}/y;
const UNQUOTED_PASSWORD = /(?:[^\s"'`,;&<>[\]]|&(?![\w.-]{1,64}=|amp;|quot;)){1,96}/y;
const REST = /[^\s"'`,;&<>()[\]{}|]*/y;
const MAX_NAME = 64;
/** As much is read before a value is judged; what is accepted is read to its end. */
const MAX_VALUE = 96;
const MAX_QUOTED = 4096;

/** One of these is in every text with a name of a credential. */
export const ASSIGNMENT_STEM = new RegExp(
  anyOf(
    "pass pasw pw psw psk mdp pin otp cv[vc] auth jwt sas cred bearer card pan ssn security secret token key cookie",
    "sess connect kennwort contra clave palavra wacht kode salasana katasandi phrase mnemonic geheim zugang",
    "chave chiave schl sleutel klucz senha has[lł]o heslo parol sifre lozinka geslo matkhau [^\\0-\\u007f]",
  ),
  "i",
);

/** A value of so many characters may be a key that the name of a vendor alone says to be one. */
export const LONG_VALUE = /[:=>,]\s{0,16}\\?["'`]?[\w.+/=~-]{16}/;
const BEGINS_LONG = /\s{0,16}\\?["'`]?[\w.+/=~-]{16}/y;

export function findAssignments(text: string): Finding[] {
  const found: Finding[] = [];
  const judgeOf = judging();
  let done = 0;
  for (const { 0: sign, index } of text.matchAll(SIGN)) {
    if (index < done) continue;
    const name = nameBefore(text, index, Math.max(done, index - MAX_NAME));
    if (name === null) continue;
    const isLong = endOf(BEGINS_LONG, text, index + sign.length) !== null;
    if (!isLong && !ASSIGNMENT_STEM.test(name)) continue;
    const judge = judgeOf(name);
    const judged = judge && valueOf(text, judge, index, index + sign.length);
    if (judged === null) continue;
    const place = wholeOf(text, judged);
    found.push(finding("api_key", text, place, place));
    done = place.end;
  }
  return found;
}

/** A value that was judged by its beginning, to its end. */
function wholeOf(text: string, { start, end }: Place): Place {
  const isCut = end - start >= MAX_VALUE - 1;
  return { start, end: isCut ? (endOf(REST, text, end) ?? end) : end };
}

/** Up to four words in front of a sign, quoted or not, perhaps with words in parentheses behind. */
function nameBefore(text: string, sign: number, least: number): string | null {
  let end = sign;
  while (end > least && /\s/.test(text.charAt(end - 1))) end -= 1;
  if (text.charAt(end - 1) === ")") {
    const open = text.lastIndexOf("(", end);
    if (open >= least && !/["']/.test(text.slice(open, end))) end = open;
    while (end > least && text.charAt(end - 1) === " ") end -= 1;
  }
  while (end > least && /["'`\])\\]/.test(text.charAt(end - 1))) end -= 1;
  let start = end;
  let spaces = 0;
  while (start > least) {
    const character = text.charAt(start - 1);
    if (character === " " || character === "\t") spaces += 1;
    if (spaces > 3 || !(isPlain(character) || NAME_CHARACTER.test(character))) break;
    start -= 1;
  }
  const name = text.slice(start, end).trim();
  return name === "" || /^[\d.]+$/.test(name) ? null : name;
}

function isPlain(character: string): boolean {
  return (character >= "a" && character <= "z") || character === "_" || character === " ";
}

function valueOf(text: string, judge: Judge, signAt: number, from: number): Place | null {
  const read = readValue(text, from, judge.isPassword);
  if (read === null) return null;
  const { place, isQuoted } = read;
  const value = text.slice(place.start, place.end);
  const isAssigned = text.charAt(signAt) !== ":" || !/\s/.test(text.charAt(from));
  if (!isQuoted && !isAssigned && isSentence(text, place, value)) return null;
  return judge.isValue(value, { isQuoted, isAssigned }) ? place : null;
}

function readValue(
  text: string,
  from: number,
  isPassword: boolean,
): { place: Place; isQuoted: boolean } | null {
  const start = endOf(BEFORE_VALUE, text, from) ?? from;
  const open = endOf(QUOTE, text, start);
  if (open !== null) {
    const quote = text.slice(start, open);
    const closing = CLOSING[quote] ?? quote;
    const length = text
      .slice(open, open + MAX_QUOTED)
      .search(new RegExp(`${closing.replace("\\", "\\\\")}|[\\r\\n]`));
    const end = open + length;
    if (length > 0 && text.startsWith(closing, end)) {
      return { place: { start: open, end }, isQuoted: true };
    }
  }
  const begin = open ?? start;
  const end = endOf(isPassword ? UNQUOTED_PASSWORD : UNQUOTED, text, begin);
  if (end === null) return null;
  const value = text.slice(begin, end).replace(/(?:\\[nrt].*|[.,:\\]+)$/, "");
  return { place: { start: begin, end: begin + value.length }, isQuoted: false };
}

/** `password: please choose another`: words go on behind it. */
function isSentence(text: string, { end }: Place, value: string): boolean {
  return /^\p{L}?\p{Ll}+[,.]?$/u.test(value) && /^[,.]? \p{Ll}{2,}/u.test(text.slice(end, end + 8));
}

function endOf(pattern: RegExp, text: string, from: number): number | null {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : null;
}
