/** `workflow validate`: all findings about a file that need no service. */
import { jsonReport } from "../report/json.ts";
import { sarifReport } from "../report/sarif.ts";
import { textReport } from "../report/text.ts";
import { type CheckedFile, checkFile } from "../source/check-file.ts";
import { readSourceFile, type SourceFile } from "../source/source-file.ts";
import { seedTemplates } from "../seed.ts";
import { orNearest, readArguments, usageError } from "../terminal/arguments.ts";
import { CommandError, type ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { programVersion } from "../version.ts";
import type { Facts } from "#workflow/read.ts";
import type { Command } from "./command.ts";

const FORMATS = ["text", "json", "sarif"] as const;
type Format = (typeof FORMATS)[number];

const HELP = `Usage: workflow validate [options] FILE…

Checks workflows and reports every mistake with its line and column. No service is needed.
Files are read as JSON or YAML by their extension; - is standard input, as YAML.

  --format text|json|sarif   how findings are shown (text)
  --templates ID,…           the existing templates; without it they are not checked (variables are compared with the texts of the example templates only)
  --allow-http HOST:PORT,…   what an api_call may reach by http or in a private network, like the setting API_CALL_ALLOW_HTTP_HOSTS of the service

docs/diagnostics.md explains every code.
Exit codes: 0 no errors, 1 errors, 2 wrong usage or a file that cannot be read.`;

export const validateCommand: Command = {
  name: "validate",
  summary: "Checks workflows and shows every mistake in its place",
  help: HELP,
  run: validate,
};

async function validate(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, {
    command: "validate",
    options: {
      format: { type: "string", default: "text" },
      templates: { type: "string" },
      "allow-http": { type: "string", default: "" },
    },
    arguments: { min: 1, max: Number.POSITIVE_INFINITY, name: "FILE" },
  });
  const format = readFormat(values.format);
  if (positionals.filter((path) => path === "-").length > 1) {
    throw usageError("validate", "Standard input (-) can be read only once.");
  }
  const facts: Facts = {
    allowHttpHosts: listOf(values["allow-http"]),
    templates: seedTemplates(),
    ...(values.templates === undefined ? {} : { templateIds: new Set(listOf(values.templates)) }),
  };
  const { sources, unread } = await readAll(positionals);
  const files = sources.map((source) => checkFile(source, facts));
  for (const message of unread) terminal.err(`workflow validate: ${message}`);
  if (files.length > 0) terminal.out(report(files, format, terminal));
  if (unread.length > 0) return 2;
  return files.every(({ definition }) => definition !== null) ? 0 : 1;
}

function readFormat(given: string): Format {
  const format = FORMATS.find((known) => known === given);
  if (format !== undefined) return format;
  const message = `There is no format "${given}"${orNearest(given, FORMATS)}`;
  throw usageError("validate", message);
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** A file that cannot be read does not prevent checking the others. */
async function readAll(paths: readonly string[]) {
  const sources: SourceFile[] = [];
  const unread: string[] = [];
  for (const path of paths) {
    try {
      sources.push(await readSourceFile(path));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      unread.push(error.message);
    }
  }
  return { sources, unread };
}

function report(files: readonly CheckedFile[], format: Format, terminal: Terminal): string {
  switch (format) {
    case "text":
      return textReport(files, terminal.paintOut);
    case "json":
      return jsonReport(files);
    case "sarif":
      return sarifReport(files, { version: programVersion(), folder: process.cwd() });
  }
}
