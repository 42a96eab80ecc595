/**
 * Numbers as people write them: the one reader for the page behind a resume link, the console and
 * the command line, and for what the check of an answer says about text where a number is asked.
 *
 * 1. Nothing is guessed. `1,234` is a thousand and more in one country, and less than two in
 *    another. So commas and separators are refused, with what to write instead.
 * 2. Nothing is rounded. Digits that a double would change are refused.
 */
import { isInexactNumber } from "#model/exact-json.ts";

export type NumberReading =
  | { ok: true; value: number }
  /** `message` goes on from the name of the field: "must be …". */
  | { ok: false; code: "invalid_type" | "number_not_exact"; message: string };

/** Digits stand in one place of it only, so that a long text that does not match costs no more. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** A minus as word processors write it. */
const TYPOGRAPHIC_MINUS = /\u2212/g;

/** Spaces around the number are passed over; `+5`, `.5`, `5.`, `1e3` and U+2212 are read. */
export function readNumberText(text: string): NumberReading {
  const plain = text.trim().replace(TYPOGRAPHIC_MINUS, "-");
  if (!NUMBER.test(plain)) return { ok: false, code: "invalid_type", message: adviceOn(plain) };
  if (isInexactNumber(plain)) {
    return { ok: false, code: "number_not_exact", message: inexactMessage(plain) };
  }
  return { ok: true, value: Number(plain) };
}

function inexactMessage(plain: string): string {
  return Number.isFinite(Number(plain))
    ? `has more digits than can be stored: the largest whole number is ${Number.MAX_SAFE_INTEGER}`
    : "is larger than the largest number that can be stored";
}

/** Digits in groups, or with a comma. */
const SEPARATED = /^[+-]?[\d.,'’_\s]+$/;

/** Never quotes what was written: it may be sensitive, and others read what is said about it. */
function adviceOn(plain: string): string {
  return SEPARATED.test(plain) && /\d/.test(plain)
    ? "must be a number with a decimal point and no other separators, such as 1234.5"
    : "must be a number";
}
