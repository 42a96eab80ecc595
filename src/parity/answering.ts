/** How a run that is compared is fed from the one set of inputs that a comparison names. */
import type { JsonObject } from "#model/json.ts";
import type { FormField, FormStep, WorkflowDefinition } from "#model/workflow.ts";

/**
 * What goes into the start: declared inputs, and keys that no form asks for. The rest is kept for
 * the forms, so that they wait and are answered as people answer them.
 */
export function startInputsOf(definition: WorkflowDefinition, inputs: JsonObject): JsonObject {
  const declared = keysOf(definition.inputs ?? []);
  const asked = keysOf(
    definition.steps.flatMap((step) => (isForm(step) ? step.config.fields : [])),
  );
  return pick(inputs, (key) => declared.has(key) || !asked.has(key));
}

/** The answers to one form: those of the inputs that it asks for. */
export function answersTo(
  fields: readonly Pick<FormField, "key">[],
  inputs: JsonObject,
): JsonObject {
  const asked = keysOf(fields);
  return pick(inputs, (key) => asked.has(key));
}

function isForm(step: WorkflowDefinition["steps"][number]): step is FormStep {
  return step.type === "form";
}

function keysOf(fields: readonly Pick<FormField, "key">[]): ReadonlySet<string> {
  return new Set(fields.map(({ key }) => key));
}

function pick(inputs: JsonObject, isWanted: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => isWanted(key)));
}
