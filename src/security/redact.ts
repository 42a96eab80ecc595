/**
 * Takes credentials and personal data out of what is shown to operators: log lines, spans and
 * problem documents. Owns the patterns; does not decide what is logged.
 *
 * 1. By field name first, then by pattern in every text.
 * 2. Linear time: each pattern starts at most once in a run of the characters it takes.
 * 3. What we write ourselves survives: run and step ids, UUIDs, ISO timestamps, latencies,
 *    milliseconds since 1970.
 * 4. Redacting twice changes nothing.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { redactCardNumbers } from "./redact-card.ts";
import { redactEmails } from "./redact-email.ts";
import { isSensitiveName } from "./sensitive-name.ts";

/** Stands for a value that was taken out. */
export const REDACTED = "[REDACTED]";

/** Deeper values are taken out whole. */
const MAX_DEPTH = 32;

/** Secret values shorter than this would match by chance all over a text. */
const MIN_SECRET_LENGTH = 4;

/** A text without the credentials and personal data that can be told by their form. */
export function redactText(text: string): string {
  const withoutCredentials = redactTokens(redactAssignments(redactAuthorization(text)));
  return redactPhones(redactSsns(redactCardNumbers(redactEmails(withoutCredentials))));
}

/**
 * A value in which fields with the name of a credential are replaced whole, and every other text,
 * keys included, is redacted by form. Numbers stay.
 */
export function redactFields(object: JsonObject): JsonObject {
  return redactObject(object, 0);
}

/** A text in which known secret values are replaced, as they are and as JSON or a URL writes them. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  let masked = text;
  const spellings = new Set(
    secrets.flatMap((secret) =>
      secret.length < MIN_SECRET_LENGTH
        ? []
        : [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())],
    ),
  );
  // Longest first: a secret can be the beginning of another.
  for (const spelling of [...spellings].sort((a, b) => b.length - a.length)) {
    masked = masked.replaceAll(spelling, REDACTED);
  }
  return masked;
}

function redactObject(object: JsonObject, depth: number): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      redactText(key),
      isSensitiveName(key) && value !== null ? REDACTED : redactValue(value, depth + 1),
    ]),
  );
}

function redactValue(value: JsonValue, depth: number): JsonValue {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return REDACTED;
  if (isJsonObject(value)) return redactObject(value, depth);
  return value.map((item) => redactValue(item, depth + 1));
}

function redactAuthorization(text: string): string {
  return text
    .replaceAll(
      /authorization:\s{0,16}bearer\s{1,16}[A-Za-z0-9\-._~+/]+=*/gi,
      `authorization: Bearer ${REDACTED}`,
    )
    .replaceAll(
      /authorization:\s{0,16}basic\s{1,16}[A-Za-z0-9+/_-]+=*/gi,
      `authorization: Basic ${REDACTED}`,
    )
    .replaceAll(/\b(bearer|basic)(\s{1,16})([A-Za-z0-9\-._~+/]{8,}=*)/gi, redactScheme);
}

/** "Bearer" and "basic" are also words: what follows must look like a token. */
function redactScheme(match: string, scheme: string, space: string, token: string): string {
  return token.length >= 24 || /[\d=]/.test(token) ? `${scheme}${space}${REDACTED}` : match;
}

/** `api_key=…`, `token: …`, `"secret": "…"`, with any prefix such as `access_`. */
function redactAssignments(text: string): string {
  return text
    .replaceAll(
      /(api[_-]?key|token|secret)(["'])\s{0,16}:\s{0,16}(["'])[A-Za-z0-9_\-.+/=~]{16,}\3/gi,
      `$1$2: $3${REDACTED}$3`,
    )
    .replaceAll(
      /(api[_-]?key|token|secret)\s{0,16}[:=]\s{0,16}['"]?[A-Za-z0-9_\-.+/=~]{16,}['"]?/gi,
      `$1: ${REDACTED}`,
    )
    .replaceAll(
      /(password|passwd|pwd|passphrase)(["']?\s{0,16}[:=]\s{0,16}["']?)[^\s"'[\]&,;]{4,}/gi,
      `$1$2${REDACTED}`,
    );
}

/** Tokens that are known by their beginning, ours among them. */
function redactTokens(text: string): string {
  return text
    .replaceAll(/(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, REDACTED)
    .replaceAll(
      /(?<![\w-])(?:wo_|sk-|sk_(?:live|test)_|pk_(?:live|test)_|rk_(?:live|test)_|gh[oprsu]_|github_pat_|glpat-|xox[abeprs]-|npm_|AIza|AKIA|ASIA)[A-Za-z0-9_-]{16,}/g,
      REDACTED,
    );
}

function redactSsns(text: string): string {
  return text
    .replaceAll(
      /\b(ssn|social security(?: number| no\.?)?)([\s:#=]{1,8})\d{3}[ -]?\d{2}[ -]?\d{4}(?!\w)/gi,
      "$1$2[REDACTED_SSN]",
    )
    .replaceAll(/(?<!\w|\d-)\d{3}-\d{2}-\d{4}(?!\w|-\d)/g, "[REDACTED_SSN]");
}

/**
 * North-American numbers, with or without the 1 in front, and numbers of other countries with
 * their plus sign. Ten bare digits, or groups held together by spaces alone, count only when they
 * begin as an area code does (2 to 9), so that seconds since 1970 and lists of figures survive.
 */
function redactPhones(text: string): string {
  return PHONES.reduce((redacted, phone) => redacted.replaceAll(phone, "[REDACTED_PHONE]"), text);
}

const PHONES: readonly RegExp[] = [
  /(?<!\w|\d[-.])(?:\+?1[-. ]{0,2})?(?:\d{3}[-.]|[2-9]\d{2} )\d{3}[-. ]?\d{4}(?: ?(?:x|ext\.?) ?\d{1,6})?(?!\w|[-.]\d)/gi,
  /(?:(?<!\w|\d[-.])\+?1[-. ]{0,2})?\(\d{3}\)[-. ]{0,2}\d{3}[-. ]?\d{4}(?: ?(?:x|ext\.?) ?\d{1,6})?(?!\w|[-.]\d)/gi,
  /(?<!\w|\d[-.])(?:\+?1[-. ]?)?[2-9]\d{9}(?!\w|[-.]\d)/g,
  /(?<!\w|\d[-.])\+[1-9](?:[-. ()]{0,2}\d){7,14}(?!\w|[-.]\d)/g,
];
