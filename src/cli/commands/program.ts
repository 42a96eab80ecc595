/**
 * The program: its commands, the global options, and the handling of errors. A command's file has
 * the rest.
 */
import { backupCommand } from "./backup.ts";
import type { Command } from "./command.ts";
import { doctorCommand } from "./doctor.ts";
import { parityCommand } from "./parity.ts";
import { rebuildCommand } from "./rebuild.ts";
import { restoreCommand } from "./restore.ts";
import { resumeCommand } from "./resume.ts";
import { rotationCommand } from "./rotation.ts";
import { runCommand } from "./run.ts";
import { schemaCommand } from "./schema.ts";
import { seedCommand } from "./seed.ts";
import { upgradeCommand } from "./upgrade.ts";
import { validateCommand } from "./validate.ts";
import { orNearest, usageError } from "../terminal/arguments.ts";
import { CommandError, type ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { programVersion } from "../version.ts";

const COMMANDS: readonly Command[] = [
  validateCommand,
  upgradeCommand,
  runCommand,
  resumeCommand,
  schemaCommand,
  seedCommand,
  rotationCommand,
  doctorCommand,
  backupCommand,
  restoreCommand,
  rebuildCommand,
  parityCommand,
];

const HELP = `Usage: workflow <command> [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

  --help     shows this help, or the help of a command
  --version  shows the version

Exit codes: 0 done, 1 findings or failure, 2 wrong usage.`;

const HELP_OPTIONS: ReadonlySet<string> = new Set(["--help", "-h"]);

/** Runs the command of the arguments. Prints errors, and returns the exit code. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    terminal.err(error instanceof Error ? error.message : String(error));
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [first, ...rest] = args[0] === "help" ? [args[1] ?? "--help", "--help"] : args;
  if (first === undefined) {
    terminal.err(HELP);
    return 2;
  }
  if (HELP_OPTIONS.has(first)) {
    terminal.out(HELP);
    return 0;
  }
  if (first === "--version") {
    terminal.out(programVersion());
    return 0;
  }
  const command = commandOf(first);
  if (asksForHelp(rest)) {
    terminal.out(command.help);
    return 0;
  }
  return command.run(rest, terminal);
}

function commandOf(name: string): Command {
  const command = COMMANDS.find((known) => known.name === name);
  if (command !== undefined) return command;
  const known = COMMANDS.map((one) => one.name);
  const what = name.startsWith("-") ? "option" : "command";
  throw usageError("", `There is no ${what} ${JSON.stringify(name)}${orNearest(name, known)}`);
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? undefined : end).some((arg) => HELP_OPTIONS.has(arg));
}
