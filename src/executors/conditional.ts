/** The conditional: evaluates `when`, says which branch is taken and what it saw. */
import type { AttemptOutcome } from "#model/attempt.ts";
import type { JsonObject } from "#model/json.ts";
import type { ConditionalStep } from "#model/workflow.ts";
import { evaluateExpression } from "#expression/evaluate.ts";
import { parseExpression } from "#expression/parse.ts";
import { isTruthy } from "#expression/truthy.ts";
import type { PureExecutor } from "./executor.ts";

type ParseResult = ReturnType<typeof parseExpression>;

/** Parsed expressions by source, the least recently used first. An isolate sees few of them. */
const parsed = new Map<string, ParseResult>();
const PARSED_ENTRIES = 200;

/**
 * Output `{result, trace}`. An expression that cannot be parsed or evaluated is a terminal
 * `expression_error` whose message ends with the place.
 */
export const executeConditional: PureExecutor<ConditionalStep> = ({ step, context }, work) => {
  const parsing = parseCached(step.config.when);
  if (!parsing.ok) return failed(parsing.error);
  const evaluation = evaluateExpression(parsing.value, context, work);
  if (!evaluation.ok) return failed(evaluation.error);
  const result = isTruthy(evaluation.value);
  const trace = evaluation.trace.map(({ path, value }): JsonObject => ({ path, value }));
  return {
    kind: "completed",
    output: { result, trace },
    next: result ? step.config.then : step.config.else,
  };
};

function parseCached(source: string): ParseResult {
  const known = parsed.get(source);
  parsed.delete(source);
  const result = known ?? parseExpression(source);
  parsed.set(source, result);
  const oldest = parsed.keys().next();
  if (parsed.size > PARSED_ENTRIES && oldest.done !== true) parsed.delete(oldest.value);
  return result;
}

function failed(error: { message: string; line: number; column: number }): AttemptOutcome {
  const place = `line ${error.line}, column ${error.column}`;
  return {
    kind: "failed",
    class: "terminal",
    failure: { code: "expression_error", message: `${error.message} (${place})` },
  };
}
