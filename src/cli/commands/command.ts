import type { ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** One command of the program. Its file contains its help, options and behaviour. */
export interface Command {
  name: string;
  /** One line, for the list of commands. */
  summary: string;
  help: string;
  /** `args` are those after the name. Throws CommandError. */
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}
