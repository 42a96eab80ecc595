/** Faults that the check must find, put into the databases of a copy that is not running. */
import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Made } from "./runs.ts";

export const INJECTED = ["run dropped", "event changed", "key lost"] as const;
export type Injected = (typeof INJECTED)[number];

/** Into the object of one run that has an answer with a key. */
export function injectFault(stateFolder: string, injected: Injected, made: readonly Made[]): void {
  const target = made.find(({ resumes }) => resumes.length > 0);
  if (!target) throw new Error("no run has been answered");
  const path = fileOf(stateFolder, target.id);
  const db = new DatabaseSync(path);
  try {
    if (injected === "run dropped") db.exec("DROP TABLE log; DROP TABLE doc");
    if (injected === "key lost") db.exec("DELETE FROM doc WHERE name LIKE 'key:%'");
    if (injected === "event changed") {
      db.exec(
        `UPDATE log SET events = replace(events, '"type":"run.resumed","at":"2', '"type":"run.resumed","at":"1')`,
      );
    }
  } finally {
    db.close();
  }
}

/** Objects have no list of names; each knows its run. */
function fileOf(folder: string, runId: string): string {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.includes("RunObject") || !name.endsWith(".sqlite")) continue;
    const db = new DatabaseSync(`${folder}/${name}`, { readOnly: true });
    try {
      const tables = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'doc'").all();
      if (tables.length === 0) continue;
      const start = db.prepare("SELECT value FROM doc WHERE name = 'start'").get();
      if (String(start?.["value"]).includes(`"runId":"${runId}"`)) return `${folder}/${name}`;
    } finally {
      db.close();
    }
  }
  throw new Error(`no object has ${runId}`);
}
