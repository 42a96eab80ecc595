/**
 * Removes credentials and personal data from what operators see: log lines, spans and problem
 * documents. The only entry to redaction; the patterns are in `redact-patterns.ts`. Does not decide
 * what is logged.
 *
 * 1. By field name first, then by pattern in every text.
 * 2. Linear time.
 * 3. Our own values survive: run and step ids, UUIDs, ISO timestamps, latencies, milliseconds since
 *    1970.
 * 4. Redacting twice changes nothing.
 */
import { isSameAddress } from "#model/address.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { Finding } from "./redact-finding.ts";
import { isCardNumber } from "./redact-card.ts";
import { applyFloor } from "./redact-floor.ts";
import { COVER, GROUPS } from "./redact-patterns.ts";
import { isSensitiveName } from "./sensitive-name.ts";

/** Replaces a removed value. */
export const REDACTED = "[REDACTED]";

/** Names, words and moments of ours, which no form has a place in; most texts of a log line. */
const PLAIN =
  /^(?:[A-Za-z_]{1,24}|[a-z_. -]{1,24}|[a-z_.-]{1,64}|\d{4}-\d\d-\d\dT[\d:.]{8,18}Z|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Deeper values are removed entirely. */
const MAX_DEPTH = 32;

/**
 * What is replaced can be the neighbour that kept a form from the text beside it. With so many
 * passes the next one changes nothing.
 */
const MAX_PASSES = 4;

/**
 * A text without the credentials and personal data that have a known form. `own` is the address of
 * the reader: it stays, since the reader knows it.
 */
export function redactText(text: string, own?: string): string {
  return untilSame(text, (before) => {
    const isTheirs = ({ start, end }: Finding) => isSameAddress(before.slice(start, end), own);
    return findSensitive(before).filter((finding) => !isTheirs(finding));
  });
}

/**
 * A text without the credentials that have a known form; addresses and phone numbers stay. For
 * texts that quote their reader.
 */
export function redactCredentials(text: string): string {
  const isCredential = ({ kind }: Finding): boolean => kind === "api_key" || kind === "bearer";
  return untilSame(text, (before) => joined(findEach(before).filter(isCredential)));
}

function untilSame(text: string, find: (text: string) => Finding[]): string {
  let redacted = text;
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const before = redacted;
    redacted = replaceAll(before, find(before));
    if (redacted === before) break;
  }
  return redacted;
}

function replaceAll(text: string, findings: readonly Finding[]): string {
  let redacted = "";
  let done = 0;
  for (const { start, end, replacement } of findings) {
    redacted += text.slice(done, start) + replacement;
    done = end;
  }
  return redacted + text.slice(done);
}

/** Everything that `redactText` replaces, in the order of the text; no two overlap. */
export function findSensitive(text: string): Finding[] {
  return joined(findEach(text));
}

/** The findings of all forms, in the order of the text; two may overlap. */
function findEach(text: string): Finding[] {
  if (PLAIN.test(text)) return [];
  const found: Finding[] = [];
  let rest = text;
  for (const { needs, forms, prepare } of GROUPS) {
    if (!needs.test(rest)) continue;
    if (prepare !== undefined) rest = prepare(rest);
    for (const form of forms) {
      const here = withoutOverlaps(form.find(rest));
      if (here.length === 0) continue;
      found.push(...here);
      rest = cover(rest, here);
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** In the order of the text; of two that share characters the first one. */
function withoutOverlaps(found: Finding[]): Finding[] {
  let done = 0;
  return found
    .sort((a, b) => a.start - b.start)
    .filter(({ start, end }) => {
      if (start < done) return false;
      done = end;
      return true;
    });
}

/** Merges findings that overlap: a name can be the value of the name before it. */
function joined(found: readonly Finding[]): Finding[] {
  const apart: Finding[] = [];
  for (const finding of found) {
    const before = apart.at(-1);
    if (before === undefined || finding.start >= before.end) apart.push({ ...finding });
    else before.end = Math.max(before.end, finding.end);
  }
  return apart;
}

/** The text with the values covered, so that no form matches them again and offsets stay. */
function cover(text: string, found: readonly Finding[]): string {
  let covered = "";
  let done = 0;
  for (const { value } of found) {
    covered += text.slice(done, value.start) + COVER.repeat(value.end - value.start);
    done = value.end;
  }
  return covered + text.slice(done);
}

/**
 * A value in which fields with the name of a credential are replaced whole, and every other text,
 * keys included, is redacted by form. Numbers stay.
 */
export function redactFields(object: JsonObject): JsonObject {
  return redactObject(object, 0, FIELDS);
}

/**
 * The same for a line of the log, from which goes too what the patterns of the specification would
 * take: any ten digits, any 13 to 19 of them. A number that is a card's goes as well.
 */
export function redactLogFields(object: JsonObject): JsonObject {
  return redactObject(object, 0, LOG);
}

interface Rules {
  text: (text: string) => string;
  number: (value: number) => JsonValue;
}

const FIELDS: Rules = { text: (text) => redactText(text), number: (value) => value };

const LOG: Rules = {
  text: (text) => (PLAIN.test(text) ? text : applyFloor(redactText(text))),
  number: (value) => (isCardNumber(String(value)) ? "[REDACTED_PAN]" : value),
};

function redactObject(object: JsonObject, depth: number, rules: Rules): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      rules.text(key),
      isSensitiveName(key) && value !== null ? REDACTED : redactValue(value, depth + 1, rules),
    ]),
  );
}

function redactValue(value: JsonValue, depth: number, rules: Rules): JsonValue {
  if (typeof value === "string") return rules.text(value);
  if (typeof value === "number") return rules.number(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return REDACTED;
  if (isJsonObject(value)) return redactObject(value, depth, rules);
  return value.map((item) => redactValue(item, depth + 1, rules));
}
