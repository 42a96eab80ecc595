/** `workflow resume`: answers the wait of a run and follows it further. */
import { type Run, RUN_ID_PATTERN, runSchema } from "#model/run.ts";
import { ADDRESS_HELP, ADDRESS_OPTIONS, addressOf } from "../following/address.ts";
import { readAnswers } from "../following/answers.ts";
import { type ApiClient, bodyOf, createApiClient, readBody } from "../following/api-client.ts";
import { readLastSeq } from "../following/follow.ts";
import { INPUT_HELP, INPUT_OPTIONS, readInputs } from "../following/inputs.ts";
import { postResume, watchRun } from "../following/watch.ts";
import { readArguments, usageError } from "../terminal/arguments.ts";
import { CommandError, type ExitCode } from "../terminal/command-error.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";
import type { JsonObject } from "#model/json.ts";

const HELP = `Usage: workflow resume [options] RUN

Answers the wait of a run, and follows it further like workflow run. Without an answer it only follows, and shows all events from the start.

For a form:
${INPUT_HELP}

For an approval:
  --approve          approves
  --reject           rejects
  --comment TEXT     the reason

  --wait NUMBER      the number of the wait; another one is not answered
  --answer FILE.json answers the waits that follow, as for workflow run
${ADDRESS_HELP}

Exit codes: 0 completed or waiting, 1 failed, canceled or refused, 2 wrong usage.`;

export const resumeCommand: Command = {
  name: "resume",
  summary: "Answers the wait of a run, and follows it further",
  help: HELP,
  run: resume,
};

const OPTIONS = {
  ...INPUT_OPTIONS,
  ...ADDRESS_OPTIONS,
  approve: { type: "boolean", default: false },
  reject: { type: "boolean", default: false },
  comment: { type: "string" },
  wait: { type: "string" },
  answer: { type: "string" },
} as const;

async function resume(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, {
    command: "resume",
    options: OPTIONS,
    arguments: { min: 1, max: 1, name: "RUN" },
  });
  const [runId = ""] = positionals;
  if (!RUN_ID_PATTERN.test(runId)) {
    throw usageError("resume", `${JSON.stringify(runId)} is not the id of a run.`);
  }
  const answer = readAnswer(values, await readInputs("resume", values));
  const answers = await readAnswers(values.answer);
  const client = createApiClient(addressOf("resume", values));
  const shownSeq = answer === null ? 0 : await answerWait(client, runId, answer);
  return watchRun({ client, terminal, runId, answers, shownSeq });
}

interface GivenAnswer {
  content: { inputs: JsonObject } | { decision: { approved: boolean; comment?: string } };
  waitNumber?: number;
}

interface AnswerOptions {
  approve: boolean;
  reject: boolean;
  comment?: string | undefined;
  wait?: string | undefined;
}

function readAnswer(options: AnswerOptions, inputs: JsonObject | null): GivenAnswer | null {
  const { approve, reject, comment, wait } = options;
  const given = [inputs !== null, approve, reject].filter(Boolean).length;
  if (given > 1) {
    throw usageError("resume", "Use exactly one of inputs, --approve or --reject.");
  }
  if (comment !== undefined && !approve && !reject) {
    throw usageError("resume", "--comment needs --approve or --reject.");
  }
  if (wait !== undefined && !/^[1-9]\d{0,8}$/.test(wait)) {
    throw usageError("resume", `--wait takes a number from 1, not ${JSON.stringify(wait)}.`);
  }
  if (given === 0) return null;
  const waitNumber = wait === undefined ? {} : { waitNumber: Number(wait) };
  if (inputs !== null) return { content: { inputs }, ...waitNumber };
  const decision = { approved: approve, ...(comment === undefined ? {} : { comment }) };
  return { content: { decision }, ...waitNumber };
}

/** The last event before the answer. */
async function answerWait(
  client: ApiClient,
  runId: string,
  { content, waitNumber }: GivenAnswer,
): Promise<number> {
  const path = `/v1/executions/${runId}`;
  const run = readBody(await client.send("GET", path), client, runSchema);
  const seq = await readLastSeq(client, runId);
  const number = waitNumber === undefined ? {} : { wait_number: waitNumber };
  const body =
    "inputs" in content
      ? { inputs: content.inputs, ...number }
      : { approvals: [{ step_id: approvalStep(run), ...content.decision }], ...number };
  bodyOf(await postResume(client, runId, body), client.address);
  return seq;
}

function approvalStep({ wait, status }: Run): string {
  if (wait?.type === "approval") return wait.step_id;
  const state =
    wait === undefined ? `its status is ${status}` : `it is waiting for the form "${wait.step_id}"`;
  throw new CommandError(1, `The run is not waiting for a decision: ${state}.`);
}
