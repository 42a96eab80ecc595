/** `workflow parity`: checks that workflows behave the same here as on the old side. */
import { createApiClient } from "../following/api-client.ts";
import { ADDRESS_HELP, ADDRESS_OPTIONS, addressOf } from "../following/address.ts";
import { requireReach } from "../parity-matrix/reach.ts";
import {
  compareWorkflow,
  type MatrixOptions,
  type WorkflowResult,
} from "../parity-matrix/matrix.ts";
import { findings, isEnough, tableOf, totalLine, totalsOf } from "../parity-matrix/report.ts";
import { serveStandIn } from "../parity-matrix/stand-in.ts";
import { seedWorkflowIds } from "../seed.ts";
import { readArguments, usageError } from "../terminal/arguments.ts";
import type { ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const DEFAULT_INPUTS = 20;
const DEFAULT_SEED = 1;
const DEFAULT_API_PORT = 8790;

const HELP = `Usage: workflow parity [options]

Runs workflows on both sides of a dual run and prints how many pairs of runs match: each workflow
with generated inputs, in each mode of the mock. The new side is the service; the old side is the
deployment at its DUAL_RUN_BASELINE_URL or, without one, the reference interpreter.

Copies are compared, with short time limits; API calls go to a fake API that this command serves. The service must run in development, with API_CALL_ALLOW_HTTP_HOSTS=127.0.0.1:${DEFAULT_API_PORT}.

  --workflow ID      a workflow to compare; may be repeated (default: the seed workflows)
  --inputs N         inputs for each workflow (${DEFAULT_INPUTS}); at least as many as its branches take
  --seed N           the seed of the generated inputs (${DEFAULT_SEED})
  --api-port PORT    the port of the fake API (${DEFAULT_API_PORT})
  --baseline URL     the baseline deployment, where the copies are stored too
  --baseline-key KEY an API key of it
${ADDRESS_HELP}

Exit codes: 0 at least 95 % match and every branch was taken, 1 otherwise, 2 wrong usage.`;

export const parityCommand: Command = {
  name: "parity",
  summary: "Compares workflows with the old side, and prints how many runs match",
  help: HELP,
  run: parity,
};

const OPTIONS = {
  ...ADDRESS_OPTIONS,
  workflow: { type: "string", multiple: true },
  inputs: { type: "string" },
  seed: { type: "string" },
  "api-port": { type: "string" },
  baseline: { type: "string" },
  "baseline-key": { type: "string" },
} as const;

async function parity(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, {
    command: "parity",
    options: OPTIONS,
    arguments: { min: 0, max: 0, name: "" },
  });
  const port = numberOption("--api-port", values["api-port"], DEFAULT_API_PORT, 65_535);
  const options: MatrixOptions = {
    client: createApiClient(addressOf("parity", values)),
    baseline: baselineOf(values.baseline, values["baseline-key"]),
    standIn: `127.0.0.1:${port}`,
    count: numberOption("--inputs", values.inputs, DEFAULT_INPUTS, 1_000),
    seed: numberOption("--seed", values.seed, DEFAULT_SEED, 2 ** 31),
  };
  const ids = values.workflow ?? seedWorkflowIds();
  await requireReach(ids, options);
  const standIn = await serveStandIn(port);
  const results: WorkflowResult[] = [];
  try {
    for (const id of ids) {
      results.push(await compareWorkflow(id, options));
      terminal.err(terminal.paintErr("dim", `${id}: ${results.at(-1)?.pairs} pairs compared`));
    }
  } finally {
    await standIn.close();
  }
  const totals = totalsOf(results);
  for (const line of findings(results, terminal.paintOut)) terminal.out(line);
  terminal.out(tableOf(results));
  terminal.out(totalLine(totals));
  return isEnough(totals) ? 0 : 1;
}

function baselineOf(url: string | undefined, key: string | undefined) {
  if (url === undefined && key === undefined) return null;
  if (url === undefined || key === undefined) {
    throw usageError("parity", "--baseline and --baseline-key are needed together.");
  }
  return createApiClient(addressOf("parity", { url, "api-key": key }));
}

function numberOption(
  name: string,
  given: string | undefined,
  usual: number,
  most: number,
): number {
  if (given === undefined) return usual;
  const value = Number(given);
  if (/^\d{1,10}$/.test(given) && value >= 1 && value <= most) return value;
  throw usageError(
    "parity",
    `${name} takes a number from 1 to ${most}, not ${JSON.stringify(given)}.`,
  );
}
