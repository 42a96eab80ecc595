/** Forms of `api_key`, `token` and `secret` with a long value: those that the service promises. */
import type { Finding, Place } from "./redact-finding.ts";
import { byPattern, finding, type Form } from "./redact-form.ts";
import { isOtherKey } from "./redact-judge.ts";
import { isUuid, isValue, looksDrawn } from "./redact-value.ts";
import { vendorOf } from "./redact-vendor-names.ts";
import { classOfName } from "./sensitive-name.ts";

/** Names that precede a credential, with any prefix such as `access_` or `client_`. */
const NAME = String.raw`(?<name>(?:api|auth|access|account|private|secret|signing|encryption)[_-]?key|token|secret)`;
/** A credential of 16 characters or more; percent-encoded ones too, up to an encoded `&`. */
const VALUE = String.raw`(?<value>(?:[A-Za-z0-9_\-.+/=~]|%(?!26)[0-9A-Fa-f]{2}){16,})`;
const SPACE = String.raw`\s{0,16}`;

/** What belongs to a value although most have no such sign: `…}…`, `…%…`. */
const REST = /(?:[^\s"'`,;&<>()[\]\\%]|%(?!26)){0,4096}/y;

/** The same forms, with values read to their end. */
function toTheEnd(form: Form): Form {
  return { find: (text) => form.find(text).map((one) => lengthened(text, one)) };
}

function lengthened(text: string, one: Finding): Finding {
  const { start, end } = one.value;
  REST.lastIndex = end;
  const more = REST.exec(text)?.[0].length ?? 0;
  if (more === 0 || one.end > end) return one;
  return { ...one, end: end + more, value: { start, end: end + more } };
}

/** `miro_token 8fK…`, `stripeSecret 8fK…`: a name of its own, a space, and what looks drawn. */
const SPACED =
  /(?<![\w.$/-])(?<name>[A-Za-z][\w.-]{3,63})[ \t]{1,4}(?<quote>\\?["'`]?)(?<value>[\w.+/=~-]{16,512})(?![\w.+/=~@(-])/dg;

/** `acme KEY 8fK…`: the word in capitals, which no sentence has, behind another that is not. */
const CAPITALS =
  /(?<![\w.$/-])(?<name>[A-Za-z][\w.-]{2,63}[ \t-](?:KEY|SECRET|TOKEN|ACCESS(?=\W{1,8}[\w-]{32})))[ \t]{1,4}(?<quote>\\?["'`]?)(?<value>[\w.+/=~-]{16,512})(?![\w.+/=~@(-])/dg;
/** In front of a key that is meant by a sentence. */
const SAID =
  /^(?:the|an|by|with|for|and|has|per|via|your|this|that|bad|new|old|no|not|unknown|duplicate|unique|invalid)\W/i;

function findSpaced(text: string): Finding[] {
  return [...spaced(text, SPACED, isNameOfKey), ...spaced(text, CAPITALS, isInCapitals)];
}

function spaced(text: string, form: RegExp, isName: (name: string) => boolean): Finding[] {
  return [...text.matchAll(form)].flatMap((match) => {
    const [start = 0, end = 0] = match.indices?.groups?.["value"] ?? [];
    const place: Place = { start, end };
    const isNamed = isName(match.groups?.["name"] ?? "");
    return isNamed && isDrawn(text.slice(start, end))
      ? [finding("api_key", text, place, place)]
      : [];
  });
}

/** Of two words or more: a key or a token alone may be of anything, and sentences have a form. */
function isNameOfKey(name: string): boolean {
  if (/^\W|^(?:key|token|secret)s?$/i.test(name)) return false;
  if (classOfName(name) === "secret") return true;
  return /[\w-]key$/i.test(name) && vendorOf(name.replace(/[\W_]?key$/i, "")) !== null;
}

function isInCapitals(name: string): boolean {
  return /^\w*[a-z]/.test(name) && !SAID.test(name) && !isOtherKey(name);
}

function isDrawn(value: string): boolean {
  const context = { isQuoted: false, isAssigned: true };
  return isValue(value, "secret", context) && (isUuid(value) || looksDrawn(value));
}

export const NAMED_FORMS: readonly Form[] = [
  // A signature of fields is one value: `SAS_TOKEN=sv=2024-11-04&sp=r&sig=…`.
  byPattern({
    kind: "api_key",
    pattern:
      /(?:token|secret|key)\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?<value>\??s[a-z]{1,2}=[^\s"'`,;<>()\\&]{1,256}&[^\s"'`,;<>()\\]{8,4096})/dgi,
  }),
  // `"secret": "…"` keeps its quotes, so that JSON stays JSON, within a text of JSON too.
  byPattern({
    kind: "api_key",
    pattern: new RegExp(
      String.raw`${NAME}(?<close>\\?["'])${SPACE}:${SPACE}(?<open>\\?["'])${VALUE}\k<open>`,
      "dgi",
    ),
    replacement: "$<name>$<close>: $<open>[REDACTED]$<open>",
  }),
  // `api_key=…`, `token: …`, `token := …`, `authToken => …`, `secret%3D…`.
  toTheEnd(
    byPattern({
      kind: "api_key",
      pattern: new RegExp(
        String.raw`${NAME}${SPACE}(?::=|=>|[:=]|%3D)${SPACE}['"]?${VALUE}['"]?`,
        "dgi",
      ),
      replacement: "$<name>: [REDACTED]",
    }),
  ),
  // `secret '…'`: the quoted text must look like a token.
  byPattern({
    kind: "api_key",
    pattern: new RegExp(String.raw`${NAME}(?<open>\s{1,4}["'])${VALUE}(?=["'])`, "dgi"),
    replacement: "$<name>$<open>[REDACTED]",
    accept: (value) => /\d/.test(value),
  }),
  { find: findSpaced },
];
