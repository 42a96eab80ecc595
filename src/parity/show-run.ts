/** A reference run as it is shown: sensitive answers masked, like those of every run. */
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { type Mask, maskOf } from "./mask.ts";
import { contextOf, type Memory } from "./memory.ts";
import type { ReferenceRun, ReferenceStep } from "./reference.ts";

interface Ending {
  id: string;
  status: ReferenceRun["status"];
  current_step?: string;
  output?: JsonObject | null;
  error?: NonNullable<ReferenceRun["error"]>;
}

export function showRun(
  definition: WorkflowDefinition,
  memory: Memory,
  { id, status, current_step, output = null, error }: Ending,
): ReferenceRun {
  const mask = maskOf(definition, [memory.startInputs, ...formAnswers(memory)]);
  const steps = memory.taken.map((step) => showStep(step, mask));
  const context = contextOf(memory);
  return {
    id,
    status,
    current_step: current_step ?? null,
    context: {
      static: context.static,
      profile: object(mask.value(context.profile)),
      runtime: { inputs: object(mask.value(context.runtime.inputs)), steps: stepContexts(steps) },
    },
    steps,
    ...(output === null ? {} : { output: showOutput(definition, output, mask) }),
    ...(error === undefined ? {} : { error: { ...error, message: mask.text(error.message) } }),
  };
}

function formAnswers(memory: Memory): JsonObject[] {
  return memory.taken.flatMap(({ type, output = null }) =>
    type === "form" && isJsonObject(output) ? [output] : [],
  );
}

function showStep(step: ReferenceStep, mask: Mask): ReferenceStep {
  const { output, error } = step;
  return {
    ...step,
    ...(output === undefined ? {} : { output: showStepOutput(step, output, mask) }),
    ...(error === undefined ? {} : { error: showError(error, mask) }),
  };
}

function showError(
  { code, message, ...answer }: NonNullable<ReferenceStep["error"]>,
  mask: Mask,
): NonNullable<ReferenceStep["error"]> {
  return { ...object(mask.value(answer)), code, message: mask.text(message) };
}

/** What a rule looked at is masked by the paths that it read. */
function showStepOutput({ type }: ReferenceStep, output: JsonValue, mask: Mask): JsonValue {
  if (type !== "conditional" || !isJsonObject(output)) return mask.value(output);
  const { trace } = output;
  if (!Array.isArray(trace)) return mask.value(output);
  const shown = trace.map((entry) => {
    const { path = "", value = null } = object(entry);
    return { path, value: mask.at(typeof path === "string" ? path : "", value) };
  });
  return { ...output, trace: shown };
}

function showOutput(definition: WorkflowDefinition, output: JsonObject, mask: Mask): JsonObject {
  const paths = definition.output ?? {};
  const shown = Object.entries(output).map(([name, value]): [string, JsonValue] => [
    name,
    mask.at(paths[name] ?? "", value),
  ]);
  return Object.fromEntries(shown);
}

function stepContexts(steps: readonly ReferenceStep[]): JsonObject {
  const entries = steps.flatMap(({ step_id, output, error }): [string, JsonObject][] => {
    if (error !== undefined) return [[step_id, { error: { ...error } }]];
    return output === undefined ? [] : [[step_id, { output }]];
  });
  return Object.fromEntries(entries);
}

function object(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : {};
}
