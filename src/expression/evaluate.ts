/** Evaluation as the rest of the service sees it: JSON in, JSON out, errors with their place. */
import type { RunContext } from "#model/context.ts";
import type { JsonValue } from "#model/json.ts";
import { Work } from "#model/work.ts";
import type { Expression } from "./ast.ts";
import { type ExpressionError, expressionError, Failure } from "./error.ts";
import { interpret } from "./interpret.ts";
import { toJson } from "./to-json.ts";
import type { TraceEntry } from "./trace.ts";

/**
 * `trace` holds what was read, in order, also when the evaluation failed. `value` may be a part of
 * the context itself: not to be written to.
 */
export type EvaluationResult =
  | { ok: true; value: JsonValue; trace: TraceEntry[] }
  | { ok: false; error: ExpressionError; trace: TraceEntry[] };

/**
 * Evaluates a parsed expression; never writes to the context, and never takes long. The budget that
 * it draws on is that of many evaluations; one alone ends by `LIMITS.expressionSteps`.
 */
export function evaluateExpression(
  expression: Expression,
  context: RunContext,
  budget = Work.ofTurn(),
): EvaluationResult {
  const { result, trace, work } = interpret(expression, context);
  budget.spend(work, "expressions");
  const value = result instanceof Failure ? result : toJson(result);
  if (!(value instanceof Failure)) return { ok: true, value, trace };
  const { source, root } = expression;
  const error = expressionError(source, value, value.offset ?? root.offset);
  return { ok: false, error, trace };
}
