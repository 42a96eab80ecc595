/** `/v1/executions`: start, read, cancel, history, context. Resume: `execution-resume.ts`. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { contextSchema, describedHistorySchema, runSchema } from "#model/run.ts";
import { callerOf, runStub, sendJson, sendRun, viewerOf } from "./calls.ts";
import { mountExecutionResume } from "./resume.ts";
import {
  bodyProblems,
  cancelBodySchema,
  replayHeaders,
  runParams,
  startBodySchema,
  startHeaders,
} from "./schemas.ts";
import { idempotencyKey, keyHeaders } from "../idempotency/key.ts";
import { waitPreference } from "./preferences.ts";
import { jsonResponse, problemResponses, securedRoute } from "../route.ts";
import { requestKey } from "./run-keys.ts";
import { startRun } from "./start.ts";
import type { AppEnv } from "../types.ts";

const tags = ["Executions"];
export function mountExecutions(app: OpenAPIHono<AppEnv>): void {
  mountStart(app);
  mountExecutionResume(app);
  mountCancel(app);
  mountReads(app);
}

function mountStart(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "runs:write",
      {
        method: "post",
        path: "/v1/executions",
        operationId: "startExecution",
        summary: "Start a run",
        description:
          "Answers when the run settles (waits or ends), or when the wait budget is spent; the run goes on either way.",
        tags,
        request: {
          headers: startHeaders,
          body: { required: true, content: { "application/json": { schema: startBodySchema } } },
        },
        responses: {
          202: { ...jsonResponse(runSchema, "The run."), headers: replayHeaders },
          ...problemResponses(
            ...bodyProblems,
            "invalid_parameter",
            "workflow_not_found",
            "version_not_found",
            "invalid_inputs",
            "masked_value",
            "mock_not_allowed",
            "idempotency_key_reused",
            "idempotency_key_mismatch",
          ),
        },
      },
      { yaml: false, optional: false },
    ),
    async (c) => {
      const body = c.req.valid("json");
      const key = idempotencyKey(c.req.header("idempotency-key"), body.run_opts?.idempotency_key);
      const wait = waitPreference(c.req.header("prefer"), c.get("settings").WAIT_BUDGET_MS);
      return sendRun(c, await startRun(c, body, key, wait.waitMs), 202, wait.applied);
    },
  );
}

function mountCancel(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "runs:write",
      {
        method: "post",
        path: "/v1/executions/{run_id}/cancel",
        operationId: "cancelExecution",
        summary: "Cancel a run",
        description:
          "Once this has returned, no step starts, and later results change nothing. Canceling again returns the same answer.",
        tags,
        request: {
          params: runParams,
          headers: keyHeaders,
          body: { required: false, content: { "application/json": { schema: cancelBodySchema } } },
        },
        responses: {
          200: { ...jsonResponse(runSchema, "The canceled run."), headers: replayHeaders },
          ...problemResponses(
            ...bodyProblems,
            "invalid_parameter",
            "run_not_found",
            "run_already_ended",
            "idempotency_key_reused",
          ),
        },
      },
      { yaml: false, optional: true },
    ),
    async (c) => {
      const { reason } = c.req.valid("json");
      const run = runStub(c, c.req.valid("param").run_id);
      const only = c.get("principal").workflowId;
      const reply = await run.cancel({
        key: await requestKey(c, "cancel", { caller: callerOf(c) }, { reason: reason ?? null }),
        only,
        caller: callerOf(c),
        ...(reason === undefined ? {} : { reason }),
      });
      return sendRun(c, reply, 200, null);
    },
  );
}

function mountReads(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute("runs:read", {
      method: "get",
      path: "/v1/executions/{run_id}",
      operationId: "readExecution",
      summary: "Read a run",
      description:
        "Its current state; while it waits, everything that a client needs to render the wait.",
      tags,
      request: { params: runParams },
      responses: {
        200: jsonResponse(runSchema, "The run."),
        ...problemResponses("run_not_found"),
      },
    }),
    async (c) => {
      const run = runStub(c, c.req.valid("param").run_id);
      return sendJson(c, await run.get(viewerOf(c)));
    },
  );

  app.openapi(
    securedRoute("runs:read", {
      method: "get",
      path: "/v1/executions/{run_id}/history",
      operationId: "readHistory",
      summary: "Read the history of a run",
      description: "One entry for each step with its last attempt, and all events in order.",
      tags,
      request: { params: runParams },
      responses: {
        200: jsonResponse(describedHistorySchema, "Steps and events."),
        ...problemResponses("run_not_found"),
      },
    }),
    async (c) => {
      const run = runStub(c, c.req.valid("param").run_id);
      return sendJson(c, await run.history(c.get("principal").workflowId));
    },
  );

  app.openapi(
    securedRoute("runs:read", {
      method: "get",
      path: "/v1/executions/{run_id}/context",
      operationId: "readContext",
      summary: "Read the context of a run",
      description:
        "What expressions and templates of the run can read; sensitive answers are masked.",
      tags,
      request: { params: runParams },
      responses: {
        200: jsonResponse(contextSchema, "The context."),
        ...problemResponses("run_not_found"),
      },
    }),
    async (c) => {
      const run = runStub(c, c.req.valid("param").run_id);
      return sendJson(c, await run.context(c.get("principal").workflowId));
    },
  );
}
