/** `workflow backup`: everything of a service in a file. */
import { BackupWriter } from "../backup/backup-file.ts";
import { createOperator, OPERATOR_HELP, OPERATOR_OPTIONS } from "../backup/operator.ts";
import { takeBackup } from "../backup/take.ts";
import { readArguments } from "../terminal/arguments.ts";
import type { ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: workflow backup [options] FILE

Writes workflows, templates, secrets, changes, idempotency keys and every run with its log to a file of lines. Everything in it is encrypted under the keys of the service, and it can be restored only with them: keep those elsewhere. Runs go on meanwhile; each is in the file as it was at one moment.

  --with-keys        API keys too, as their hashes
${OPERATOR_HELP}

Exit codes: 0 done, 1 refused, or runs of which nothing is left, 2 wrong usage.`;

export const backupCommand: Command = {
  name: "backup",
  summary: "Writes everything of a service to a file",
  help: HELP,
  run: backup,
};

async function backup(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, {
    command: "backup",
    options: { ...OPERATOR_OPTIONS, "with-keys": { type: "boolean", default: false } },
    arguments: { min: 1, max: 1, name: "FILE" },
  });
  const [path = ""] = positionals;
  const operator = createOperator("backup", values);
  const file = new BackupWriter(path);
  try {
    const { id, missing } = await takeBackup(operator, file, values["with-keys"]);
    const { runs, rows } = file.counts;
    const tables = Object.entries(rows).map(([table, count]) => `${count} ${table}`);
    terminal.out(`${id}: ${[`${runs} runs`, ...tables].join(", ")}.`);
    if (missing.length === 0) return 0;
    terminal.err(`Not in it, since their objects are lost: ${missing.join(", ")}.`);
    return 1;
  } catch (error) {
    file.drop();
    throw error;
  }
}
