/** Stored workflows as the API shows them, and who may see them. */
import type { Database } from "#db/database.ts";
import { findWorkflow, type WorkflowRecord } from "#db/workflows.ts";
import { LIMITS } from "#model/limits.ts";
import { ID_PATTERN, type Step, type WorkflowDefinition } from "#model/workflow.ts";
import { ProblemError } from "../problems/problems.ts";
import { atPrimary, sessionsOf } from "../sessions.ts";
import type { AppContext } from "../types.ts";

/** The latest of the workflow, unless it is unknown, hidden or not for this caller. */
export async function requireWorkflow(c: AppContext, id: string) {
  return requireKnown(c, id, () => findShown(atPrimary(c), id));
}

/** The same for a reader, to whom a moment ago is soon enough. */
export async function readNearest(c: AppContext, id: string) {
  return requireKnown(c, id, () => sessionsOf(c).find((db) => findShown(db, id)));
}

async function requireKnown(
  c: AppContext,
  id: string,
  find: () => Promise<WorkflowRecord | null>,
): Promise<WorkflowRecord> {
  limitTo(c, id);
  const known = ID_PATTERN.test(id) ? await find() : null;
  if (!known) throw workflowNotFound(id);
  return known;
}

async function findShown(db: Database, id: string): Promise<WorkflowRecord | null> {
  const known = await findWorkflow(db, id);
  return known?.hiddenAt === null ? known : null;
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
