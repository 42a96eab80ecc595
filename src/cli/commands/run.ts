/** `workflow run`: from a file to a run that has ended, or waits for a person. */
import { existsSync } from "node:fs";
import type { JsonObject } from "#model/json.ts";
import { MOCK_MODES } from "#model/mock-request.ts";
import { runSchema } from "#model/run.ts";
import { ID_PATTERN } from "#model/workflow.ts";
import { ADDRESS_HELP, ADDRESS_OPTIONS, addressOf } from "../following/address.ts";
import { readAnswers } from "../following/answers.ts";
import { type ApiClient, createApiClient, json, readBody } from "../following/api-client.ts";
import { INPUT_HELP, INPUT_OPTIONS, readInputs } from "../following/inputs.ts";
import { publish } from "../following/publish.ts";
import { watchRun } from "../following/watch.ts";
import { readSourceFile } from "../source/source-file.ts";
import { orNearest, readArguments, usageError } from "../terminal/arguments.ts";
import type { ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: workflow run [options] FILE|ID

Starts a run and follows it. A FILE is published first: as a new workflow, or as a new version of the one with its id; - is standard input. An ID names a stored workflow.

The run is followed until it ends or waits for a person; then the command that answers is shown. Progress and findings about the FILE go to standard error, the output of a completed run to standard output, as JSON.

${INPUT_HELP}
  --answer FILE.json answers waits automatically: {"<form>": {…}, "<approval>": true}, where an
                     approval takes true, false or {"approved": …, "comment": "…"}
  --mock [MODE]      calls no model: ${MOCK_MODES.join(", ")}
  --key KEY          idempotency key: the same key and inputs always return the same run
  --no-wait          prints the id of the run and does not follow it
${ADDRESS_HELP}

Exit codes: 0 completed or waiting, 1 failed, canceled or refused, 2 wrong usage or a file that
cannot be read.`;

export const runCommand: Command = {
  name: "run",
  summary: "Starts a run of a workflow and follows it",
  help: HELP,
  run: startAndFollow,
};

const OPTIONS = {
  ...INPUT_OPTIONS,
  ...ADDRESS_OPTIONS,
  answer: { type: "string" },
  mock: { type: "string" },
  key: { type: "string" },
  "no-wait": { type: "boolean", default: false },
} as const;

async function startAndFollow(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(withMockMode(args), {
    command: "run",
    options: OPTIONS,
    arguments: { min: 1, max: 1, name: "FILE or ID" },
  });
  const mock = mockOption(values.mock);
  const inputs = await readInputs("run", values);
  const answers = await readAnswers(values.answer);
  const client = createApiClient(addressOf("run", values));
  const workflow = await findWorkflow(positionals[0] ?? "", client, terminal);
  const options = {
    ...(mock === undefined ? {} : { mock_ai: mock }),
    ...(values.key === undefined ? {} : { idempotency_key: values.key }),
  };
  const runId = await start(client, { ...workflow, inputs: inputs ?? {}, run_opts: options });
  if (values["no-wait"]) {
    terminal.out(runId);
    return 0;
  }
  return watchRun({ client, terminal, runId, answers, shownSeq: 0 });
}

/** `--mock` may have no mode, which parseArgs does not support. */
function withMockMode(args: readonly string[]): string[] {
  const ours = args.indexOf("--") === -1 ? args.length : args.indexOf("--");
  return args.flatMap((arg, index) => {
    const isMode = (text: string | undefined) => MOCK_MODES.some((mode) => mode === text);
    if (index >= ours) return [arg];
    if (arg === "--mock") return [`--mock=${isMode(args[index + 1]) ? args[index + 1] : ""}`];
    return isMode(arg) && args[index - 1] === "--mock" ? [] : [arg];
  });
}

type MockOption = true | { mode: (typeof MOCK_MODES)[number] };

function mockOption(given: string | undefined): MockOption | undefined {
  if (given === undefined) return undefined;
  if (given === "") return true;
  const mode = MOCK_MODES.find((known) => known === given);
  if (mode !== undefined) return { mode };
  const message = `The mock has no mode "${given}"${orNearest(given, MOCK_MODES)}`;
  throw usageError("run", message);
}

interface WorkflowToRun {
  workflow_id: string;
  workflow_version?: number;
}

/** A path is a file; a plain word is an id unless a file has that name. */
async function findWorkflow(
  target: string,
  client: ApiClient,
  terminal: Terminal,
): Promise<WorkflowToRun> {
  const isFile = target === "-" || /[/\\.]/.test(target) || existsSync(target);
  if (!isFile && !ID_PATTERN.test(target)) {
    const message = `${JSON.stringify(target)} is neither a file nor the id of a workflow.`;
    throw usageError("run", message);
  }
  if (!isFile) return { workflow_id: target };
  const source = await readSourceFile(target);
  const { id, version, isNew, findings } = await publish(client, source, terminal.paintErr);
  if (findings.length > 0) terminal.err(`${findings.join("\n\n")}\n`);
  const state = isNew ? "was published" : "was published already";
  terminal.err(terminal.paintErr("dim", `${id} version ${version} ${state}.`));
  return { workflow_id: id, workflow_version: version };
}

interface StartBody extends WorkflowToRun {
  inputs: JsonObject;
  run_opts: object;
}

/** The id of the run. Does not wait for its steps, which are watched. */
async function start(client: ApiClient, body: StartBody): Promise<string> {
  const headers = { prefer: "respond-async" };
  const message = { body: json(body), headers };
  const answer = await client.send("POST", "/v1/executions", message);
  return readBody(answer, client, runSchema).id;
}
