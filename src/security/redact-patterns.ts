/**
 * The forms of credentials and personal data in a text, in the order of their use: what is found is
 * covered before the next form looks. The forms are in `redact-*.ts`; `redact.ts` applies them.
 *
 * Each form is linear: a pattern starts at most once in a sequence of the characters that it
 * matches, and every repetition before its first fixed character is bounded.
 */
import { findAssignments } from "./redact-assignment.ts";
import { findCardNumbers } from "./redact-card.ts";
import { COMMAND_FORMS } from "./redact-command.ts";
import { findEmails } from "./redact-email.ts";
import { byFinder, byPattern, type Form } from "./redact-form.ts";
import { HEADER_FORMS } from "./redact-header.ts";
import { PHONE_FORMS } from "./redact-phone.ts";
import { findInSentences } from "./redact-prose.ts";
import { SSN_FORMS } from "./redact-ssn.ts";
import { URL_FORMS } from "./redact-url.ts";
import { findVendorKeys } from "./redact-vendor.ts";

/** Names that precede a credential, with any prefix such as `access_` or `client_`. */
const NAME = String.raw`(?<name>(?:api|auth|access|account|private|secret|signing|encryption)[_-]?key|token|secret)`;
/** A credential of 16 characters or more; percent-encoded ones too, up to an encoded `&`. */
const VALUE = String.raw`(?<value>(?:[A-Za-z0-9_\-.+/=~]|%(?!26)[0-9A-Fa-f]{2}){16,})`;
const SPACE = String.raw`\s{0,16}`;

export const FORMS: readonly Form[] = [
  // A private key up to its last line; a text that is cut has none.
  byPattern({
    kind: "api_key",
    pattern:
      /(?<begin>-----BEGIN [A-Z0-9 ]{0,48}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]){0,4})(?<value>(?:[A-Za-z0-9+/=\s\\:,()_.-](?!----BEGIN|----END)){16,}[A-Za-z0-9+/=])(?<end>(?:\s|\\[nr]){0,4}-----END [A-Z0-9 ]{0,48}PRIVATE KEY(?: BLOCK)?-----)?/dg,
    replacement: "$<begin>[REDACTED]$<end>",
  }),
  ...URL_FORMS.slice(0, 5),
  ...HEADER_FORMS,
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
  byFinder("api_key", findVendorKeys, "[REDACTED]"),
  ...URL_FORMS.slice(5),
  { find: findAssignments },
  ...COMMAND_FORMS,
  { find: findInSentences },
  byFinder("email", findEmails, "[REDACTED_EMAIL]"),
  byFinder("card", findCardNumbers, "[REDACTED_PAN]"),
  ...SSN_FORMS,
  ...PHONE_FORMS,
];
