/** Runs inside workerd: started on an object directly, without HTTP. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Env } from "#env.ts";
import type { JsonObject } from "#model/json.ts";
import { type JsonText, parseJsonText, toJsonText } from "#model/json-text.ts";
import { historySchema, type Run, runSchema } from "#model/run.ts";
import type { Template } from "#model/template.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import type { Reply, RunResult } from "#model/run-rpc.ts";
import type { StartRecord } from "#model/start-record.ts";
import { randomRunId } from "#security/run-id.ts";

export const bindings = env as unknown as Env;

const CONTENT_V1: Template = {
  id: "content_v1",
  version: 1,
  prompt: "Write about {{topic}} for {{audience}}.",
};

export function startRecord(
  definition: WorkflowDefinition,
  over: Partial<StartRecord> = {},
): StartRecord {
  return {
    runId: randomRunId(),
    fingerprint: "",
    workflowVersion: 1,
    definition: toJsonText(definition),
    templates: toJsonText([CONTENT_V1]),
    inputs: {},
    profile: {},
    provider: "mock",
    mock: { mode: "success", steps: {}, seed: 42 },
    tags: [],
    caller: { id: "dev" },
    ...over,
  };
}

export function objectOf(runId: string) {
  return bindings.RUNS.getByName(runId);
}

export const isInterruption = (error: unknown) => String(error).includes("interrupted by the test");

/** Ends the object at once, timers included; `evictDurableObject` waits for those. */
export async function abortObject(runId: string): Promise<void> {
  const ending = runInDurableObject(objectOf(runId), (_object, state) =>
    state.abort("interrupted by the test"),
  );
  await ending.catch((error: unknown) => {
    if (!isInterruption(error)) throw error;
  });
}

export function valueOf<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(`${reply.problem.code}: ${reply.problem.detail}`);
  return reply.value;
}

/** The run of a reply, parsed with the production schema. */
export function runOf(reply: Reply<RunResult | JsonText<Run>>): Run {
  const value = valueOf(reply);
  return runSchema.parse(parseJsonText(typeof value === "string" ? value : value.run));
}

export async function readRun(runId: string): Promise<Run> {
  return runOf(await objectOf(runId).get({ workflowScope: null }));
}

export async function readHistory(runId: string) {
  return historySchema.parse(parseJsonText(valueOf(await objectOf(runId).history(null))));
}

export async function eventTypes(runId: string): Promise<string[]> {
  const { events } = await readHistory(runId);
  return events.map((event) => event.type);
}

/** Asks again until the condition holds: what an operator does after a crash. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (value: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`not within ${withinMs} ms: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What D1 has of a run, once it has all of it. */
export async function projected(runId: string): Promise<{ run: JsonObject; steps: JsonObject[] }> {
  const { events } = await readHistory(runId);
  const run = await eventually(
    () => bindings.DB.prepare("SELECT * FROM runs WHERE id = ?").bind(runId).first<JsonObject>(),
    (row) => row?.["seq"] === events.length,
  );
  const steps = await bindings.DB.prepare(
    "SELECT * FROM run_steps WHERE run_id = ? ORDER BY started_at, seq",
  )
    .bind(runId)
    .all<JsonObject>();
  return { run: run ?? {}, steps: steps.results };
}
