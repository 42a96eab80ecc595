/** `workflow rotation`: what still needs which version of the service's secrets. */
import { type KeyVersions, keyVersionsSchema } from "#model/key-versions.ts";
import { rewrapSchema } from "#model/secret.ts";
import { ADDRESS_HELP, ADDRESS_OPTIONS, addressOf } from "../following/address.ts";
import { type ApiClient, createApiClient, readBody } from "../following/api-client.ts";
import { readArguments } from "../terminal/arguments.ts";
import type { ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: workflow rotation [--rewrap] [options]

Shows which versions of SERVER_SECRET and SECRETS_KEYS the service has, and how much still needs each. Takes a key with the scope admin.

  --rewrap    wraps stored secrets with the current key of SECRETS_KEYS first, until none is left

${ADDRESS_HELP}

Exit codes: 0 done, 1 refused, or something needs a version that the settings do not have, 2 wrong usage.`;

export const rotationCommand: Command = {
  name: "rotation",
  summary: "Shows what still needs which version of the service's secrets",
  help: HELP,
  run: showRotation,
};

async function showRotation(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, {
    command: "rotation",
    options: { ...ADDRESS_OPTIONS, rewrap: { type: "boolean" } },
    arguments: { min: 0, max: 0, name: "" },
  });
  const client = createApiClient(addressOf("rotation", values));
  if (values.rewrap === true) await rewrapAll(client, terminal);
  const answer = await client.send("GET", "/v1/key-versions");
  const versions = readBody(answer, client, keyVersionsSchema);
  for (const line of linesOf(versions)) terminal.out(line);
  return isEverythingKnown(versions) ? 0 : 1;
}

/** Repeats while it helps: what cannot be unwrapped stays, and is named. */
async function rewrapAll(client: ApiClient, terminal: Terminal): Promise<void> {
  for (;;) {
    const answer = await client.send("POST", "/v1/secrets/rewrap");
    const { rewrapped, remaining, failed } = readBody(answer, client, rewrapSchema);
    terminal.out(`Wrapped ${rewrapped} again; ${remaining} left.`);
    if (failed.length > 0) terminal.err(`Not wrapped, store them again: ${failed.join(", ")}.`);
    if (remaining === 0 || rewrapped === 0) return;
  }
}

function linesOf({ server_secret: roots, secrets_keys: keys }: KeyVersions): string[] {
  const line = (version: number, current: number, isKnown: boolean, uses: string) => {
    const state = version === current ? "in use" : isKnown ? "known" : "removed";
    return `  ${String(version).padStart(6)}  ${state.padEnd(7)}  ${uses}`;
  };
  return [
    "SERVER_SECRET",
    ...roots.versions.map(({ version, is_known, api_keys }) =>
      line(version, roots.current, is_known, `${api_keys} API keys`),
    ),
    "SECRETS_KEYS",
    ...keys.versions.map(({ version, is_known, secrets, answers, archives }) => {
      const uses = `${secrets} secrets, ${answers} remembered answers, ${archives} archives`;
      return line(version, keys.current, is_known, uses);
    }),
  ];
}

function isEverythingKnown({ server_secret, secrets_keys }: KeyVersions): boolean {
  return (
    server_secret.versions.every(({ is_known, api_keys }) => is_known || api_keys === 0) &&
    secrets_keys.versions.every(
      ({ is_known, secrets, answers, archives }) => is_known || secrets + answers + archives === 0,
    )
  );
}
