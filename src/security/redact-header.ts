/** Forms of credentials in headers: `Authorization` of every scheme, cookies, and `Bearer` alone. */
import type { Finding, Place } from "./redact-finding.ts";
import { byPattern, finding, type Form } from "./redact-form.ts";
import { isUuid, looksChosen, looksDrawn } from "./redact-value.ts";
import { anyOf } from "./redact-words.ts";

/** Schemes behind which anything is a credential; behind other words only what looks like one. */
const SCHEMES = anyOf(
  "bearer basic digest token api-?key api-?token negotiate ntlm hawk oauth oauth2 aws aws[34]-[\\w-]{4,24}",
  "sharedkey sharedkeylite sharedaccesssignature hmac[\\w-]{0,16} signature key jwt bot dpop mac scram-[\\w-]{4,16}",
  "vapid geniekey ssws klaviyo-api-key zoho-oauthtoken zoho-authtoken splunk googlelogin deepl-auth-key discogs",
  "privatetoken private-token session user access apitoken acs3-[\\w-]{4,24} goog4-[\\w-]{4,24} gss kerberos",
  "concealed custom simple secret password client-id x-api-key token-auth cso-auth wsse",
);
/** In front of a value that a quotation mark, a white space or the text ends, and that looks drawn. */
const OTHER_SCHEME = String.raw`[A-Za-z][\w.-]{1,31}(?=\s{1,4}[^\s"'\`<>[\]\\]{8,4096}(?:["'\`\s\\]|$))`;
const SPACE = String.raw`(?:\s|%20|\+)`;
const BEFORE = String.raw`(?:(?:proxy|x|www|http|http_proxy|x-forwarded)[-_ ])?authori[sz]ation`;
const SIGN = String.raw`(?<sign>\\?["'\`\])]{0,2}\s{0,16}(?::=|=>|=|:|,|%3A|%3D)${SPACE}{0,16}(?:[fbru](?=["']))?\\?["'\`]?)`;

const AUTHORIZATION = new RegExp(
  String.raw`${BEFORE}${SIGN}(?:(?<scheme>${SCHEMES})(?:${SPACE}{1,16}|:\s?)|(?<other>${OTHER_SCHEME})\s{1,4})?(?<value>[^\s"'\`<>[\]\\]{1,4096})`,
  "dgi",
);
/** `Digest username="…", response="…"`: all of the parameters. */
const PARAMETERS =
  /(?:\s?[\w-]{1,32}\s?=\s?(?:\\?"[^"\r\n]{0,512}"|[^\s,"']{0,512})(?:,|;|$|(?=["'\s])))(?:\s{0,4}[\w-]{1,32}\s?=\s?(?:\\?"[^"\r\n]{0,512}"|[^\s,"']{0,512})[,;]?)*/y;
/** What is said of an authorization. */
const SAID = new RegExp(
  `^${anyOf(
    "required missing invalid failed failure denied granted error none null undefined ok true false successful",
    "succeeded header rejected expired not no is was the for of by code flow server request response endpoint",
    "grant token bearer basic",
  )}[^\\w=]*$`,
  "i",
);

function findAuthorization(text: string): Finding[] {
  if (!/authori[sz]ation/i.test(text)) return [];
  const found: Finding[] = [];
  let done = 0;
  for (const match of text.matchAll(AUTHORIZATION)) {
    const place = credentialIn(text, match);
    if (place === null || place.start < done) continue;
    const end = Math.max(place.end, parametersEnd(text, place.start) ?? place.end);
    found.push(finding("bearer", text, { start: match.index, end }, { start: place.start, end }));
    done = end;
  }
  return found;
}

/** Behind a scheme anything, behind another word what looks drawn, else the first word itself. */
function credentialIn(text: string, { indices, groups }: RegExpMatchArray): Place | null {
  const [start = 0, end = 0] = indices?.groups?.["value"] ?? [];
  const [first, stop = 0] = indices?.groups?.["other"] ?? [];
  if (first !== undefined && !isDrawn(text.slice(start, end))) {
    return isAlone(text.slice(first, stop)) ? { start: first, end: stop } : null;
  }
  const value = text.slice(start, end);
  const isSure = groups?.["scheme"] !== undefined || first !== undefined;
  return (isSure ? !isSaid(value) : isAlone(value)) ? { start, end } : null;
}

function isDrawn(value: string): boolean {
  return looksDrawn(value) || isUuid(value);
}

function isSaid(value: string): boolean {
  return SAID.test(value) || /^(?:\$\{?\w|\{|%[sdv]|\*+$)/.test(value);
}

function isAlone(value: string): boolean {
  return value.length >= 8 && looksChosen(value) && !isSaid(value);
}

function parametersEnd(text: string, start: number): number | null {
  PARAMETERS.lastIndex = start;
  const match = PARAMETERS.exec(text)?.[0];
  return match === undefined ? null : start + match.trimEnd().length;
}

const COOKIE_PAIR = String.raw`[\w!#$%&*.^|~+-]{1,128}=(?!\[)[^\s;,"'\`\\]{1,4096}`;

export const HEADER_FORMS: readonly Form[] = [
  // "Authorization: Bearer …", the first of the patterns that the service promises.
  byPattern({
    kind: "bearer",
    pattern:
      /authorization:\s{0,16}bearer\s{1,16}(?<value>[A-Za-z0-9\-._~+/][A-Za-z0-9\-._~+/=]*)/dgi,
    replacement: "authorization: Bearer [REDACTED]",
  }),
  byPattern({
    kind: "bearer",
    pattern: /authorization:\s{0,16}basic\s{1,16}(?<value>[A-Za-z0-9+/_-]+=*)/dgi,
    replacement: "authorization: Basic [REDACTED]",
  }),
  { find: findAuthorization },
  // In quotes of its own, up to their end: `"Bearer a=b"`.
  byPattern({
    kind: "bearer",
    pattern:
      /(?<=["'`])(?:bearer|basic|token) {1,4}(?<value>[^\s"'`<>[\]\\${}]{8,4096})(?=\\?["'`])/dgi,
    accept: looksChosen,
  }),
  // "Bearer" and "basic" are also words: what follows must look like a token, and not be the next
  // field, as in `token_type=bearer expires_in=3600`.
  byPattern({
    kind: "bearer",
    pattern:
      /\b(?<scheme>bearer|basic)(?<space>(?:[ _-](?:tokens?|auth))?(?:[ \t]{1,16}|[ \t]{0,4}(?:[:=]|%20|\bis\b|,)[ \t]{0,4}))(?<quote>\\?["'`]?)(?![a-z_]{1,64}=[^=\s])(?<value>[A-Za-z0-9\-._~+/]{6,}=*)/dgi,
    replacement: "$<scheme>$<space>$<quote>[REDACTED]",
    accept: (value) =>
      value.length >= 24 ||
      (value.length >= 8 && /[\d=]/.test(value)) ||
      (/\d/.test(value) && /[A-Za-z]/.test(value)) ||
      (value.length >= 12 && /[a-z][A-Z].*[a-z]/.test(value)),
  }),
  // All cookies of a request, the value of one that is set; their attributes stay.
  byPattern({
    kind: "api_key",
    pattern: new RegExp(
      String.raw`(?<![\w-])(?:http_)?cookies?\\?["'\`]?\s{0,8}(?::|=>?)\s{0,8}\\?["'\`]?(?<value>${COOKIE_PAIR}(?:;\s?${COOKIE_PAIR}){0,128})`,
      "dgi",
    ),
  }),
  byPattern({
    kind: "api_key",
    pattern:
      /set-?cookie2?\\?["'`]?\s{0,8}(?::|=>?)\s{0,8}\\?["'`]?[\w!#$%&*.^|~+-]{1,128}=(?!\[)(?<value>[^\s;,"'`\\]{1,4096})/dgi,
    accept: (value) => value.length >= 6 || /\d/.test(value),
  }),
];
