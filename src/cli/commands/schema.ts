/** `workflow schema`: the JSON Schema of the format, for editors. */
import { writeFile } from "node:fs/promises";
import { workflowJsonSchema } from "#workflow/json-schema.ts";
import { reasonOf } from "../source/source-file.ts";
import { readArguments } from "../terminal/arguments.ts";
import { CommandError, type ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: workflow schema [--out FILE]

Prints the JSON Schema of a workflow, which lets editors complete and check as you type. An editor with the YAML language server finds it by the first line of a workflow:

  # yaml-language-server: $schema=workflow.schema.json

  --out FILE   writes it to a file instead

Exit codes: 0 done, 2 wrong usage or a file that cannot be written.`;

export const schemaCommand: Command = {
  name: "schema",
  summary: "Prints the JSON Schema of a workflow, for editors",
  help: HELP,
  run: schema,
};

async function schema(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, {
    command: "schema",
    options: { out: { type: "string" } },
    arguments: { min: 0, max: 0, name: "" },
  });
  const text = JSON.stringify(workflowJsonSchema(), null, 2);
  if (values.out === undefined) {
    terminal.out(text);
    return 0;
  }
  await write(values.out, `${text}\n`);
  terminal.err(`Wrote ${values.out}.`);
  return 0;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
};

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new CommandError(2, `${path} cannot be written: ${reasonOf(error, REASONS)}.`);
  }
}
