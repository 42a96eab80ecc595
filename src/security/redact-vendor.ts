/** Finds keys of vendors by their beginning (`redact-vendor-keys.ts`) or another fixed part. */
import type { Place } from "./redact-finding.ts";
import { looksDrawn } from "./redact-value.ts";
import { type Alphabet, VENDOR_KEYS, type VendorKey } from "./redact-vendor-keys.ts";
import { anyOf } from "./redact-words.ts";

const BODIES: Readonly<Record<Alphabet, RegExp>> = {
  w: /[\w-]+/y,
  x: /[0-9A-Fa-f]+/y,
  n: /[A-Za-z0-9]+/y,
  u: /[A-Z0-9]+/y,
  d: /\d+/y,
  ".": /[\w-]+(?:\.[\w-]+)*/y,
  b: /[A-Za-z0-9+/_-]+={0,2}/y,
};

/** At the start of a word, also behind a code of a URL or an escaped line break. */
const START = String.raw`(?:(?<![\w-])|(?<=%[0-9A-F]{2}|\\[nrt]))`;

/** By their first two characters, longest beginning first. */
const ROWS = new Map<string, VendorKey[]>();
for (const row of [...VENDOR_KEYS].sort((a, b) => b[1].length - a[1].length)) {
  const first = row[1].slice(0, 2);
  ROWS.set(first, [...(ROWS.get(first) ?? []), row]);
}
const WORD = /[\w$-]+/g;

/** Keys whose fixed part is not their beginning, or that need all of their form to be told apart. */
const SHAPES: readonly RegExp[] = [
  // Mailchimp; Azure AD client secrets; Terraform Cloud; MaxMind; Resend.
  /(?<![\w-])[0-9a-f]{32}-us\d{1,2}(?!\w)/g,
  /(?<![\w~.-])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~-])/g,
  /(?<![\w-])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,80}/g,
  /(?<![\w-])[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk(?!\w)/g,
  /(?<![\w-])re_[A-Za-z0-9]{6,10}_[A-Za-z0-9]{18,30}(?!\w)/g,
  // Telegram bots; Discord bots; Facebook applications; LaunchDarkly; Zoho.
  /(?<![\w-])(?:bot)?\d{8,10}:A[\w-]{34}(?![\w-])/g,
  /(?<![\w-])[MNO][A-Za-z\d_-]{23,25}\.[\w-]{6}\.[\w-]{27,38}(?![\w-])/g,
  /(?<![\w-])\d{15,16}(?:\||%7C)[\w-]{27,40}(?![\w-])/g,
  /(?<![\w-])(?:api|sdk|mob)-(?=[a-z-]*\d)[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}(?![\w-])/g,
  /(?<![\w-])1000\.[0-9a-f]{32}\.[0-9a-f]{32}(?![\w-])/g,
  // New Relic licences; Salesforce sessions; Stripe and Svix secrets of one object.
  /(?<![\w-])(?:[0-9a-f]{36,40}|eu01xx[0-9a-f]{26,34})(?:NRAL|FFFFNRAL|-NRMA)(?!\w)/g,
  /(?<![\w-])00D[A-Za-z0-9]{12,15}![\w.]{60,}/g,
  /(?<![\w-])(?:pi|seti|cs)_[A-Za-z0-9]{20,}_secret_[A-Za-z0-9]{20,}/g,
  // A name of a credential with a UUID behind it: of vendors without a beginning of their own.
  /(?<![\w$.-])[a-z]\w{1,31}[_-](?:secret|private[_-]key|api[_-]?key|access[_-]?key)[_-][0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])/gi,
  // Braintree.
  /(?<![\w$])access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}(?!\w)/g,
  // JSON web tokens and what is sealed like them; hashes of passwords.
  new RegExp(String.raw`${START}ey[JI][\w-]{5,}\.[\w-]{5,}(?:(?:\.[\w-]+){1,3}|\.)?`, "g"),
  /(?<![\w$])\$(?:2[abxy]?|5|6|7|y|argon2(?:id|i|d)|scrypt|pbkdf2[\w-]{0,16})\$[\w./+=,$-]{20,200}/g,
];

/** `acme_live_…`, `acme-sk-…`, `pat_…`: what most vendors without a row begin theirs with. */
const USUAL = new RegExp(
  String.raw`(?<![\w$.%-])(?:[a-z][a-z0-9]{1,15}[_-]){0,2}${anyOf(
    "sk pat api apikey key secret SECRET token TOKEN tok live prod sandbox rk sat",
  )}[_-](?:v\d[_-])?(?=[A-Za-z]{0,128}\d)[A-Za-z0-9]{20,128}(?![\w.(-])`,
  "g",
);

export function findVendorKeys(text: string): Place[] {
  const usual = placesOf(text, USUAL).filter(({ start, end }) =>
    looksDrawn(text.slice(text.slice(start, end).search(/[A-Za-z0-9]+$/) + start, end)),
  );
  return [...withBeginnings(text), ...SHAPES.flatMap((shape) => placesOf(text, shape)), ...usual];
}

function withBeginnings(text: string): Place[] {
  const found: Place[] = [];
  let done = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const start = index + codeBefore(text, index, word);
    if (start < done) continue;
    const { end, isKey } = endOfKey(text, start);
    if (isKey) found.push({ start, end });
    // What is read once is not read again: no part of words is a key either.
    done = end;
  }
  return found;
}

/** Of `%3Dghp_…` and `\nghp_…` what belongs to the code in front. */
function codeBefore(text: string, index: number, word: string): number {
  const before = text.charAt(index - 1);
  if (before === "%" && /^[0-9A-Fa-f]{2}/.test(word)) return 2;
  return before === "\\" && /^[nrt]/.test(word) ? 1 : 0;
}

function endOfKey(text: string, start: number): { end: number; isKey: boolean } {
  let read = start;
  for (const [, beginning, alphabet, least] of ROWS.get(text.slice(start, start + 2)) ?? []) {
    if (!text.startsWith(beginning, start)) continue;
    const from = start + beginning.length;
    const body = BODIES[alphabet];
    body.lastIndex = from;
    const [run = ""] = body.exec(text) ?? [];
    const end = from + run.length;
    if (run.length < least) continue;
    if (hasNoWordsAlone(run)) return { end, isKey: true };
    read = Math.max(read, end);
  }
  return { end: read, isKey: false };
}

/** Names of tables and files are words in small letters; keys have a digit or a capital. */
function hasNoWordsAlone(body: string): boolean {
  return /[\dA-Z]/.test(body);
}

function placesOf(text: string, pattern: RegExp): Place[] {
  return [...text.matchAll(pattern)].map(({ 0: match, index }) => ({
    start: index,
    end: index + match.length,
  }));
}
