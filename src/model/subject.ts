/**
 * What an approval is about: the last output of a model or an API. One rule for the page behind a
 * resume link and for the console: two people who decide the same wait must see the same subject.
 */
import { type JsonValue, isJsonObject } from "./json.ts";

interface Completed {
  type: string;
}

/**
 * `completed`: completed steps, oldest first. `outputOf` is called for the chosen step only, since
 * reading an output can load its row. Null: neither a model nor an API has returned anything.
 */
export function subjectOf<Step extends Completed, Output>(
  completed: readonly Step[],
  outputOf: (step: Step) => Output,
): { step: Step; value: Output | JsonValue | undefined } | null {
  const step = completed.findLast(({ type }) => type === "ai_generate" || type === "api_call");
  if (step === undefined) return null;
  const output = outputOf(step);
  // Status and headers of a call do not help an approver.
  const isCall = step.type === "api_call" && isJsonObject(output);
  return { step, value: isCall ? output["body"] : output };
}
