/**
 * The main job: a run of `content_draft_flow` from its start over the form, the model (a mock in the
 * process) and the approval to its end.
 */
import type { Rig } from "./rig.ts";
import { send, timed } from "./http-client.ts";

export const START = { workflow_id: "content_draft_flow" };
export const ANSWERS = { inputs: { topic: "Launch", audience: "SMB" } };
const DECISION = { approvals: [{ step_id: "approval", approved: true }] };

export interface JobTimes {
  start: number;
  answer: number;
  decide: number;
  whole: number;
}

type Target = Pick<Rig, "url" | "key">;

export const start = ({ url, key }: Target) =>
  send(new URL("/v1/executions", url), "POST", key, START);

export const answer = ({ url, key }: Target, id: string) =>
  send(new URL(`/v1/executions/${id}/resume`, url), "POST", key, ANSWERS);

export function idOf(body: string): string {
  const run: unknown = JSON.parse(body);
  const id = typeof run === "object" && run !== null && "id" in run ? run.id : null;
  if (typeof id !== "string") throw new Error(`no run: ${body}`);
  return id;
}

/** One job; the milliseconds of each part. `gap`: what the client waits between two calls. */
export async function mainJob(
  rig: Target,
  gap: () => Promise<unknown> = async () => {},
): Promise<JobTimes> {
  const [startMs, started] = await timed(() => start(rig), 202);
  const id = idOf(started.body);
  await gap();
  const [answerMs] = await timed(() => answer(rig, id), 200);
  await gap();
  const resume = new URL(`/v1/executions/${id}/resume`, rig.url);
  const [decideMs, ended] = await timed(() => send(resume, "POST", rig.key, DECISION), 200);
  if (!ended.body.includes('"status":"completed"')) throw new Error(ended.body);
  return {
    start: startMs,
    answer: answerMs,
    decide: decideMs,
    whole: startMs + answerMs + decideMs,
  };
}
