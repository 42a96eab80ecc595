/**
 * How often a request waits for D1: round trips in sequence, those of the run object included. Warm
 * means that the isolate has read the key, and the version and its templates, within seconds.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "#http/app.ts";
import { OPERATIONS } from "#http/operations.ts";
import { runSchema } from "#model/run.ts";
import { ai, definition, form } from "../support/definitions.ts";
import { bindings } from "../run/support/runs.ts";
import { RoundTrips, watchDatabase } from "../run/support/round-trips.ts";
import { countRequested } from "../run/support/worker.ts";

/** As in test/config/workerd.ts. */
const DEV_KEY = "wo_testtestte_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SECRETS_KEYS = `1:${btoa("k".repeat(32))}`;
const FLOW = "counted";

const app = createApp();
let key = DEV_KEY;

interface Asked {
  method?: string;
  path: string;
  body?: object;
  /** A body that is not JSON. */
  form?: string;
  headers?: Record<string, string>;
}

interface Counted {
  status: number;
  text: string;
  /** Of the Worker and of the objects that it asked. */
  inSequence: number;
}

async function ask({ method, path, body, form: typed, headers = {} }: Asked): Promise<Counted> {
  const context = createExecutionContext();
  const ofWorker = new RoundTrips();
  const ofObjects = countRequested();
  const DB = watchDatabase(bindings.DB, (trip) => ofWorker.count(trip));
  const response = await app.request(
    path,
    {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(typed === undefined ? {} : { body: typed }),
    },
    { ...bindings, DB, SECRETS_KEYS },
    context,
  );
  const inSequence = ofWorker.inSequence + ofObjects.inSequence;
  const isStream = response.headers.get("content-type") === "text/event-stream";
  if (isStream) await response.body?.cancel();
  const text = isStream ? "" : await response.text();
  await waitOnExecutionContext(context);
  return { status: response.status, text, inSequence };
}

const newFlow = (id: string) => ({
  ...definition([form("details", { next: "write" }), ai("write")]),
  id,
});
let names = 0;
const newName = () => `counted_${(names += 1)}`;
const onceMore = () => ({ headers: { "idempotency-key": newName() } });

async function start(): Promise<string> {
  const { text } = await ask({ path: "/v1/executions", body: { workflow_id: FLOW } });
  return runSchema.parse(JSON.parse(text)).id;
}

async function resumeLink(): Promise<string> {
  const { text } = await ask({ path: "/v1/executions", body: { workflow_id: FLOW } });
  const { wait } = runSchema.parse(JSON.parse(text));
  return `/resume/${wait?.type === "form" ? wait.resume_token : ""}`;
}

async function put(path: string, body: object): Promise<void> {
  const { status } = await ask({ method: "PUT", path, body });
  if (status !== 200) throw new Error(`PUT ${path}: ${status}`);
}

async function storedFlow(): Promise<string> {
  const id = newName();
  await ask({ path: "/v1/workflows", body: newFlow(id) });
  return id;
}

async function storedKey(): Promise<string> {
  const { text } = await ask({ path: "/v1/keys", body: { name: "k", scopes: ["runs:read"] } });
  const { id } = JSON.parse(text) as { id: string };
  return id;
}

interface Sample {
  what?: string;
  status: number;
  /** The most that it may wait for. */
  most: number;
  request(): Promise<Asked> | Asked;
}

const run = (rest: string) => async (): Promise<Asked> => ({
  path: `/v1/executions/${await start()}${rest}`,
});
const get = (path: string) => (): Asked => ({ path });

/** Each operation of the service. The first group is what P13 names. */
const SAMPLES: Record<string, Sample[]> = {
  startExecution: [
    {
      status: 202,
      most: 1,
      request: () => ({ path: "/v1/executions", body: { workflow_id: FLOW } }),
    },
    {
      what: "with an idempotency key",
      status: 202,
      most: 1,
      request: () => ({
        path: "/v1/executions",
        body: { workflow_id: FLOW, run_opts: { idempotency_key: newName(), location: "weur" } },
      }),
    },
    {
      what: "of an earlier version",
      status: 202,
      most: 1,
      request: () => ({
        path: "/v1/executions",
        body: { workflow_id: FLOW, workflow_version: 1 },
      }),
    },
    {
      what: "of no version",
      status: 404,
      most: 1,
      request: () => ({
        path: "/v1/executions",
        body: { workflow_id: FLOW, workflow_version: 99 },
      }),
    },
  ],
  resumeExecution: [
    {
      what: "through a model",
      status: 200,
      most: 0,
      request: async () => ({
        path: `/v1/executions/${await start()}/resume`,
        body: { inputs: { topic: "Launch" } },
        ...onceMore(),
      }),
    },
  ],
  cancelExecution: [
    {
      status: 200,
      most: 0,
      request: async () => ({ method: "POST", path: `/v1/executions/${await start()}/cancel` }),
    },
  ],
  readExecution: [{ status: 200, most: 0, request: run("") }],
  readHistory: [{ status: 200, most: 0, request: run("/history") }],
  readContext: [{ status: 200, most: 0, request: run("/context") }],
  streamEvents: [{ status: 200, most: 0, request: run("/events") }],
  listExecutions: [
    { status: 200, most: 1, request: get("/v1/executions") },
    { what: "filtered", status: 200, most: 1, request: get("/v1/executions?status=failed") },
    { what: "by tag", status: 200, most: 1, request: get("/v1/executions?tag=none") },
    {
      what: "by tag and status",
      status: 200,
      most: 1,
      request: get("/v1/executions?tag=none&status=failed"),
    },
  ],

  listWorkflows: [{ status: 200, most: 1, request: get("/v1/workflows") }],
  readWorkflow: [
    { status: 200, most: 1, request: get(`/v1/workflows/${FLOW}`) },
    { what: "not there", status: 404, most: 2, request: get("/v1/workflows/nothing") },
  ],
  listWorkflowVersions: [{ status: 200, most: 1, request: get(`/v1/workflows/${FLOW}/versions`) }],
  readWorkflowVersion: [{ status: 200, most: 1, request: get(`/v1/workflows/${FLOW}/versions/1`) }],
  listTemplates: [{ status: 200, most: 1, request: get("/v1/templates") }],
  readTemplate: [{ status: 200, most: 1, request: get("/v1/templates/content_v1") }],
  listSecrets: [{ status: 200, most: 1, request: get("/v1/secrets") }],
  listKeys: [{ status: 200, most: 1, request: get("/v1/keys") }],
  listAudit: [{ status: 200, most: 1, request: get("/v1/audit") }],
  readKeyVersions: [{ status: 200, most: 1, request: get("/v1/key-versions") }],
  readMetrics: [{ status: 200, most: 1, request: get("/metrics") }],
  readHealth: [{ status: 200, most: 0, request: get("/healthz") }],
  showResumePage: [{ status: 200, most: 0, request: async () => ({ path: await resumeLink() }) }],
  answerResumePage: [
    {
      status: 200,
      most: 0,
      request: async () => ({
        method: "POST",
        path: await resumeLink(),
        form: "a.topic=Launch",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
    },
  ],

  // Writes: rare, and each is durable at the primary before it answers.
  validateWorkflow: [
    {
      status: 200,
      most: 2,
      request: () => ({ path: `/v1/workflows/${FLOW}/validate`, body: newFlow(FLOW) }),
    },
  ],
  createWorkflow: [
    {
      status: 201,
      most: 5,
      request: () => ({ path: "/v1/workflows", body: newFlow(newName()), ...onceMore() }),
    },
  ],
  changeWorkflow: [
    {
      status: 200,
      most: 6,
      request: async () => {
        const id = await storedFlow();
        const body = { ...newFlow(id), name: "Changed" };
        return { method: "PUT", path: `/v1/workflows/${id}`, body, ...onceMore() };
      },
    },
  ],
  hideWorkflow: [
    {
      status: 204,
      most: 3,
      request: async () => ({
        method: "DELETE",
        path: `/v1/workflows/${await storedFlow()}`,
        ...onceMore(),
      }),
    },
  ],
  putTemplate: [
    {
      status: 200,
      most: 3,
      request: () => ({
        method: "PUT",
        path: `/v1/templates/${newName()}`,
        body: { prompt: "Hi" },
        ...onceMore(),
      }),
    },
  ],
  putSecret: [
    {
      status: 200,
      most: 3,
      request: () => ({
        method: "PUT",
        path: `/v1/secrets/${newName()}`,
        body: { value: "s3cret" },
        ...onceMore(),
      }),
    },
  ],
  deleteSecret: [
    {
      status: 204,
      most: 2,
      request: async () => {
        const path = `/v1/secrets/${newName()}`;
        await put(path, { value: "s3cret" });
        return { method: "DELETE", path, ...onceMore() };
      },
    },
  ],
  rewrapSecrets: [
    {
      status: 200,
      most: 4,
      request: () => ({ method: "POST", path: "/v1/secrets/rewrap", ...onceMore() }),
    },
  ],
  createKey: [
    {
      status: 201,
      most: 2,
      request: () => ({
        path: "/v1/keys",
        body: { name: "k", scopes: ["runs:read"] },
        ...onceMore(),
      }),
    },
  ],
  revokeKey: [
    {
      status: 204,
      most: 3,
      request: async () => ({
        method: "DELETE",
        path: `/v1/keys/${await storedKey()}`,
        ...onceMore(),
      }),
    },
  ],
  infer: [
    {
      status: 200,
      most: 4,
      request: () => ({
        path: "/v1/ai/infer",
        body: {
          template_id: "content_v1",
          variables: { topic: "Launch" },
          json_schema: { type: "object" },
          mock: true,
        },
        ...onceMore(),
      }),
    },
  ],
};

const EACH = Object.entries(SAMPLES).flatMap(([id, samples]) =>
  samples.map((sample) => ({ ...sample, id, what: sample.what ?? "" })),
);

beforeAll(async () => {
  await put("/v1/templates/content_v1", { prompt: "About {{topic}}." });
  await ask({ path: "/v1/workflows", body: newFlow(FLOW) });
  await put(`/v1/workflows/${FLOW}`, { ...newFlow(FLOW), name: "Changed" });
  const { text } = await ask({ path: "/v1/keys", body: { name: "far", scopes: ["admin"] } });
  ({ key } = JSON.parse(text) as { key: string });
});

test("every operation has a sample", () => {
  // Those of backup and restore are off here, and a command waits for them, not a person.
  const asked = OPERATIONS.filter(
    ({ path }) => !/^\/v1\/(backup|restore|rebuild|doctor)/.test(path),
  );
  const ids = asked.map(({ operationId }) => operationId);
  expect(Object.keys(SAMPLES).toSorted()).toEqual(ids.toSorted());
});

describe("round trips to D1 in sequence, warm", () => {
  test.each(EACH)("$id $what: at most $most", async ({ status, most, request }) => {
    const warm = await request();
    await ask(warm);
    const counted = await ask(await request());
    expect(counted).toMatchObject({ status });
    expect(counted.inSequence).toBeLessThanOrEqual(most);
  });
});
