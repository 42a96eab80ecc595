/** `workflow rebuild`: D1 from the objects of the runs. */
import { z } from "zod";
import { type Rebuilt, rebuiltSchema } from "#model/doctor.ts";
import { LIMITS } from "#model/limits.ts";
import { checkBackup, contentIn } from "../backup/backup-file.ts";
import { bringBack } from "../backup/bring-back.ts";
import {
  createOperator,
  type Operator,
  OPERATOR_HELP,
  OPERATOR_OPTIONS,
} from "../backup/operator.ts";
import { readArguments } from "../terminal/arguments.ts";
import type { ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: workflow rebuild [options] [FILE]

Writes the rows of the runs in D1 again, from the runs themselves, where they are missing or behind. The platform lists no objects, so that runs come from the rows that are left, and from FILE, a backup. Where D1 has no workflows, templates, secrets and changes any more, they are taken from FILE too.

${OPERATOR_HELP}

Exit codes: 0 done, 1 refused, or runs whose objects are lost, 2 wrong usage.`;

export const rebuildCommand: Command = {
  name: "rebuild",
  summary: "Writes D1's rows again, from the runs themselves",
  help: HELP,
  run: rebuild,
};

const listSchema = z.object({ items: z.array(z.unknown()) });

async function rebuild(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, {
    command: "rebuild",
    options: OPERATOR_OPTIONS,
    arguments: { min: 0, max: 1, name: "FILE" },
  });
  const operator = createOperator("rebuild", values);
  const [path] = positionals;
  const total = { rebuilt: 0, missing: new Set<string>(), behind: new Set<string>() };
  const add = ({ rebuilt, missing, behind }: Rebuilt) => {
    total.rebuilt += rebuilt;
    for (const id of missing) total.missing.add(id);
    for (const id of behind) total.behind.add(id);
  };
  if (path !== undefined) {
    await restoreDefinitions(operator, path, terminal);
    for await (const ids of idsIn(path)) add(await ask(operator, { ids }));
    terminal.out(`${total.rebuilt} runs of the backup written.`);
    total.rebuilt = 0;
  }
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Rebuilt = await ask(operator, cursor === undefined ? {} : { cursor });
    add(page);
    cursor = page.next_cursor;
  }
  terminal.out(`${total.rebuilt} runs that D1 has written.`);
  if (total.behind.size > 0) terminal.err(`Not confirmed by D1 yet: ${list(total.behind)}.`);
  if (total.missing.size > 0) terminal.err(`Their objects are lost: ${list(total.missing)}.`);
  return total.behind.size + total.missing.size === 0 ? 0 : 1;
}

function list(ids: ReadonlySet<string>): string {
  return [...ids].join(", ");
}

function ask(operator: Operator, json: object): Promise<Rebuilt> {
  return operator.ask("POST", "/v1/rebuild", rebuiltSchema, { json });
}

/** Only into a service that has none: a definition that is there is the newer one. */
async function restoreDefinitions(
  operator: Operator,
  path: string,
  terminal: Terminal,
): Promise<void> {
  const checked = await checkBackup(path);
  const { items } = await operator.ask("GET", "/v1/workflows?limit=1", listSchema);
  if (items.length > 0) return;
  const onProgress = () => undefined;
  await bringBack(operator, path, checked, { replace: false, withRuns: false, onProgress });
  terminal.out("Workflows, templates, secrets and changes restored.");
}

async function* idsIn(path: string): AsyncGenerator<string[]> {
  let ids: string[] = [];
  for await (const { line } of contentIn(path)) {
    if (line.type !== "run" || !line.last) continue;
    ids.push(line.id);
    if (ids.length < LIMITS.rebuildRuns) continue;
    yield ids;
    ids = [];
  }
  if (ids.length > 0) yield ids;
}
