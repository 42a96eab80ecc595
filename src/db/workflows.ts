/**
 * Workflows and their versions in D1. Versions are immutable; the row in `workflows` points to the
 * latest. The key of `workflow_versions` decides races between writes: the loser reads again.
 */
import { and, desc, eq, gt, isNull, or, sql } from "drizzle-orm";
import { type JsonText, parseJsonText } from "#model/json-text.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { auditStatement, type Change } from "./audit.ts";
import { type Database, isUniqueViolation } from "./database.ts";
import { workflows, workflowVersions } from "./schema.ts";
import { refusedTo } from "./secrets.ts";
import { type AnsweredKey, keyStatements } from "./write-keys.ts";

export type WorkflowRecord = typeof workflows.$inferSelect;
export type VersionRecord = typeof workflowVersions.$inferSelect;

/** What is stored: the canonical definition with its hash, and the version of its form. */
export interface NewVersion {
  definition: WorkflowDefinition;
  hash: string;
  canonicalForm: number;
  templateIds: string[];
  secretNames: string[];
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
  { definition, hash, canonicalForm, templateIds, secretNames }: NewVersion,
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
        templateIds,
        secretNames,
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
  /** The version asked for, or the latest; null: there is no such version. */
  version: number | null;
  /**
   * Current version of each template that the definition names; null, also where a template is: a
   * release that did not store the names has stored it, or the template is unknown.
   */
  templates: Record<string, number | null> | null;
  /**
   * Secrets that the definition names and this workflow may not use; null: a release that did not
   * store the names has stored it.
   */
  refusedSecrets: string[] | null;
}

/**
 * What a start must not cache: the latest version, and the current versions of the templates that
 * the version to start names. One read, also for an earlier version: a caller far from the database
 * waits for each. null when the workflow is unknown or hidden.
 */
export async function readStartPointer(
  db: Database,
  id: string,
  asked: number | null,
): Promise<StartPointer | null> {
  const [row] = await db.all<{
    version: number | null;
    templates: JsonText<Record<string, number | null>> | null;
    refused: JsonText<string[]> | null;
  }>(sql`
    SELECT started.version, CASE WHEN started.named IS NULL THEN NULL ELSE (
      SELECT json_group_object(named.value, (
        SELECT max(templates.version) FROM templates WHERE templates.id = named.value
      )) FROM json_each(started.named) AS named
    ) END AS templates, CASE WHEN started.secret_names IS NULL THEN NULL ELSE (
      SELECT json_group_array(secrets.name) FROM json_each(started.secret_names) AS named
      JOIN secrets ON secrets.name = named.value WHERE ${refusedTo(id)}
    ) END AS refused
    FROM (
      SELECT one.version, one.secret_names, coalesce(one.template_ids,
        CASE WHEN one.version = workflows.version THEN workflows.template_ids END) AS named
      FROM workflows LEFT JOIN workflow_versions AS one
        ON one.workflow_id = workflows.id AND one.version = coalesce(${asked}, workflows.version)
      WHERE workflows.id = ${id} AND workflows.hidden_at IS NULL
    ) AS started`);
  if (!row) return null;
  return {
    version: row.version,
    templates: row.templates === null ? null : parseJsonText(row.templates),
    refusedSecrets: row.refused === null ? null : parseJsonText(row.refused),
  };
}

/** What the stored versions of a workflow name. */
export interface References {
  templateIds: Set<string>;
  secretNames: Set<string>;
}

/** Definitions in one read. One may have as many bytes as a body. */
const DEFINITIONS_AT_ONCE = 20;

/**
 * What any stored version of the workflow names, hidden ones too: each of them can be read and
 * started. `namesIn` reads definitions that a release without the columns has stored.
 */
export async function readReferences(
  db: Database,
  id: string,
  namesIn: (definition: WorkflowDefinition) => Pick<NewVersion, "templateIds" | "secretNames">,
): Promise<References> {
  const names = await db.all<{ kind: "template" | "secret"; name: string }>(sql`
    SELECT DISTINCT 'template' AS kind, named.value AS name
    FROM workflow_versions, json_each(workflow_versions.template_ids) AS named
    WHERE workflow_id = ${id}
    UNION ALL SELECT DISTINCT 'secret', named.value
    FROM workflow_versions, json_each(workflow_versions.secret_names) AS named
    WHERE workflow_id = ${id}`);
  const named = (kind: string) => names.filter((row) => row.kind === kind).map(({ name }) => name);
  const found = { templateIds: new Set(named("template")), secretNames: new Set(named("secret")) };
  for (let after = 0; ;) {
    const older = await readUnnamed(db, id, after);
    for (const { version, definition } of older) {
      const { templateIds, secretNames } = namesIn(definition);
      for (const one of templateIds) found.templateIds.add(one);
      for (const one of secretNames) found.secretNames.add(one);
      after = version;
    }
    if (older.length < DEFINITIONS_AT_ONCE) return found;
  }
}

function readUnnamed(db: Database, id: string, after: number) {
  const { workflowId, version, definition, templateIds, secretNames } = workflowVersions;
  return db
    .select({ version, definition })
    .from(workflowVersions)
    .where(
      and(eq(workflowId, id), gt(version, after), or(isNull(templateIds), isNull(secretNames))),
    )
    .orderBy(version)
    .limit(DEFINITIONS_AT_ONCE);
}
