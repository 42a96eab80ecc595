/**
 * Rows of the tables that are backed up, as they are stored: by the names of their columns, so that
 * a backup fits a database with more columns. Pages follow the primary key.
 */
import { sql } from "drizzle-orm";
import { BACKUP_TABLES, type BackupTable } from "#model/backup.ts";
import type { JsonValue } from "#model/json.ts";
import type { Database } from "./database.ts";

export type TableRow = Readonly<Record<string, JsonValue>>;

/** The values of a primary key, in its order. */
export type RowPlace = readonly (string | number)[];

interface Columns {
  all: string[];
  /** Those of the primary key, in its order. */
  key: string[];
}

const quoted = (name: string) => sql.raw(`"${name.replaceAll('"', '""')}"`);

async function columnsOf(db: Database, table: BackupTable): Promise<Columns> {
  const columns = await db.all<{ name: string; pk: number }>(
    sql`SELECT name, pk FROM pragma_table_info(${table}) ORDER BY cid`,
  );
  const key = columns.filter(({ pk }) => pk > 0).toSorted((left, right) => left.pk - right.pk);
  return { all: columns.map(({ name }) => name), key: key.map(({ name }) => name) };
}

/** The next rows after a place; null: the first. */
export async function readRows(
  db: Database,
  table: BackupTable,
  after: RowPlace | null,
  limit: number,
): Promise<{ rows: TableRow[]; next: RowPlace | null }> {
  const { key } = await columnsOf(db, table);
  const names = sql.join(key.map(quoted), sql`, `);
  const values = sql.join(
    (after ?? []).map((value) => sql`${value}`),
    sql`, `,
  );
  const isLater = after === null ? sql`true` : sql`(${names}) > (${values})`;
  // A claim of a call that is under way is worth nothing elsewhere.
  const isKept = table === "write_keys" ? sql`status <> 0` : sql`true`;
  const rows = await db.all<TableRow>(
    sql`SELECT * FROM ${quoted(table)} WHERE ${isLater} AND ${isKept} ORDER BY ${names} LIMIT ${limit}`,
  );
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { rows, next: last ? key.map((name) => placeValue(last[name])) : null };
}

function placeValue(value: JsonValue | undefined): string | number {
  if (typeof value === "string" || typeof value === "number") return value;
  throw new Error("a primary key that is neither text nor number");
}

/** Columns of the rows that the table does not have: a backup of a later release. */
export async function unknownColumns(
  db: Database,
  table: BackupTable,
  rows: readonly TableRow[],
): Promise<string[]> {
  const known = new Set((await columnsOf(db, table)).all);
  return [...new Set(rows.flatMap(Object.keys))].filter((name) => !known.has(name));
}

/** Repeated, it changes nothing: a restore that broke off begins again. */
export async function writeRows(
  db: D1Database,
  table: BackupTable,
  rows: readonly TableRow[],
): Promise<void> {
  const statements = rows.map((row) => {
    const names = Object.keys(row).map((name) => `"${name.replaceAll('"', '""')}"`);
    const bound = names.map(() => "?").join(", ");
    return db
      .prepare(`INSERT OR REPLACE INTO ${table} (${names.join(", ")}) VALUES (${bound})`)
      .bind(...Object.values(row));
  });
  if (statements.length > 0) await db.batch(statements);
}

/** How many rows of definitions there are, by table. */
export async function countDefinitions(
  db: Database,
): Promise<Partial<Record<BackupTable, number>>> {
  const tables = ["workflows", "templates", "secrets"] as const;
  const counts = await Promise.all(
    tables.map((table) =>
      db.get<{ rows: number }>(sql`SELECT count(*) AS rows FROM ${quoted(table)}`),
    ),
  );
  return Object.fromEntries(tables.map((table, index) => [table, counts[index]?.rows ?? 0]));
}

/** What a restore replaces. Keys stay: the caller's own is among them. */
export async function clearDefinitions(db: Database): Promise<void> {
  const [first, ...rest] = BACKUP_TABLES.filter(
    (table) => table !== "api_keys" && table !== "audit",
  ).map((table) => db.run(sql`DELETE FROM ${quoted(table)}`));
  if (first) await db.batch([first, ...rest]);
}

/**
 * Versions that no workflow knows yet: stored while the backup was made, between the two tables.
 * Left there, the next version of the workflow would be refused.
 */
export async function dropLooseVersions(db: Database): Promise<void> {
  await db.run(sql`DELETE FROM workflow_versions WHERE NOT EXISTS (
    SELECT 1 FROM workflows WHERE id = workflow_id AND workflows.version >= workflow_versions.version)`);
}
