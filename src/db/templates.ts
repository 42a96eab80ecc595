/** Templates in D1: every version stays, the highest is the current one. */
import { and, desc, eq, gt, sql } from "drizzle-orm";
import type { Template } from "#model/template.ts";
import { auditStatement, type Change } from "./audit.ts";
import { type Database, isUniqueViolation } from "./database.ts";
import { templates } from "./schema.ts";
import { type AnsweredKey, keyStatements } from "./write-keys.ts";

type TemplateRecord = typeof templates.$inferSelect;

/** The version asked for, or the current one. */
export async function findTemplate(
  db: Database,
  id: string,
  version?: number,
): Promise<Template | null> {
  const [record] = await db
    .select()
    .from(templates)
    .where(
      version === undefined
        ? eq(templates.id, id)
        : and(eq(templates.id, id), eq(templates.version, version)),
    )
    .orderBy(desc(templates.version))
    .limit(1);
  return record ? toTemplate(record) : null;
}

/** The current version of each template, by id, after this id; `only`: of these, null: of all. */
export async function listTemplates(
  db: Database,
  afterId: string,
  limit: number,
  only: readonly string[] | null,
): Promise<Template[]> {
  const isAsked = sql`${templates.id} IN (SELECT value FROM json_each(${JSON.stringify(only)}))`;
  const current = db
    .select({ id: templates.id, version: sql<number>`max(${templates.version})`.as("current") })
    .from(templates)
    .where(and(gt(templates.id, afterId), only === null ? undefined : isAsked))
    .groupBy(templates.id)
    .orderBy(templates.id)
    .limit(limit)
    .as("current");
  const records = await db
    .select()
    .from(templates)
    .innerJoin(current, and(eq(current.id, templates.id), eq(current.version, templates.version)))
    .orderBy(templates.id);
  return records.map((row) => toTemplate(row.templates));
}

/** Current versions of these templates, by id; unknown ones are absent. */
export async function readTemplateVersions(
  db: Database,
  ids: string[],
): Promise<Record<string, number>> {
  const rows = await db
    .select({ id: templates.id, version: sql<number>`max(${templates.version})` })
    .from(templates)
    .where(sql`${templates.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`)
    .groupBy(templates.id);
  return Object.fromEntries(rows.map(({ id, version }) => [id, version]));
}

/** The current texts of these templates, by id; unknown ones are absent. */
export async function readTemplateTexts(
  db: Database,
  ids: readonly string[],
): Promise<Map<string, { system?: string; prompt: string }>> {
  if (ids.length === 0) return new Map();
  const { id, version, system, prompt } = templates;
  const rows = await db
    .select({ id, system, prompt, version: sql<number>`max(${version})` })
    .from(templates)
    .where(sql`${id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`)
    // SQLite returns the other columns from the row that has the maximum.
    .groupBy(id);
  return new Map(
    rows.map((row) => [
      row.id,
      { prompt: row.prompt, ...(row.system === null ? {} : { system: row.system }) },
    ]),
  );
}

/** The ids of all templates. */
export async function listTemplateIds(db: Database): Promise<string[]> {
  const rows = await db.selectDistinct({ id: templates.id }).from(templates);
  return rows.map((row) => row.id);
}

/** False when another request stored that version first. */
export async function storeTemplate(
  db: Database,
  template: Template,
  change: Change,
  key: AnsweredKey | null,
): Promise<boolean> {
  const { id, version } = template;
  try {
    await db.batch([
      db.insert(templates).values({
        id,
        version,
        system: template.system ?? null,
        prompt: template.prompt,
        description: template.description ?? null,
        createdAt: change.at,
        createdBy: change.by,
      }),
      auditStatement(db, change, { action: "template.stored", target: id, version }),
      ...keyStatements(db, key),
    ]);
    return true;
  } catch (error) {
    if (isUniqueViolation(error, "templates")) return false;
    throw error;
  }
}

function toTemplate(record: TemplateRecord): Template {
  return {
    id: record.id,
    version: record.version,
    ...(record.system === null ? {} : { system: record.system }),
    prompt: record.prompt,
    ...(record.description === null ? {} : { description: record.description }),
  };
}
