/**
 * The form: completes at once when the start inputs already answer it, else waits. What is shown
 * while it waits (prefill, errors) is derived again by those who show it.
 */
import type { FormStep } from "#model/workflow.ts";
import { completeFromInputs } from "#validation/answers.ts";
import type { PureExecutor } from "./executor.ts";

export const executeForm: PureExecutor<FormStep> = ({ step, startInputs, context }, work) => {
  const { inputs } = context.runtime;
  const result = completeFromInputs(step.config.fields, startInputs, inputs, work);
  return result.kind === "complete"
    ? { kind: "completed", output: result.answers }
    : { kind: "waiting" };
};
