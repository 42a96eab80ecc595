/**
 * The templates and secrets whose names a caller may learn. A key that is limited to one workflow
 * knows those that a stored version of this workflow names, and secrets that name this workflow.
 *
 * A version that such a key stores can name no others (`workflows/bodies.ts`), so that the set only
 * grows by callers who see everything: else a guess, once stored, would become visible.
 */
import { type Database, openDatabase } from "#db/database.ts";
import { listSecretUses } from "#db/secrets.ts";
import { listTemplateIds } from "#db/templates.ts";
import { readReferences, type References } from "#db/workflows.ts";
import { templateIdsOf, type WorkflowDefinition } from "#model/workflow.ts";
import { secretNamesIn } from "#template/secret-names.ts";
import type { AppContext } from "./types.ts";

interface VisibleNames {
  templateIds: string[];
  secrets: { name: string; workflows: readonly string[] | null }[];
  /** The only secrets that the caller may write into a definition; null: all. */
  secretsWithin: ReadonlySet<string> | null;
}

/** What the caller may learn of. */
export async function visibleNames(c: AppContext): Promise<VisibleNames> {
  const db = openDatabase(c.env.DB);
  const { workflowScope } = c.get("principal");
  const [templateIds, secrets, own] = await Promise.all([
    listTemplateIds(db),
    listSecretUses(db),
    referencesFor(c, db),
  ]);
  if (own === null || workflowScope === null) return { templateIds, secrets, secretsWithin: null };
  const granted = secrets.filter(({ workflows }) => workflows?.includes(workflowScope));
  const secretsWithin = new Set([...own.secretNames, ...granted.map(({ name }) => name)]);
  return {
    templateIds: templateIds.filter((id) => own.templateIds.has(id)),
    secrets: secrets.filter(({ name }) => secretsWithin.has(name)),
    secretsWithin,
  };
}

/** Whether the caller may learn of this template. */
export async function isVisibleTemplate(c: AppContext, id: string, db: Database): Promise<boolean> {
  const own = await referencesFor(c, db);
  return own === null || own.templateIds.has(id);
}

/** What the workflow of a limited key names; null: the caller may learn of everything. */
export async function referencesFor(c: AppContext, db: Database): Promise<References | null> {
  const { workflowScope } = c.get("principal");
  if (workflowScope === null) return null;
  return readReferences(db, workflowScope, namesIn);
}

export function namesIn(definition: WorkflowDefinition) {
  return { templateIds: templateIdsOf(definition), secretNames: secretNamesIn(definition) };
}
