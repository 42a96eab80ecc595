/**
 * R7: a cancel against every kind of step, at random moments. Once it is answered no step starts: not
 * by the log, and not by what a witness outside was called for.
 */
import { scheduler } from "node:timers/promises";
import { type History, historySchema, runSchema } from "#model/run.ts";
import type { Client } from "../support/http.ts";
import { inLanes, randomOf, type RaceResult, Tally } from "./lanes.ts";
import { type Kind, KINDS, raceWorkflow, RACE_TEMPLATE } from "./workflows.ts";
import type { Witness } from "./witness.ts";

const LANES = 12;
/** The moment of the cancel is drawn from here, after the answer to the start. */
const LATEST_MS: Readonly<Record<Kind, number>> = {
  form: 20,
  "form with expiry": 1_050,
  conditionals: 60,
  "model in the process": 40,
  "model outside": 200,
  "api_call GET": 90,
  "api_call POST": 90,
  "api_call that is retried": 120,
  approval: 20,
};
/** What would start a step after the cancel is a retry or an expiry, and all of those are sooner. */
const QUIET_MS = 3_000;

export interface CancelPlan {
  rounds: number;
  seed: number;
  deadline: number;
}

interface Canceled {
  kind: Kind;
  id: string;
  marker: string;
  /** When the answer to the cancel was there, epoch ms. */
  answeredAt: number;
}

export async function prepareCancels(client: Client, witness: Witness): Promise<void> {
  await client.put(`/v1/templates/${RACE_TEMPLATE.id}`, RACE_TEMPLATE.body);
  for (const kind of KINDS) {
    const { text } = raceWorkflow(kind, witness.host);
    const stored = await client.yaml("POST", "/v1/workflows", text);
    if (stored.status >= 300) throw new Error(`${kind}: ${stored.status} ${stored.text}`);
  }
}

export async function raceCancels(
  client: Client,
  witness: Witness,
  { rounds, seed, deadline }: CancelPlan,
): Promise<RaceResult> {
  const random = randomOf(seed);
  const draws = Array.from({ length: rounds }, () => [random(), random()] as const);
  const tally = new Tally();
  const broken: string[] = [];
  const canceled: Canceled[] = [];
  const done = await inLanes(rounds, LANES, deadline, async (index) => {
    const kind = KINDS[index % KINDS.length] ?? "form";
    const [when = 0, beside = 0] = draws[index] ?? [];
    const one = await cancelOnce(client, kind, { delayMs: when * LATEST_MS[kind], beside }, tally);
    if (typeof one === "string") broken.push(one);
    else if (one) canceled.push(one);
  });
  if (done < rounds) broken.push(`${done} of ${rounds} cancels in the time given`);
  await scheduler.wait(QUIET_MS);
  await inLanes(canceled.length, LANES, Infinity, async (index) => {
    const one = canceled[index];
    if (one) broken.push(...(await judge(client, witness, one, tally)));
  });
  return { name: "R7", rounds: done, figures: tally.counts, broken };
}

/** null: the run had ended before. A text: an answer that must not be. */
async function cancelOnce(
  client: Client,
  kind: Kind,
  { delayMs, beside }: { delayMs: number; beside: number },
  tally: Tally,
): Promise<Canceled | string | null> {
  const marker = crypto.randomUUID();
  const { id: workflow_id } = raceWorkflow(kind, "");
  const started = await client.post(
    "/v1/executions",
    { workflow_id, inputs: { marker } },
    { prefer: "respond-async" },
  );
  if (started.status !== 202)
    return `${kind}: start ${started.status} ${started.text.slice(0, 200)}`;
  const { id } = runSchema.parse(started.json());
  const path = `/v1/executions/${id}`;
  await scheduler.wait(delayMs);
  // In half of the races of a wait a person answers at the same time.
  const answer = beside < 0.5 ? answerBeside(client, path, kind) : null;
  const answered = await client.post(`${path}/cancel`, {});
  const answeredAt = Date.now();
  await answer;
  if (answered.status === 409) {
    tally.add("ended before");
    return null;
  }
  if (answered.status !== 200) return `${kind}: cancel ${answered.status} ${answered.text}`;
  const { status } = runSchema.parse(answered.json());
  return status === "canceled"
    ? { kind, id, marker, answeredAt }
    : `${kind}: answered as ${status}`;
}

function answerBeside(client: Client, path: string, kind: Kind): Promise<unknown> | null {
  const resume = (body: object) => client.post(`${path}/resume`, body);
  if (kind === "approval") return resume({ approvals: [{ step_id: "first", approved: true }] });
  return kind.startsWith("form") ? resume({ inputs: { topic: "x" } }) : null;
}

async function judge(
  client: Client,
  witness: Witness,
  { kind, id, marker, answeredAt }: Canceled,
  tally: Tally,
): Promise<string[]> {
  const answer = await client.get(`/v1/executions/${id}/history`);
  const { events } = historySchema.parse(answer.json());
  const broken: string[] = [];
  const end = events.findIndex(({ type }) => type === "run.canceled");
  const after = events.slice(end + 1).filter(({ type }) => type !== "step.late");
  if (end < 0 || after.length > 0) broken.push(`${kind}: ${after[0]?.type ?? "no end"} of ${id}`);
  tally.add(momentOf(events, end));
  const begun = attemptsBegun(events);
  const underWay = namesUnderWay(events[end]);
  const late = new Set(events.filter(({ type }) => type === "step.late").map(nameOf));
  if (underWay.some((name) => !late.has(name))) broken.push(`${kind}: no word of a call, ${id}`);
  const calls = witness.calls.filter(({ key, body }) =>
    key === null ? body.includes(marker) : key.startsWith(`${id}:`),
  );
  for (const { key, attempt, at } of calls) {
    // The model is not sent the attempt; its calls are counted below.
    const name = key === null ? null : `${key.split(":")[1]}/${attempt}`;
    if (name !== null && !begun.includes(name)) broken.push(`${kind}: call of ${name}, ${id}`);
    if (at <= answeredAt) continue;
    tally.add("calls on their way when it was answered");
    tally.most(`ms after the answer, the last of ${kind}`, at - answeredAt);
    if (underWay.length === 0) broken.push(`${kind}: a call after the answer, ${id}`);
  }
  const models = events.filter(({ type }) => type === "ai.request").length;
  if (calls.filter(({ key }) => key === null).length > models) {
    broken.push(`${kind}: more calls of the model than attempts, ${id}`);
  }
  return broken;
}

type Event = History["events"][number];

const nameOf = ({ step_id = "", attempt = 1 }: Event) => `${step_id}/${attempt}`;

function attemptsBegun(events: readonly Event[]): string[] {
  return events.filter(({ type }) => type === "step.started").map(nameOf);
}

function namesUnderWay(end: Event | undefined): string[] {
  const names = end && "under_way" in end.data ? (end.data.under_way ?? []) : [];
  return names.map(({ step_id, attempt }) => `${step_id}/${attempt}`);
}

/** What the run was doing: so that it is seen whether every moment was met. */
function momentOf(events: readonly Event[], end: number): string {
  if (namesUnderWay(events[end]).length > 0) return "during a call";
  const { type = "nothing" } = events[end - 1] ?? {};
  return `after ${type}`;
}
