/** Stored workflows as the API shows them, and who may see them. */
import { openDatabase } from "#db/database.ts";
import { findWorkflow } from "#db/workflows.ts";
import { LIMITS } from "#model/limits.ts";
import { ID_PATTERN, type Step, type WorkflowDefinition } from "#model/workflow.ts";
import { ProblemError } from "../problems/problems.ts";
import type { AppContext } from "../types.ts";

/** The workflow, unless it is unknown, hidden or not for this caller. */
export async function requireWorkflow(c: AppContext, id: string) {
  limitTo(c, id);
  const known = ID_PATTERN.test(id) ? await findWorkflow(openDatabase(c.env.DB), id) : null;
  if (!known || known.hiddenAt !== null) throw workflowNotFound(id);
  return known;
}

/** A key that is limited to one workflow finds no other. */
export function limitTo(c: AppContext, id: string): void {
  const { workflowScope } = c.get("principal");
  if (workflowScope !== null && workflowScope !== id) throw workflowNotFound(id);
}

export function checkIfMatch(
  header: string | undefined,
  known: { version: number; hash: string },
): void {
  if (header === undefined || header.trim() === "*") return;
  const { etag: current } = etag(known);
  if (header.split(",").some((tag) => tag.trim() === current)) return;
  throw new ProblemError({
    code: "precondition_failed",
    detail: `The latest version is ${known.version}, with the ETag ${current}.`,
  });
}

export function etag({ version, hash }: { version: number; hash: string }): { etag: string } {
  return { etag: `"${version}-${hash.slice(0, 16)}"` };
}

export function toWorkflow(record: {
  id: string;
  version: number;
  definition: WorkflowDefinition;
}) {
  const { id, version, definition } = record;
  return {
    id,
    version,
    name: definition.name,
    definition: { ...definition },
    start_step: definition.start_step,
    steps: definition.steps.map(toStep),
  };
}

/** Copies: only object literals are assignable to a record, and interfaces are not. */
function toStep(step: Step) {
  const config = { ...step.config };
  return "retry" in step ? { ...step, retry: { ...step.retry }, config } : { ...step, config };
}

export function workflowNotFound(id: string): ProblemError {
  const shown = id.slice(0, LIMITS.nameLength);
  return new ProblemError({
    code: "workflow_not_found",
    detail: `There is no workflow "${shown}".`,
  });
}
