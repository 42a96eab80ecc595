/** One run in each state that a request can find it in. */
import { type Run, runSchema } from "#model/run.ts";
import type { Client } from "../support/http.ts";
import type { Service } from "../support/service.ts";

const STATES = ["waiting", "deciding", "completed", "failed", "canceled"] as const;
type State = (typeof STATES)[number];

export interface Runs {
  ids: Record<State, string>;
  /** The path with `{waiting}` and the others filled in. */
  fill(path: string): string;
}

/** Takes its inputs by declaration: all others are refused. */
const DECLARED = `id: declared
name: Declared
start_step: ask
inputs:
  - { key: customer, type: string, required: true }
  - { key: level, type: integer, required: false, max: 3 }
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: topic, type: string, required: true }] }
`;

/** Creates the runs, and waits until D1 has them as they are. */
export async function createRuns(service: Service): Promise<Runs> {
  await service.yaml("POST", "/v1/workflows", DECLARED);
  const waiting = await start(service);
  const deciding = await answerForm(service, await start(service));
  const completed = await answerForm(service, await start(service));
  await decide(service, completed, true);
  const failed = await answerForm(service, await start(service));
  await decide(service, failed, false);
  const canceled = await start(service);
  await service.post(`/v1/executions/${canceled}/cancel`);
  const ids = { waiting, deciding, completed, failed, canceled };
  await projected(service, Object.values(ids));
  return {
    ids,
    fill: (path) => STATES.reduce((text, state) => text.replace(`{${state}}`, ids[state]), path),
  };
}

/** The runs that a path is about. */
export function runIdsIn(path: string, { ids }: Runs): string[] {
  return STATES.filter((state) => path.includes(`{${state}}`)).map((state) => ids[state]);
}

export async function start(client: Client, body: object = {}): Promise<string> {
  const answer = await client.post("/v1/executions", {
    workflow_id: "content_draft_flow",
    ...body,
  });
  return toRun(answer).id;
}

export async function answerForm(client: Client, runId: string): Promise<string> {
  const inputs = { topic: "Launch", audience: "SMB" };
  return toRun(await client.post(`/v1/executions/${runId}/resume`, { inputs })).id;
}

async function decide(client: Client, runId: string, approved: boolean): Promise<void> {
  const approvals = [{ step_id: "approval", approved }];
  toRun(await client.post(`/v1/executions/${runId}/resume`, { approvals }));
}

function toRun(answer: { status: number; text: string; json(): unknown }): Run {
  if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.text}`);
  return runSchema.parse(answer.json());
}

/** D1 follows the runs by a moment; there is no other sign of it than that it has them. */
export async function projected(service: Service, ids: string[]): Promise<void> {
  const expected = await Promise.all(
    ids.map(async (id) => toRun(await service.get(`/v1/executions/${id}`)).status),
  );
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { runs } = await service.stored();
    const seen = ids.map((id) => runs.find((run) => run.id === id)?.status);
    if (seen.every((status, index) => status === expected[index])) return;
    if (Date.now() > deadline) throw new Error(`D1 has ${seen.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
