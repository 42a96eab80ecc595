/** Bodies that cannot be read: what is wrong with them, and where. */
import type { Diagnostic } from "#model/diagnostic.ts";
import type { InexactNumber } from "#model/exact-json.ts";
import { fromPointer } from "#model/pointer.ts";
import { boundErrors, cutText, detailOf } from "./problem-errors.ts";
import { ProblemError } from "./problems.ts";

/** How many characters of a key or a place a message quotes. */
const SHOWN_LENGTH = 100;

export function malformedBody(detail: string): ProblemError {
  return new ProblemError({ code: "malformed_body", detail });
}

/** The connection or its framing failed while the body was read: nothing that the service can mend. */
export function brokenOff(): ProblemError {
  return malformedBody("The body broke off before its end.");
}

/** The parser's message, unless it quotes the body: that may contain a secret. */
export function notJson(message: string): ProblemError {
  const problem = message.includes('"') ? "unexpected text" : message;
  return malformedBody(`The body is not JSON: ${problem}.`);
}

export function duplicateKeys(pointers: readonly string[], count: number): ProblemError {
  const errors = pointers.map((at): Diagnostic => {
    const key = cutText(fromPointer(at).at(-1) ?? "", SHOWN_LENGTH);
    const message = `The key "${key}" appears twice at ${cutText(at, SHOWN_LENGTH)}; keep one of the two.`;
    return { code: "duplicate_key", message, pointer: at };
  });
  const detail = detailOf(errors, count);
  return new ProblemError({ code: "malformed_body", detail, errors: boundErrors(errors, count) });
}

/** The number itself is not repeated: it may be a secret that was written without quotes. */
export function inexactNumbers(numbers: readonly InexactNumber[], count: number): ProblemError {
  const errors = numbers.map(({ pointer }): Diagnostic => {
    const place = pointer === "" ? "" : ` at ${cutText(pointer, SHOWN_LENGTH)}`;
    const message = `The number${place} would be rounded; put it in quotes to keep every digit.`;
    return { code: "number_not_exact", message, pointer };
  });
  const detail = detailOf(errors, count);
  return new ProblemError({ code: "number_not_exact", detail, errors: boundErrors(errors, count) });
}

export function unsupportedType(...known: string[]): ProblemError {
  return new ProblemError(
    { code: "unsupported_media_type", detail: `Send the body as ${known.join(" or ")}.` },
    { accept: known.join(", ") },
  );
}
