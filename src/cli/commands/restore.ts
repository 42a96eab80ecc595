/** `workflow restore`: a backup into a service without runs, and their release. */
import { checkBackup } from "../backup/backup-file.ts";
import { bringBack, releaseAll } from "../backup/bring-back.ts";
import { createOperator, OPERATOR_HELP, OPERATOR_OPTIONS } from "../backup/operator.ts";
import { readArguments, usageError } from "../terminal/arguments.ts";
import type { ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: workflow restore [options] FILE
       workflow restore --release

Restores a backup into a service without runs that has the same secrets. The runs can be read, and are held: no timer fires and nothing is sent, until workflow restore --release. A restore that broke off goes on when the command is repeated.

  --replace          removes the workflows, templates and secrets that the service has
  --release          lets the restored runs go on
${OPERATOR_HELP}

Exit codes: 0 done, 1 refused, 2 wrong usage.`;

export const restoreCommand: Command = {
  name: "restore",
  summary: "Restores a backup into a service without runs",
  help: HELP,
  run: restore,
};

async function restore(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, {
    command: "restore",
    options: {
      ...OPERATOR_OPTIONS,
      replace: { type: "boolean", default: false },
      release: { type: "boolean", default: false },
    },
    arguments: { min: 0, max: 1, name: "FILE" },
  });
  const [path] = positionals;
  if ((path === undefined) !== values.release) {
    throw usageError("restore", "Use either a FILE or --release.");
  }
  const operator = createOperator("restore", values);
  if (path === undefined) {
    terminal.out(`Released ${await releaseAll(operator)} runs.`);
    return 0;
  }
  const checked = await checkBackup(path);
  const all = checked.counts.runs;
  const { backup, state } = await bringBack(operator, path, checked, {
    replace: values.replace,
    withRuns: true,
    onProgress: (runs) => terminal.err(`${runs} of ${all} runs`),
  });
  terminal.out(`${backup}: ${all} runs restored, ${state}.`);
  if (state === "held") terminal.out("They go on with workflow restore --release.");
  return 0;
}
