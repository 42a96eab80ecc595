/**
 * The command-line program: `workflow <command>`. Exit codes: 0 done, 1 findings or failure,
 * 2 wrong usage.
 */
import { readDevVars } from "./dev-vars.ts";
import { port } from "./paths.ts";
import { seed } from "./seed.ts";

const USAGE = `Usage: workflow <command>

  seed    Creates the example workflows and templates that are not there yet.

The service is the one at WORKFLOW_URL (default http://127.0.0.1:8787), asked with WORKFLOW_API_KEY
(default: DEV_API_KEY in .dev.vars).`;

async function main(args: string[]): Promise<number> {
  const [command] = args;
  if (command === "seed" && args.length === 1) {
    const url = process.env["WORKFLOW_URL"] ?? `http://127.0.0.1:${port()}`;
    const key = process.env["WORKFLOW_API_KEY"] ?? readDevVars()["DEV_API_KEY"] ?? "";
    for (const line of await seed({ url, key })) console.log(line);
    return 0;
  }
  console.error(USAGE);
  return command === undefined || command === "--help" ? 0 : 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
