/** Takes a backup: the runs first, then the tables of D1, in the order of `model/backup.ts`. */
import {
  BACKUP_TABLES,
  backupEndSchema,
  backupHeadSchema,
  KEY_TABLE,
  readLine,
  streamedLineSchema,
} from "#model/backup.ts";
import { CommandError } from "../terminal/command-error.ts";
import type { BackupWriter } from "./backup-file.ts";
import type { Operator } from "./operator.ts";

export interface Taken {
  id: string;
  /** Runs whose objects are gone: D1 has a row of each, and nothing else is left. */
  missing: string[];
}

export async function takeBackup(
  operator: Operator,
  file: BackupWriter,
  withKeys: boolean,
): Promise<Taken> {
  const head = await operator.ask("GET", `/v1/backup?with_keys=${withKeys}`, backupHeadSchema);
  const text = JSON.stringify(head);
  file.line(text);
  const query = `backup=${head.id}`;
  const missing = await takePages(operator, file, `/v1/backup/runs?${query}`);
  for (const table of BACKUP_TABLES) {
    if (table === KEY_TABLE && !withKeys) continue;
    await takePages(operator, file, `/v1/backup/rows?${query}&table=${table}`);
  }
  const { counts, sha256 } = file;
  const json = { head: text, counts, sha256 };
  file.end(await operator.ask("POST", "/v1/backup", backupEndSchema, { json }));
  return { id: head.id, missing };
}

/** The ids that the pages name as missing. */
async function takePages(operator: Operator, file: BackupWriter, path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const address: string = cursor === "" ? path : `${path}&cursor=${cursor}`;
    let seen: string[] = [];
    const page: { next?: string | null } = {};
    file.beginPage();
    await operator.lines(
      address,
      (text) => {
        const line = readLine(streamedLineSchema, text);
        if (line === null) throw new CommandError(1, "The service answered with an unknown line.");
        if (line.type === "page") page.next = line.next;
        else if (line.type === "missing") seen.push(line.id);
        else file.content(line);
      },
      () => {
        seen = [];
        delete page.next;
        file.repeatPage();
      },
    );
    if (page.next === undefined) {
      throw new CommandError(1, "An answer of the service ended without its last line.");
    }
    missing.push(...seen);
    cursor = page.next;
  }
  return missing;
}
