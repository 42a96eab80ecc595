/** Problems of the service as text for people: the detail, then each error with its place. */
import type { z } from "zod";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { problemSchema } from "#model/problem.ts";
import { wordsOf } from "#model/suggestion.ts";
import { printable } from "../terminal/printable.ts";

export type Problem = z.infer<typeof problemSchema>;

/** The detail and, where they add something, the errors: one line each. */
export function problemText({ code, detail, errors = [] }: Problem): string {
  const title = `${code}: ${printable(detail)}`;
  const [only, ...others] = errors;
  const isSaid = only !== undefined && others.length === 0 && only.message === detail;
  return [title, ...(isSaid && only.suggestion === undefined ? [] : errors.map(errorText))].join(
    "\n",
  );
}

function errorText(error: Diagnostic): string {
  const { message, help } = wordsOf(error);
  const place = error.pointer === "" ? "" : `${error.pointer}: `;
  return printable(`  ${place}${message}${help === null ? "" : ` (${help})`}`);
}
