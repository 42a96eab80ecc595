/**
 * The list of errors of a problem, and its summary, both bounded: a small body can contain tens of
 * thousands of mistakes, and the response must not grow with them.
 */
import type { Diagnostic } from "#model/diagnostic.ts";
import { LIMITS } from "#model/limits.ts";

/** How many errors `detail` repeats. */
const TOLD = 3;

/**
 * At most `LIMITS.diagnostics` errors, the last of which counts the omitted ones. `total`: how many
 * there are, where `errors` has only the first ones.
 */
export function boundErrors(errors: readonly Diagnostic[], total = errors.length): Diagnostic[] {
  const shown: Diagnostic[] = [];
  let characters = 0;
  for (const error of errors) {
    const cut = { ...error, message: cutText(error.message, LIMITS.problemMessageLength) };
    characters += cut.message.length + cut.pointer.length + (cut.suggestion?.length ?? 0);
    const isFull = shown.length === LIMITS.diagnostics - 1 && total > LIMITS.diagnostics;
    if (isFull || characters > LIMITS.problemErrorsLength) break;
    shown.push(cut);
  }
  const left = total - shown.length;
  return left === 0 ? shown : [...shown, restOf(left)];
}

function restOf(count: number): Diagnostic {
  const more = count === 1 ? "1 more error is" : `${count} more errors are`;
  const message = `${more} not listed; fix these first.`;
  return { code: "more_diagnostics", message, pointer: "" };
}

/** The messages of the first errors, and how many more there are. */
export function detailOf(errors: readonly Diagnostic[], total = errors.length): string {
  const told = errors.slice(0, TOLD).map(({ message }) => message);
  const left = total - told.length;
  return [...told, ...(left > 0 ? [`${left} more in errors.`] : [])].join(" ");
}

export function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
}
