/**
 * What can go wrong in an expression, as a value with its place. `Failure` is how the parts of this
 * folder tell each other; `ExpressionError` is what leaves it.
 */
import { LIMITS } from "#model/limits.ts";

/** `offset` in UTF-16 units from 0; `line` and `column` count from 1. */
export interface ExpressionError {
  message: string;
  offset: number;
  line: number;
  column: number;
  /** What to write instead; the message says it too. */
  suggestion?: string;
}

/** An expected failure on its way out; the caller that knows the place adds it. */
export class Failure {
  readonly message: string;
  readonly offset: number | null;
  readonly suggestion: string | null;

  constructor(message: string, offset: number | null = null, suggestion: string | null = null) {
    this.message = message;
    this.offset = offset;
    this.suggestion = suggestion;
  }
}

/** Adds the place that is known here to a failure without one; values pass through. */
export function placed<T>(result: T | Failure, offset: number): T | Failure {
  return result instanceof Failure && result.offset === null
    ? new Failure(result.message, offset, result.suggestion)
    : result;
}

export function expressionError(
  source: string,
  { message, suggestion }: Pick<Failure, "message" | "suggestion">,
  offset: number,
): ExpressionError {
  const lines = source.slice(0, offset).split(/\r\n|\n|\r/);
  const last = lines.at(-1) ?? "";
  const place = { offset, line: lines.length, column: last.length + 1 };
  return { message, ...place, ...(suggestion === null ? {} : { suggestion }) };
}

const QUOTED_LENGTH = 60;

/** A name as messages show it: in double quotes, shortened, on one line. */
export function quote(text: string): string {
  const short = text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text;
  return `"${short.replaceAll(/\s/gu, " ")}"`;
}

export const TOO_MANY_STEPS = new Failure(
  `The expression needs more than ${LIMITS.expressionSteps} steps; use smaller lists or texts.`,
);
