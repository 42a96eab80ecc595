import { parseExpression } from "#expression/parse.ts";
import type { Expression } from "#expression/ast.ts";
import { type EvaluationResult, evaluateExpression } from "#expression/evaluate.ts";
import type { RunContext } from "#model/context.ts";
import type { JsonObject } from "#model/json.ts";

/** A context whose start inputs are these, and nothing else. */
export function contextOf(inputs: JsonObject): RunContext {
  return { static: {}, profile: {}, runtime: { inputs, steps: {} } };
}

/** The tree of a source that is known to be right. */
export function parsed(source: string): Expression {
  const result = parseExpression(source);
  if (!result.ok) throw new Error(`${source}: ${result.error.message}`);
  return result.value;
}

/** Evaluates a source that parses, with these start inputs. */
export function evaluated(source: string, inputs: JsonObject = {}): EvaluationResult {
  return evaluateExpression(parsed(source), contextOf(inputs));
}

/** The value, or the message of what went wrong, in parsing or evaluating. */
export function valueOrMessage(source: string, inputs: JsonObject = {}): unknown {
  const result = parseExpression(source);
  if (!result.ok) return result.error.message;
  const evaluation = evaluateExpression(result.value, contextOf(inputs));
  return evaluation.ok ? evaluation.value : evaluation.error.message;
}
