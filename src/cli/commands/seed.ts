/** `workflow seed`: the example workflows and templates. */
import { ADDRESS_HELP, ADDRESS_OPTIONS, addressOf } from "../following/address.ts";
import { bodyOf, createApiClient } from "../following/api-client.ts";
import { seed } from "../seed.ts";
import { readArguments } from "../terminal/arguments.ts";
import type { ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: workflow seed [options]

Creates the example workflows and templates that do not exist yet. Existing ones stay as they are, even if they were changed. npm start does the same.

${ADDRESS_HELP}

Exit codes: 0 done, 1 refused, 2 wrong usage.`;

export const seedCommand: Command = {
  name: "seed",
  summary: "Creates the example workflows and templates that do not exist yet",
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
  // Checks address and key first, since the messages of seeding would be less clear.
  bodyOf(await createApiClient(address).send("GET", "/v1/templates"), address);
  for (const line of await seed(address)) terminal.out(line);
  return 0;
}
