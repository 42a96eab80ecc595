/** Notes of the service about its own work, one row each: the restore, and the last backup. */
import { eq } from "drizzle-orm";
import { z } from "zod";
import { restoreSchema } from "#model/backup.ts";
import type { Database } from "./database.ts";
import { serviceState } from "./schema.ts";

const schemas = {
  restore: restoreSchema,
  /** The last one. */
  backup: z.object({ id: z.string(), at: z.iso.datetime() }),
};

type Notes = { [Name in keyof typeof schemas]: z.infer<(typeof schemas)[Name]> };

/** null: there is none. */
export async function readNote<Name extends keyof Notes>(
  db: Database,
  name: Name,
): Promise<Notes[Name] | null> {
  const [row] = await db.select().from(serviceState).where(eq(serviceState.name, name)).limit(1);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of this very name
  return row ? (schemas[name].parse(row.value) as Notes[Name]) : null;
}

/** The statement that writes it, alone or in a batch. */
export function noteStatement<Name extends keyof Notes>(
  db: Database,
  name: Name,
  value: Notes[Name],
) {
  return db
    .insert(serviceState)
    .values({ name, value })
    .onConflictDoUpdate({ target: serviceState.name, set: { value } });
}
