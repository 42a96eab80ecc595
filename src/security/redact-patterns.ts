/**
 * The patterns of credentials and personal data in a text, one entry for each form, in the order of
 * their use. Owns the patterns; `redact.ts` applies them.
 *
 * Each pattern is linear: it starts at most once in a sequence of the characters that it matches,
 * and every repetition before its first fixed character is bounded.
 */
import { findCardNumbers } from "./redact-card.ts";
import { findEmails } from "./redact-email.ts";
import type { Finding, Place, SensitiveKind } from "./redact-finding.ts";

/** A form: finds its places in a text. */
export interface Form {
  find(text: string): Finding[];
}

/** The `value` group is the sensitive part; without one the whole match is. */
interface Pattern {
  kind: SensitiveKind;
  pattern: RegExp;
  /** For the whole match; `$<name>` inserts a group of it. */
  replacement: string;
  /** Rejects matches that only look like the form. */
  accept?: (value: string) => boolean;
}

/** Names that precede a credential, with any prefix such as `access_` or `client_`. */
const NAME = String.raw`(?<name>(?:api|auth|access|account|private|secret|signing|encryption)[_-]?key|token|secret)`;
/** A credential of 16 characters or more; percent-encoded ones too, up to an encoded `&`. */
const VALUE = String.raw`(?<value>(?:[A-Za-z0-9_\-.+/=~]|%(?!26)[0-9A-Fa-f]{2}){16,})`;
const SPACE = String.raw`\s{0,16}`;

export const FORMS: readonly Form[] = [
  byPattern({
    kind: "api_key",
    pattern:
      /(?<begin>-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----\s{0,2})(?<value>[A-Za-z0-9+/=\s\\]{16,}[A-Za-z0-9+/=])/dg,
    replacement: "$<begin>[REDACTED]",
  }),
  // scheme://user:password@host, before the rest of it matches as an e-mail address.
  byPattern({
    kind: "api_key",
    pattern: /:\/\/(?<user>[^\s/?#@:"'<>]{0,64}):(?<value>[^\s/?#@"'<>[]{1,256})@/dg,
    replacement: "://$<user>:[REDACTED]@",
    accept: isNoPlaceholder,
  }),
  // "Authorization: Bearer …", the first of the patterns that the service promises.
  byPattern({
    kind: "bearer",
    pattern: /authorization:\s{0,16}bearer\s{1,16}(?<value>[A-Za-z0-9\-._~+/]+=*)/dgi,
    replacement: "authorization: Bearer [REDACTED]",
  }),
  byPattern({
    kind: "bearer",
    pattern: /authorization:\s{0,16}basic\s{1,16}(?<value>[A-Za-z0-9+/_-]+=*)/dgi,
    replacement: "authorization: Basic [REDACTED]",
  }),
  // "Bearer" and "basic" are also words: what follows must look like a token, and not be the next
  // field, as in `token_type=bearer expires_in=3600`.
  byPattern({
    kind: "bearer",
    pattern:
      /\b(?<scheme>bearer|basic)(?<space>\s{1,16})(?![a-z_]{1,64}=[^=\s])(?<value>[A-Za-z0-9\-._~+/]{8,}=*)/dgi,
    replacement: "$<scheme>$<space>[REDACTED]",
    accept: (value) => value.length >= 24 || /[\d=]/.test(value),
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
  byPattern({
    kind: "api_key",
    pattern: new RegExp(
      String.raw`${NAME}${SPACE}(?::=|=>|[:=]|%3D)${SPACE}['"]?${VALUE}['"]?`,
      "dgi",
    ),
    replacement: "$<name>: [REDACTED]",
  }),
  // `secret '…'`: the quoted text must look like a token.
  byPattern({
    kind: "api_key",
    pattern: new RegExp(String.raw`${NAME}(?<open>\s{1,4}["'])${VALUE}(?=["'])`, "dgi"),
    replacement: "$<name>$<open>[REDACTED]",
    accept: (value) => /\d/.test(value),
  }),
  byPattern({
    kind: "api_key",
    pattern:
      /(?<name>password|passwd|pwd|passphrase)(?<sign>\\?["']?\s{0,16}(?:=>|:=|[:=])\s{0,16}\\?["']?)(?<value>[^\s"'[\]&,;\\]{4,})/dgi,
    replacement: "$<name>$<sign>[REDACTED]",
    accept: isNoPlaceholder,
  }),
  // Tokens with a known prefix, including ours.
  byPattern({
    kind: "api_key",
    pattern: /(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/dg,
    replacement: "[REDACTED]",
  }),
  byPattern({
    kind: "api_key",
    pattern:
      /(?<![\w-])(?:wo_|sk-|sk_(?:live|test)_|pk_(?:live|test)_|rk_(?:live|test)_|gh[oprsu]_|github_pat_|glpat-|xox[abeprs]-|xapp-|npm_|hf_|whsec_|shpat_|dop_v1_|glsa_|sntrys_|AIza|AKIA|ASIA|SG\.[A-Za-z0-9_-]{8,64}\.)[A-Za-z0-9_-]{16,}/dg,
    replacement: "[REDACTED]",
  }),
  byFinder("email", findEmails, "[REDACTED_EMAIL]"),
  byFinder("card", findCardNumbers, "[REDACTED_PAN]"),
  byPattern({
    kind: "ssn",
    pattern:
      /\b(?<name>ssn|social security(?: number| no\.?)?)(?<sign>[\s:#=-]{1,8})(?<value>\d{3}[ -]?\d{2}[ -]?\d{4})(?!\w)/dgi,
    replacement: "$<name>$<sign>[REDACTED_SSN]",
  }),
  byPattern({
    kind: "ssn",
    pattern: /(?<!\w|\w-)\d{3}-\d{2}-\d{4}(?!\w|-\d)/dg,
    replacement: "[REDACTED_SSN]",
  }),
  // North-American numbers, with or without the 1 in front. Ten bare digits, or groups held
  // together by spaces alone, count only when they begin as an area code does (2 to 9), and bare ones
  // when the exchange does so too: seconds since 1970, sizes and lists of figures survive.
  byPattern({
    kind: "phone",
    pattern:
      /(?<!\w|\d[-.])(?<value>(?:\+?1[-. ]{0,2})?(?:\d{3}[-.]|[2-9]\d{2}[ /])\d{3}[-. ]?\d{4})(?: ?(?:x|ext\.?) ?\d{1,6})?(?!\w|[-.]\d)/dgi,
    replacement: "[REDACTED_PHONE]",
  }),
  byPattern({
    kind: "phone",
    pattern:
      /(?<value>(?:(?<!\w|\d[-.])\+?1[-. ]{0,2})?\(\d{3}\)[-. ]{0,2}\d{3}[-. ]?\d{4})(?: ?(?:x|ext\.?) ?\d{1,6})?(?!\w|[-.]\d)/dgi,
    replacement: "[REDACTED_PHONE]",
  }),
  byPattern({
    kind: "phone",
    pattern: /(?<!\w|\d[-.])(?:\+?1[-. ]?)?[2-9]\d{2}[2-9]\d{6}(?!\w|[-.]\w)/dg,
    replacement: "[REDACTED_PHONE]",
  }),
  // Numbers of other countries, with their plus sign.
  byPattern({
    kind: "phone",
    pattern: /(?<!\w|\d[-.])\+[1-9](?:[-. ()]{0,2}\d){7,14}(?!\w|[-.]\d)/dg,
    replacement: "[REDACTED_PHONE]",
  }),
];

function byPattern({ kind, pattern, replacement, accept = () => true }: Pattern): Form {
  return {
    find: (text) =>
      [...text.matchAll(pattern)].flatMap((match) => {
        const whole = { start: match.index, end: match.index + match[0].length };
        const [start, end] = match.indices?.groups?.["value"] ?? [whole.start, whole.end];
        if (!accept(text.slice(start, end))) return [];
        const filled = replacement.replaceAll(
          /\$<(\w+)>/g,
          (_, name: string) => match.groups?.[name] ?? "",
        );
        return [{ kind, ...whole, value: { start, end }, replacement: filled }];
      }),
  };
}

function byFinder(kind: SensitiveKind, find: (text: string) => Place[], replacement: string): Form {
  return {
    find: (text) => find(text).map((place) => ({ kind, ...place, value: place, replacement })),
  };
}

/** `{{secrets.NAME}}`, `${PASSWORD}`, `<password>`, `****`: placeholders, not values. */
function isNoPlaceholder(value: string): boolean {
  return !/^(?:\{\{|\$\{|\$\(|<|\$[A-Z_]+$)|^[*.•]+$/.test(value);
}
