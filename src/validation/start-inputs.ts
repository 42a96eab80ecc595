/**
 * The inputs of a start against what the workflow declares. Owns which keys may be there; what a
 * value must be like is decided where answers of forms are (`answers.ts`).
 */
import type { Diagnostic } from "#model/diagnostic.ts";
import type { JsonObject } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { NameIndex } from "#model/nearest-name.ts";
import { pointer } from "#model/pointer.ts";
import { Work } from "#model/work.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { checkAnswers, maskedInputs } from "./answers.ts";

/**
 * With declared `inputs`, missing and invalid ones are refused, and so are keys that are neither
 * declared nor a key of any form. Without a declaration any key is accepted. A masked value never
 * is.
 */
export function checkStartInputs(
  definition: Pick<WorkflowDefinition, "inputs" | "steps">,
  inputs: JsonObject,
  work = Work.ofRequest(),
): Diagnostic[] {
  const declared = definition.inputs;
  if (!declared) return maskedInputs(inputs);
  const declaredKeys = new Set(declared.map((field) => field.key));
  const given = Object.fromEntries(Object.entries(inputs).filter(([key]) => declaredKeys.has(key)));
  const others = Object.entries(inputs).filter(([key]) => !declaredKeys.has(key));
  const checked = checkAnswers(declared, given, {}, work);
  const errors = [
    ...(checked.ok ? [] : checked.errors),
    ...maskedInputs(Object.fromEntries(others)),
  ];
  const known = new NameIndex([...declaredKeys, ...formKeys(definition)]);
  for (const [key] of others) {
    if (errors.length >= LIMITS.diagnostics) break;
    if (!known.has(key)) errors.push(unknownInput(key, known, work));
  }
  return errors.slice(0, LIMITS.diagnostics);
}

function unknownInput(key: string, known: NameIndex, work: Work): Diagnostic {
  const suggestion = known.nearest(key, work);
  return {
    code: "unknown_key",
    message: `There is no input and no form field called "${key}".`,
    pointer: pointer("inputs", key),
    ...(suggestion === null ? {} : { suggestion }),
  };
}

function formKeys({ steps }: Pick<WorkflowDefinition, "steps">): string[] {
  return steps.flatMap((step) =>
    step.type === "form" ? step.config.fields.map(({ key }) => key) : [],
  );
}
