/** The branches of a workflow: both outcomes of each rule, and the `on_error` path. */
import { isJsonObject } from "#model/json.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";

/** `<step>: true`, `<step>: false`, `<step>: on_error`. */
export type Branch = string;

/** All branches that inputs can reach. No rejections and expiries: approvals are approved. */
export function branchesOf({ steps }: WorkflowDefinition): Branch[] {
  return steps.flatMap((step) => [
    ...(step.type === "conditional" ? [`${step.id}: true`, `${step.id}: false`] : []),
    ...(step.on_error === undefined ? [] : [`${step.id}: on_error`]),
  ]);
}

interface TakenStep {
  step_id: string;
  type: string;
  status: string;
  output?: unknown;
}

/** The branches that a run took. */
export function branchesTaken(
  { steps }: WorkflowDefinition,
  taken: readonly TakenStep[],
): Branch[] {
  return taken.flatMap(({ step_id: id, type, status, output }) => {
    if (status === "failed") {
      return steps.some((step) => step.id === id && step.on_error !== undefined)
        ? [`${id}: on_error`]
        : [];
    }
    const isRule = type === "conditional" && isJsonObject(output);
    return isRule ? [`${id}: ${output["result"] === true ? "true" : "false"}`] : [];
  });
}
