/**
 * Workflows and their versions in D1. Versions are immutable; the row in `workflows` points to the
 * latest. The key of `workflow_versions` decides races between writes: the loser reads again.
 */
import { and, desc, eq, gt, isNull, sql } from "drizzle-orm";
import { type JsonText, parseJsonText } from "#model/json-text.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { auditStatement, type Change } from "./audit.ts";
import { type Database, isUniqueViolation } from "./database.ts";
import { workflows, workflowVersions } from "./schema.ts";
import { type AnsweredKey, keyStatements } from "./write-keys.ts";

export type WorkflowRecord = typeof workflows.$inferSelect;
export type VersionRecord = typeof workflowVersions.$inferSelect;

/** What is stored: the canonical definition with its hash, and the version of its form. */
export interface NewVersion {
  definition: WorkflowDefinition;
  hash: string;
  canonicalForm: number;
  templateIds: string[];
}

/** The workflow, also when it is hidden. */
export async function findWorkflow(db: Database, id: string): Promise<WorkflowRecord | null> {
  const [record] = await db.select().from(workflows).where(eq(workflows.id, id)).limit(1);
  return record ?? null;
}

/** Workflows that are not hidden, by id, after this id; with `only`, at most that one. */
export function listWorkflows(
  db: Database,
  afterId: string,
  limit: number,
  workflowScope: string | null,
): Promise<WorkflowRecord[]> {
  return db
    .select()
    .from(workflows)
    .where(
      and(
        isNull(workflows.hiddenAt),
        gt(workflows.id, afterId),
        workflowScope === null ? undefined : eq(workflows.id, workflowScope),
      ),
    )
    .orderBy(workflows.id)
    .limit(limit);
}

export async function findVersion(
  db: Database,
  id: string,
  version: number,
): Promise<VersionRecord | null> {
  const [record] = await db
    .select()
    .from(workflowVersions)
    .where(and(eq(workflowVersions.workflowId, id), eq(workflowVersions.version, version)))
    .limit(1);
  return record ?? null;
}

/** All versions, newest first, without their definitions. */
export function listVersions(
  db: Database,
  id: string,
): Promise<Pick<VersionRecord, "version" | "hash" | "createdAt" | "createdBy">[]> {
  const { version, hash, createdAt, createdBy } = workflowVersions;
  return db
    .select({ version, hash, createdAt, createdBy })
    .from(workflowVersions)
    .where(eq(workflowVersions.workflowId, id))
    .orderBy(desc(version));
}

/**
 * Stores `version` as the latest, in one transaction. False when another request stored that
 * version first; then nothing is written.
 */
export async function storeVersion(
  db: Database,
  version: number,
  { definition, hash, canonicalForm, templateIds }: NewVersion,
  change: Change & { action: "workflow.created" | "workflow.changed" },
  key: AnsweredKey | null,
): Promise<boolean> {
  const { by, at, action } = change;
  const pointer = {
    version,
    name: definition.name,
    definition,
    startStep: definition.start_step,
    hash,
    templateIds,
    updatedAt: at,
    hiddenAt: null,
  };
  try {
    await db.batch([
      db.insert(workflowVersions).values({
        workflowId: definition.id,
        version,
        definition,
        hash,
        createdAt: at,
        createdBy: by,
        canonicalForm,
      }),
      db
        .insert(workflows)
        .values({ id: definition.id, createdAt: at, ...pointer })
        .onConflictDoUpdate({ target: workflows.id, set: pointer }),
      auditStatement(db, change, { action, target: definition.id, version }),
      ...keyStatements(db, key),
    ]);
    return true;
  } catch (error) {
    if (isUniqueViolation(error, "workflow_versions")) return false;
    throw error;
  }
}

/** Hides the workflow from new starts. False when there was nothing to hide. */
export async function hideWorkflow(
  db: Database,
  id: string,
  change: Change,
  key: AnsweredKey | null,
): Promise<boolean> {
  const [hidden] = await db.batch([
    db
      .update(workflows)
      .set({ hiddenAt: change.at })
      .where(and(eq(workflows.id, id), isNull(workflows.hiddenAt)))
      .returning({ id: workflows.id }),
    auditStatement(db, change, { action: "workflow.hidden", target: id }),
    ...keyStatements(db, key),
  ]);
  return hidden.length > 0;
}

export interface StartPointer {
  version: number;
  /** Current version of each template that the latest definition names. */
  templates: Record<string, number>;
}

/**
 * What a start must not cache: the latest version and the current versions of its templates, in one
 * read. null when the workflow is unknown or hidden.
 */
export async function readStartPointer(db: Database, id: string): Promise<StartPointer | null> {
  const [row] = await db.all<{ version: number; templates: JsonText<Record<string, number>> }>(sql`
    SELECT version, (
      SELECT json_group_object(named.value, (
        SELECT max(templates.version) FROM templates WHERE templates.id = named.value
      )) FROM json_each(workflows.template_ids) AS named
    ) AS templates
    FROM workflows WHERE id = ${id} AND hidden_at IS NULL`);
  if (!row) return null;
  return { version: row.version, templates: parseJsonText(row.templates) };
}
