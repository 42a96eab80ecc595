/** `/v1/executions`: start, cancel and read. Each run is served by its own object. */
import { contextSchema, describedHistorySchema, runSchema } from "#model/run.ts";
import { withScope } from "../access.ts";
import { idempotencyKey } from "../idempotency/key.ts";
import { jsonBody } from "../route/body.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { callerOf, jsonAnswer, runAnswer, runStub, viewerOf } from "./calls.ts";
import { waitPreference } from "./preferences.ts";
import { requestKey } from "./run-keys.ts";
import {
  cancelBodySchema,
  preferHeaders,
  replayHeaders,
  runParams,
  startBodySchema,
} from "./schemas.ts";
import { startRun } from "./start.ts";

const tag = "Executions";

const start = defineRoute({
  method: "post",
  path: "/v1/executions",
  operationId: "startExecution",
  summary: "Start a run",
  description:
    "Answers when the run settles (waits or ends), or when the wait budget is spent; the run goes on either way.",
  tag,
  access: withScope("runs:write"),
  headers: preferHeaders,
  body: jsonBody(startBodySchema),
  idempotent: "run",
  answers: { 202: { schema: runSchema, description: "The run.", headers: replayHeaders } },
  problems: [
    "workflow_not_found",
    "version_not_found",
    "invalid_inputs",
    "masked_value",
    "mock_not_allowed",
    "secret_not_for_workflow",
    "idempotency_key_mismatch",
  ],
  async handle(c, { headers, body }) {
    const key = idempotencyKey(c.req.header("idempotency-key"), body.run_opts?.idempotency_key);
    const wait = waitPreference(headers.prefer, c.get("settings").WAIT_BUDGET_MS);
    return runAnswer(202, await startRun(c, body, key, wait.waitMs), wait);
  },
});

const cancel = defineRoute({
  method: "post",
  path: "/v1/executions/{run_id}/cancel",
  operationId: "cancelExecution",
  summary: "Cancel a run",
  description:
    "Once this has returned, no step starts, and later results change nothing. Canceling again returns the same answer.",
  tag,
  access: withScope("runs:write"),
  params: runParams,
  body: jsonBody(cancelBodySchema, { isOptional: true }),
  idempotent: "run",
  answers: { 200: { schema: runSchema, description: "The canceled run.", headers: replayHeaders } },
  problems: ["run_not_found", "run_already_ended"],
  async handle(c, { granted, params, body: { reason } }) {
    const caller = callerOf(c);
    const run = runStub(c, params.run_id);
    const reply = await run.cancel({
      key: await requestKey(c, "cancel", { caller }, { reason: reason ?? null }),
      workflowScope: granted.workflowScope,
      caller,
      ...(reason === undefined ? {} : { reason }),
    });
    return runAnswer(200, reply);
  },
});

const read = defineRoute({
  method: "get",
  path: "/v1/executions/{run_id}",
  operationId: "readExecution",
  summary: "Read a run",
  description:
    "Its current state; while it waits, everything that a client needs to render the wait.",
  tag,
  access: withScope("runs:read"),
  params: runParams,
  answers: { 200: { schema: runSchema, description: "The run." } },
  problems: ["run_not_found"],
  handle: async (c, { params }) => jsonAnswer(await runStub(c, params.run_id).get(viewerOf(c))),
});

const readHistory = defineRoute({
  method: "get",
  path: "/v1/executions/{run_id}/history",
  operationId: "readHistory",
  summary: "Read the history of a run",
  description: "One entry for each step with its last attempt, and all events in order.",
  tag,
  access: withScope("runs:read"),
  params: runParams,
  answers: { 200: { schema: describedHistorySchema, description: "Steps and events." } },
  problems: ["run_not_found"],
  handle: async (c, { granted, params }) =>
    jsonAnswer(await runStub(c, params.run_id).history(granted.workflowScope)),
});

const readContext = defineRoute({
  method: "get",
  path: "/v1/executions/{run_id}/context",
  operationId: "readContext",
  summary: "Read the context of a run",
  description: "What expressions and templates of the run can read; sensitive answers are masked.",
  tag,
  access: withScope("runs:read"),
  params: runParams,
  answers: { 200: { schema: contextSchema, description: "The context." } },
  problems: ["run_not_found"],
  handle: async (c, { granted, params }) =>
    jsonAnswer(await runStub(c, params.run_id).context(granted.workflowScope)),
});

export const executionOperations: readonly Operation[] = [
  start,
  cancel,
  read,
  readHistory,
  readContext,
];
