/**
 * R8: one wait, ten callers at once. Exactly one wins, nine get 409, and what the winner said is what
 * the run has. Forms and approvals, by the API and by resume tokens, and both mixed.
 */
import { type History, historySchema, type Run, runSchema } from "#model/run.ts";
import type { Answer, Client } from "../support/http.ts";
import { inLanes, type RaceResult, Tally } from "./lanes.ts";

const CALLERS = 10;
const LANES = 4;
const WAYS = ["api", "token", "mixed"] as const;
type Way = (typeof WAYS)[number];

const APPROVERS = Array.from({ length: CALLERS }, (_, index) => `approver-${index}@example.com`);

const ONE_FORM = `
id: race_one_form
name: One form
start_step: ask
steps:
  - { id: ask, type: form, name: Ask, config: { fields: [{ key: topic, type: string, required: true }] } }
`;
/** The first decision settles each: one approval is enough, or one rejection. */
const oneDecision = (type: string, quorum: number) => `
id: race_one_${type}
name: One ${type}
start_step: sign
steps:
  - { id: sign, type: approval, name: Sign, next: null, config: { approvers: [${APPROVERS.join(", ")}], quorum: ${quorum}, on_reject: said_no } }
  - { id: said_no, type: conditional, name: No, config: { when: "true", then: null, else: null } }
`;
const TYPES = ["form", "approval", "rejection"] as const;
type Type = (typeof TYPES)[number];

export interface TenCallersPlan {
  rounds: number;
  deadline: number;
}

export async function prepareTenCallers(client: Client): Promise<void> {
  for (const text of [ONE_FORM, oneDecision("approval", 1), oneDecision("rejection", CALLERS)]) {
    const stored = await client.yaml("POST", "/v1/workflows", text);
    if (stored.status >= 300) throw new Error(`${stored.status} ${stored.text}`);
  }
}

export async function raceTenCallers(
  client: Client,
  { rounds, deadline }: TenCallersPlan,
): Promise<RaceResult> {
  const tally = new Tally();
  const broken: string[] = [];
  const done = await inLanes(rounds, LANES, deadline, async (index) => {
    const way = WAYS[Math.floor(index / TYPES.length) % WAYS.length] ?? "api";
    const type = TYPES[index % TYPES.length] ?? "form";
    tally.add(`${type}, ${way}`);
    broken.push(...(await raceOnce(client, type, way, tally)));
  });
  if (done < rounds) broken.push(`${done} of ${rounds} waits in the time given`);
  return { name: "R8", rounds: done, figures: tally.counts, broken };
}

async function raceOnce(client: Client, type: Type, way: Way, tally: Tally): Promise<string[]> {
  const started = await client.post("/v1/executions", { workflow_id: `race_one_${type}` });
  if (started.status !== 202) return [`${type}: start ${started.status} ${started.text}`];
  const run = runSchema.parse(started.json());
  const callers = Array.from({ length: CALLERS }, (_, caller) =>
    callOf(client, { run, type, way, caller }),
  );
  const answers = await Promise.all(callers.map((call) => call()));
  const winners = answers.flatMap(({ status }, caller) => (status === 200 ? [caller] : []));
  for (const { status } of answers) tally.add(String(status));
  const others = answers.filter(({ status }) => status !== 200 && status !== 409);
  if (winners.length !== 1 || others.length > 0) return [describe(type, way, run, answers)];
  const history = await client.get(`/v1/executions/${run.id}/history`);
  return judge(historySchema.parse(history.json()), type, winners[0] ?? 0);
}

interface Call {
  run: Run;
  type: Type;
  way: Way;
  caller: number;
}

function callOf(client: Client, { run, type, way, caller }: Call): () => Promise<Answer> {
  const isToken = way === "token" || (way === "mixed" && caller % 2 === 1);
  const { wait } = run;
  const path = `/v1/executions/${run.id}/resume`;
  const comment = `caller ${caller}`;
  const body =
    wait?.type === "form"
      ? { inputs: { topic: comment } }
      : { approvals: [{ step_id: "sign", approved: type === "approval", comment }] };
  if (!isToken) {
    const numbered = caller % 3 === 0 ? { ...body, wait_number: 1 } : body;
    return () => client.post(path, numbered);
  }
  const token =
    wait?.type === "form"
      ? wait.resume_token
      : wait?.resume_tokens?.find(({ approver }) => approver === APPROVERS[caller])?.token;
  const text = JSON.stringify({ ...body, resume_token: token });
  const headers = { "content-type": "application/json" };
  return () => client.send({ method: "POST", path, headers, body: text, key: null });
}

function describe(type: string, way: Way, run: Run, answers: readonly Answer[]): string {
  const statuses = answers.map(({ status }) => status).join(" ");
  const odd = answers.find(({ status }) => status !== 200 && status !== 409);
  return `${type} by ${way}, ${run.id}: ${statuses} ${odd?.text.slice(0, 300) ?? ""}`;
}

/** What the run has is what the winner said, once. */
function judge({ run_id, steps, events }: History, type: Type, winner: number): string[] {
  const broken: string[] = [];
  const resumed = events.filter((event) => event.type === "run.resumed");
  const completed = events.filter(
    (event) => event.type === "step.completed" && ["ask", "sign"].includes(event.step_id ?? ""),
  );
  if (resumed.length !== 1 || completed.length !== 1) {
    broken.push(`${run_id}: resumed ${resumed.length}×, completed ${completed.length}×`);
  }
  const text = JSON.stringify(steps[0]?.output ?? null);
  if (!text.includes(`caller ${winner}`)) broken.push(`${run_id}: caller ${winner} won: ${text}`);
  if (type !== "form" && !text.includes(`"approved":${type === "approval"}`)) {
    broken.push(`${run_id}: the decision is not the winner's: ${text}`);
  }
  return broken;
}
