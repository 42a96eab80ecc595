/**
 * Watches a run to its end, or to a wait without an answer: shows its events, answers waits from
 * the answer file, and at the end shows the output or what to do next. Each step is answered once.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { ProblemCode } from "#model/problem.ts";
import type { Run } from "#model/run.ts";
import type { Wait } from "#model/wait.ts";
import { CommandError, type ExitCode } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type Answers, resumeBody } from "./answers.ts";
import { type ApiClient, bodyOf, json, refusalText } from "./api-client.ts";
import { createFollower } from "./follow.ts";
import { createProgress } from "./progress.ts";
import { waitText } from "./wait-text.ts";

export interface Watched {
  client: ApiClient;
  terminal: Terminal;
  runId: string;
  answers: Answers;
  /** Events up to this one are not shown. */
  shownSeq: number;
}

/** 0 completed or waiting, 1 failed or canceled. */
export async function watchRun(watched: Watched): Promise<ExitCode> {
  const { client, terminal, runId, answers, shownSeq } = watched;
  const progress = createProgress(terminal.paintErr);
  const follower = createFollower(client, runId, {
    onEvent: (event) => {
      const line = progress(event);
      if (event.seq > shownSeq) terminal.err(line);
    },
    pause: (ms) => pause(ms),
  });
  const answered = new Set<string>();
  for (;;) {
    const run = await follower.untilSettled();
    if (run.wait === undefined) return tellEnd(run, unused(answers, answered), terminal);
    const answer = answers.get(run.wait.step_id);
    if (answer === undefined || answered.has(run.wait.step_id)) {
      tellWait(watched, run.wait);
      return 0;
    }
    answered.add(run.wait.step_id);
    const resumed = resumeBody(run.wait, answer);
    if (!resumed.ok) throw new CommandError(1, resumed.error);
    await resumeRun(watched, resumed.value, run.wait);
  }
}

/** Codes of a run that has moved on meanwhile; its new state is read next. */
const OVERTAKEN: ReadonlySet<string> = new Set<ProblemCode>([
  "run_not_waiting",
  "stale_wait",
  "wrong_step",
  "wrong_wait_type",
  "already_decided",
]);

/** A refused answer ends the command and shows the wait. */
async function resumeRun(watched: Watched, body: object, wait: Wait): Promise<void> {
  const { client, terminal, runId } = watched;
  const answer = await postResume(client, runId, body);
  if (answer.kind !== "problem") {
    bodyOf(answer, client.address);
    return;
  }
  const text = refusalText(answer.problem, client.address);
  if (OVERTAKEN.has(answer.problem.code)) {
    terminal.err(text);
    return;
  }
  tellWait(watched, wait);
  throw new CommandError(1, text);
}

/** Does not wait for the next steps, which are watched. */
export function postResume(client: ApiClient, runId: string, body: object) {
  return client.send("POST", `/v1/executions/${runId}/resume`, {
    body: json(body),
    headers: { prefer: "respond-async" },
  });
}

/** The program as it was called, so that printed commands can be pasted. */
function programName(): string {
  return process.env["npm_command"] === "exec" ? "npx workflow" : "workflow";
}

function tellWait({ client, terminal, runId }: Watched, wait: Wait): void {
  const command = { program: programName(), runId, options: client.address.options };
  terminal.err(`\n${waitText(wait, command)}`);
}

function unused(answers: Answers, answered: ReadonlySet<string>): string[] {
  return [...answers.keys()].filter((stepId) => !answered.has(stepId));
}

function tellEnd(run: Run, notAsked: readonly string[], terminal: Terminal): ExitCode {
  if (notAsked.length > 0 && run.status === "completed") {
    terminal.err(printable(`There was no wait for the answers of ${notAsked.join(", ")}.`));
  }
  if (run.error !== undefined) {
    const { code, message, step_id } = run.error;
    const place = step_id === null ? "" : ` at ${step_id}`;
    terminal.err(`${terminal.paintErr("red", code)}${printable(`${place}: ${message}`)}`);
  }
  if (run.output !== undefined) terminal.out(JSON.stringify(run.output, null, 2));
  return run.status === "completed" ? 0 : 1;
}
