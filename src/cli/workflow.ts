#!/usr/bin/env node
/**
 * The command-line program: `workflow <command>`; docs/cli.md describes it. Exit codes: 0 done,
 * 1 findings or failure, 2 wrong usage.
 */
import { runProgram } from "./commands/program.ts";
import { processTerminal } from "./terminal/terminal.ts";

// A reader that stops early, such as head, closes the pipe.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}

process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
