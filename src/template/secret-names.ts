/** The secrets that a workflow names: what its steps may ask for, and what a key limited to it may see. */
import type { JsonValue } from "#model/json.ts";
import type { ApiCallStep, WorkflowDefinition } from "#model/workflow.ts";
import { placeholderPaths } from "./placeholders.ts";

/** The path of a secret in a placeholder; its name is captured. */
export const SECRET_PATH = /^secrets\.([^.]+)$/;

/** The secrets that headers and body name, each once. */
export function secretNamesOf({ config }: ApiCallStep): string[] {
  const { headers = {}, body, body_form: form } = config;
  const names = textsIn([...Object.values(headers), form ?? body ?? null]).flatMap((text) => {
    const found = placeholderPaths(text);
    // A text that does not parse fails when it is filled in.
    return found.ok ? found.value.flatMap((path) => SECRET_PATH.exec(path)?.[1] ?? []) : [];
  });
  return [...new Set(names)];
}

/** The secrets that any step names, each once, sorted. */
export function secretNamesIn({ steps }: Pick<WorkflowDefinition, "steps">): string[] {
  const names = steps.flatMap((step) => (step.type === "api_call" ? secretNamesOf(step) : []));
  return [...new Set(names)].toSorted();
}

function textsIn(value: JsonValue): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap((child) => textsIn(child));
}
