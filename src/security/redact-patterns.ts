/**
 * The forms of credentials and personal data in a text, in the order of their use: what is found is
 * covered before the next form looks. The forms are in `redact-*.ts`; `redact.ts` applies them.
 *
 * Each form is linear: a pattern starts at most once in a sequence of the characters that it
 * matches, and every repetition before its first fixed character is bounded.
 */
import { ASSIGNMENT_STEM, findAssignments, LONG_VALUE } from "./redact-assignment.ts";
import { CALL_FORMS } from "./redact-call.ts";
import { findCardNumbers } from "./redact-card.ts";
import { COMMAND_FORMS } from "./redact-command.ts";
import { findEmails } from "./redact-email.ts";
import { byFinder, byPattern, type Form } from "./redact-form.ts";
import { HEADER_FORMS } from "./redact-header.ts";
import { NAMED_FORMS } from "./redact-named.ts";
import { findElements, findPairs } from "./redact-pair.ts";
import { PHONE_FORMS } from "./redact-phone.ts";
import { findInSentences, SENTENCE_STEM } from "./redact-prose.ts";
import { SSN_FORMS } from "./redact-ssn.ts";
import { PATH_FORMS, SIGNATURE_FORMS, USER_FORMS } from "./redact-url.ts";
import { findVendorKeys } from "./redact-vendor.ts";

/** Covers what is found: no form starts with it, continues over it or ends in it. */
export const COVER = "[";

/** Forms that are tried one after the other where a text has what all of them need. */
interface Group {
  /** Cheap to look for; without it in the text none of the forms has a place there. */
  needs: RegExp;
  forms: readonly Form[];
  /** What the forms are not to see, covered. */
  prepare?: (text: string) => string;
}

export const GROUPS: readonly Group[] = [
  {
    needs: /-----BEGIN/,
    forms: [
      // A private key up to its last line; a text that is cut has none.
      byPattern({
        kind: "api_key",
        pattern:
          /(?<begin>-----BEGIN [A-Z0-9 ]{0,48}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]){0,4}(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash):[^\n\\]{0,200}(?:\s|\\[nr]){1,4}){0,4})(?<value>[A-Za-z0-9+/=\s\\]{16,}[A-Za-z0-9+/=])(?<end>(?:\s|\\[nr]){0,4}-----END [A-Z0-9 ]{0,48}PRIVATE KEY(?: BLOCK)?-----)?/dg,
        replacement: "$<begin>[REDACTED]$<end>",
      }),
    ],
  },
  { needs: /:\/\/|jdbc:/i, forms: USER_FORMS },
  { needs: /[?&;][\w-]{1,32}=|%3[Ff]|%26/, forms: SIGNATURE_FORMS },
  { needs: /authori[sz]ation|bearer|basic|cookie/i, forms: HEADER_FORMS },
  { needs: /key|token|secret|access[ \t]/i, forms: NAMED_FORMS },
  // Without a run of so many characters there is no key.
  { needs: /[\w.:|+/-]{16}/, forms: [byFinder("api_key", findVendorKeys, "[REDACTED]")] },
  { needs: /:\/\/|hook|telegram\.org|[?&;#][\w-]{1,32}(?:=|%3D)|%3[Ff]|%26/i, forms: PATH_FORMS },
  {
    needs: new RegExp(`${ASSIGNMENT_STEM.source}|${LONG_VALUE.source}`, "i"),
    forms: [{ find: findAssignments }, { find: findElements }, { find: findPairs }],
  },
  { needs: /\(\s{0,8}\\?["'`]|auth[:=]|SecureString|"kty"/i, forms: CALL_FORMS },
  {
    needs: /(?:^|\s)-{1,2}\w|identified|password|secret|pass:|echo |net use/i,
    forms: COMMAND_FORMS,
  },
  { needs: SENTENCE_STEM, forms: [{ find: findInSentences }] },
  { needs: /@|%(?:25){0,2}40/, forms: [byFinder("email", findEmails, "[REDACTED_EMAIL]")] },
  {
    needs: /\d(?:[^\d\n]{0,3}\d){6}/,
    prepare: withoutOwnNumbers,
    forms: [byFinder("card", findCardNumbers, "[REDACTED_PAN]"), ...SSN_FORMS, ...PHONE_FORMS],
  },
];

/** Moments, UUIDs and hashes have digits in groups too. */
const OWN_NUMBERS =
  /(?<!\w)\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])|(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])|(?<![\w-])(?=\d*[a-f])[0-9a-f]{16,128}(?![\w-])/gi;

function withoutOwnNumbers(text: string): string {
  return text.replaceAll(OWN_NUMBERS, (own) => COVER.repeat(own.length));
}
