/** `/v1/executions`: start, read, resume, cancel, history, context. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { JsonObject } from "../model/json.ts";
import type { ProblemCode } from "../model/problem.ts";
import { contextSchema, historySchema, RUN_ID_PATTERN, runSchema } from "../model/run.ts";
import type { Caller } from "../model/caller.ts";
import { hasScope } from "../model/access.ts";
import type { Reply, RequestKey, ResumeRequest } from "../run/requests.ts";
import {
  cancelBodySchema,
  replayHeaders,
  type ResumeBody,
  resumeBodySchema,
  runParams,
  startBodySchema,
  startHeaders,
} from "./execution-schemas.ts";
import { insufficientScope } from "./access.ts";
import { fingerprint, idempotencyKey, keyHeaders } from "./idempotency.ts";
import { waitPreference } from "./preferences.ts";
import { ProblemError } from "./problems.ts";
import { jsonResponse, problemResponses, securedRoute } from "./route.ts";
import { startRun } from "./start.ts";
import type { AppContext, AppEnv } from "./types.ts";

const tags = ["Executions"];
const bodyProblems: ProblemCode[] = [
  "malformed_body",
  "payload_too_large",
  "unsupported_media_type",
  "validation_failed",
];

export function mountExecutions(app: OpenAPIHono<AppEnv>): void {
  mountStart(app);
  mountResume(app);
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

function mountResume(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      null,
      {
        method: "post",
        path: "/v1/executions/{run_id}/resume",
        operationId: "resumeExecution",
        summary: "Resume a run",
        description:
          "Answers the form or decides the approval that the run waits for. Scope: `runs:write` for a form, `approvals:decide` for an approval.",
        tags,
        request: {
          params: runParams,
          headers: startHeaders,
          body: { required: true, content: { "application/json": { schema: resumeBodySchema } } },
        },
        responses: {
          200: { ...jsonResponse(runSchema, "The run."), headers: replayHeaders },
          ...problemResponses(
            ...bodyProblems,
            "invalid_parameter",
            "idempotency_key_reused",
            "run_not_found",
            "not_an_approver",
            "self_approval",
            "run_not_waiting",
            "stale_wait",
            "wrong_step",
            "wrong_wait_type",
            "already_decided",
            "invalid_inputs",
            "comment_required",
            "context_too_large",
          ),
        },
      },
      { yaml: false, optional: false },
    ),
    async (c) => {
      const body = c.req.valid("json");
      requireResumeScope(c, body);
      const run = runStub(c, c.req.valid("param").run_id);
      const wait = waitPreference(c.req.header("prefer"), c.get("settings").WAIT_BUDGET_MS);
      const reply = await run.resume({
        key: await requestKey(c, "resume", body as JsonObject),
        only: c.get("principal").workflowId,
        answer: answerOf(body),
        ...(body.wait_number === undefined ? {} : { waitNumber: body.wait_number }),
        caller: caller(c),
        waitMs: wait.waitMs,
      });
      return sendRun(c, reply, 200, wait.applied);
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
          "Once this has answered no step starts, and results that come later change nothing. Again: the same answer.",
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
        key: await requestKey(c, "cancel", { reason: reason ?? null }),
        only,
        caller: caller(c),
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
      description: "Its present state; while it waits, all that is needed to draw the wait.",
      tags,
      request: { params: runParams },
      responses: {
        200: jsonResponse(runSchema, "The run."),
        ...problemResponses("run_not_found"),
      },
    }),
    async (c) => {
      const run = runStub(c, c.req.valid("param").run_id);
      return sendJson(c, await run.get(c.get("principal").workflowId), 200);
    },
  );

  app.openapi(
    securedRoute("runs:read", {
      method: "get",
      path: "/v1/executions/{run_id}/history",
      operationId: "readHistory",
      summary: "Read the history of a run",
      description: "One entry a step with its last attempt, and all events in order.",
      tags,
      request: { params: runParams },
      responses: {
        200: jsonResponse(historySchema, "Steps and events."),
        ...problemResponses("run_not_found"),
      },
    }),
    async (c) => {
      const run = runStub(c, c.req.valid("param").run_id);
      return sendJson(c, await run.history(c.get("principal").workflowId), 200);
    },
  );

  app.openapi(
    securedRoute("runs:read", {
      method: "get",
      path: "/v1/executions/{run_id}/context",
      operationId: "readContext",
      summary: "Read the context of a run",
      description: "What expressions and templates of the run can see; sensitive answers masked.",
      tags,
      request: { params: runParams },
      responses: {
        200: jsonResponse(contextSchema, "The context."),
        ...problemResponses("run_not_found"),
      },
    }),
    async (c) => {
      const run = runStub(c, c.req.valid("param").run_id);
      return sendJson(c, await run.context(c.get("principal").workflowId), 200);
    },
  );
}

/** A form is answered with one scope, an approval decided with another. */
function requireResumeScope(c: AppContext, body: ResumeBody): void {
  const scope = body.approvals ? "approvals:decide" : "runs:write";
  if (hasScope(c.get("principal"), scope)) return;
  throw insufficientScope(scope);
}

function answerOf(body: ResumeBody): ResumeRequest["answer"] {
  const [decision] = body.approvals ?? [];
  if (!decision) return { kind: "inputs", inputs: (body.inputs ?? {}) as JsonObject };
  const { step_id, approved, comment } = decision;
  const commented = comment === undefined ? {} : { comment };
  return { kind: "approval", step_id, approved, ...commented };
}

function caller(c: AppContext): Caller {
  const { id, email } = c.get("principal");
  return { id, ...(email === undefined ? {} : { email }) };
}

/** The key of a request that changes a run, as the run remembers it. */
async function requestKey(
  c: AppContext,
  route: "resume" | "cancel",
  body: JsonObject,
): Promise<RequestKey | null> {
  const key = idempotencyKey(c.req.header("idempotency-key"), undefined);
  if (key === null) return null;
  const name = `${route}:${c.get("principal").id}:${key}`;
  return { name, fingerprint: await fingerprint(body) };
}

/** The object of a run. Ids of another form never reach one. */
function runStub(c: AppContext, runId: string) {
  if (!RUN_ID_PATTERN.test(runId)) {
    throw new ProblemError({ code: "run_not_found", detail: "There is no run of this id." });
  }
  return c.env.RUNS.getByName(runId);
}

function sendRun<S extends 200 | 202>(
  c: AppContext,
  reply: Reply,
  status: S,
  applied: string | null,
) {
  if (reply.ok && reply.replayed) c.header("Idempotent-Replayed", "true");
  if (applied !== null) c.header("Preference-Applied", applied);
  return sendJson(c, reply, status);
}

/**
 * The object's answer as it is: its text was made from the type that the route's schema describes,
 * which the tests check by parsing answers with that schema.
 */
function sendJson<S extends 200 | 202>(c: AppContext, reply: Reply, status: S) {
  if (!reply.ok) throw new ProblemError(reply.problem);
  const headers = { "content-type": "application/json" };
  return c.body(reply.body, status, headers) as unknown as JsonReply<S>;
}

/** A typed answer of any body; which one, the schema of the route says. */
type JsonReply<S extends 200 | 202> = Response & { _data: never; _status: S; _format: "json" };
