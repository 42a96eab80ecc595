/** A definition with its steps by id, built once and passed on. */
import type { Step, WorkflowDefinition } from "./workflow.ts";

export interface IndexedWorkflow {
  definition: WorkflowDefinition;
  steps: ReadonlyMap<string, Step>;
}

export function indexWorkflow(definition: WorkflowDefinition): IndexedWorkflow {
  return { definition, steps: new Map(definition.steps.map((step) => [step.id, step])) };
}
