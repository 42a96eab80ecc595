/** `workflow seed`: the example workflows and templates. */
import { ADDRESS_HELP, ADDRESS_OPTIONS, addressOf } from "../following/address.ts";
import { bodyOf, createApiClient } from "../following/api-client.ts";
import { seed } from "../seed.ts";
import { readArguments } from "../terminal/arguments.ts";
import type { ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: workflow seed [options]

Creates the example workflows and templates that are not there yet. What is there stays as it is,
also when somebody changed it. npm start does the same.

${ADDRESS_HELP}

Exit codes: 0 done, 1 refused, 2 wrong usage.`;

export const seedCommand: Command = {
  name: "seed",
  summary: "Creates the example workflows and templates that are not there yet",
  help: HELP,
  run: seedService,
};

async function seedService(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, {
    command: "seed",
    options: ADDRESS_OPTIONS,
    arguments: { min: 0, max: 0, name: "" },
  });
  const address = addressOf("seed", values);
  // Whether it answers, and to this key, is said in better words than seeding would.
  bodyOf(await createApiClient(address).send("GET", "/v1/templates"), address);
  for (const line of await seed(address)) terminal.out(line);
  return 0;
}
