/**
 * `POST /v1/executions/{run_id}/resume`, with a key or with a resume token.
 *
 * A token replaces a key: it determines who answers which wait, and no scope is needed. A key that
 * is sent as well must be valid, but the token still determines who answers.
 */
import type { ResumeClaims } from "#model/resume-claims.ts";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { hasScope } from "#model/access.ts";
import { TOKEN_HOLDER } from "#model/caller.ts";
import type { JsonObject } from "#model/json.ts";
import { runSchema } from "#model/run.ts";
import type { RequestKey, ResumeRequest } from "#model/run-rpc.ts";
import { FOREIGN_TOKEN } from "#run/views/resume-tokens.ts";
import { verifyResumeToken } from "#security/resume-token.ts";
import { ANONYMOUS, insufficientScope, unauthorized } from "../access.ts";
import { callerOf, runStub, sendRun, tokenRightsOf } from "./calls.ts";
import {
  bodyProblems,
  replayHeaders,
  type ResumeBody,
  resumeBodySchema,
  runParams,
  startHeaders,
} from "./schemas.ts";
import { waitPreference } from "./preferences.ts";
import { jsonResponse, problemResponses, securedRoute } from "../route.ts";
import { requestKey } from "./run-keys.ts";
import type { AppContext, AppEnv } from "../types.ts";

const DESCRIPTION = `Answers the form or decides the approval that the run waits for. Scope: \`runs:write\` for a form, \`approvals:decide\` for an approval.

With \`resume_token\` in the body no \`Authorization\` is needed, and no scope: the token determines who answers which wait. It can be used once. The response then shows only the progress of the run: no \`wait\`, \`output\` or \`error\`, and no further tokens.`;

export function mountExecutionResume(app: OpenAPIHono<AppEnv>): void {
  app.use("/v1/executions/:run_id/resume", requireKeyOrToken);
  app.openapi(
    securedRoute(
      null,
      {
        method: "post",
        path: "/v1/executions/{run_id}/resume",
        operationId: "resumeExecution",
        summary: "Resume a run",
        description: DESCRIPTION,
        tags: ["Executions"],
        // With a resume token in the body, no key is needed.
        security: [{ bearer: [] }, {}],
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
            "resume_token_used",
            "resume_token_expired",
            "invalid_inputs",
            "masked_value",
            "comment_required",
            "context_too_large",
          ),
        },
      },
      { yaml: false, optional: false },
    ),
    async (c) => {
      const { resume_token: token, ...body } = c.req.valid("json");
      const { run_id: runId } = c.req.valid("param");
      const claims = token === undefined ? null : await readClaims(c, token, runId);
      if (!claims) requireResumeScope(c, body);
      const wait = waitPreference(c.req.header("prefer"), c.get("settings").WAIT_BUDGET_MS);
      const reply = await runStub(c, runId).resume({
        key: await resumeKey(c, claims, body as JsonObject),
        only: c.get("principal").workflowId,
        answer: answerOf(body),
        ...(body.wait_number === undefined ? {} : { waitNumber: body.wait_number }),
        ...(claims
          ? { caller: TOKEN_HOLDER, token: claims }
          : { caller: callerOf(c), tokens: tokenRightsOf(c) }),
        waitMs: wait.waitMs,
      });
      return sendRun(c, reply, 200, wait.applied);
    },
  );
}

/**
 * Refuses callers with neither a key nor a token of this run, before anything else about the body
 * is revealed. With a key the body is checked later, as on every route.
 */
const requireKeyOrToken = createMiddleware<AppEnv>(async (c, next) => {
  if (c.get("principal") !== ANONYMOUS) return next();
  const token = tokenIn(await c.req.arrayBuffer());
  if (token === null) {
    throw unauthorized("Send `Authorization: Bearer <key or token>`, or a `resume_token` in JSON.");
  }
  await readClaims(c, token, c.req.param("run_id") ?? "");
  return next();
});

/** The token in an unchecked body; null where there is none. */
function tokenIn(body: ArrayBuffer): string | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof value !== "object" || value === null) return null;
    const token: unknown = Reflect.get(value, "resume_token");
    return typeof token === "string" ? token : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The claims of the token. A forged one and one of another run get the same response. */
async function readClaims(c: AppContext, token: string, runId: string): Promise<ResumeClaims> {
  const claims = await verifyResumeToken(c.get("settings").SERVER_SECRET ?? "", token);
  if (claims?.runId === runId) return claims;
  throw unauthorized(FOREIGN_TOKEN.detail);
}

/** A form is answered with one scope, an approval decided with another. */
function requireResumeScope(c: AppContext, body: Pick<ResumeBody, "approvals">): void {
  const scope = body.approvals ? "approvals:decide" : "runs:write";
  if (!hasScope(c.get("principal"), scope)) throw insufficientScope(scope);
}

/** Idempotency keys belong to the person who answers; the token is not part of the answer. */
function resumeKey(
  c: AppContext,
  claims: ResumeClaims | null,
  body: JsonObject,
): Promise<RequestKey | null> {
  return requestKey(c, "resume", claims ? { token: claims } : { caller: callerOf(c) }, body);
}

function answerOf(body: Omit<ResumeBody, "resume_token">): ResumeRequest["answer"] {
  const [decision] = body.approvals ?? [];
  if (!decision) return { kind: "inputs", inputs: (body.inputs ?? {}) as JsonObject };
  const { step_id, approved, comment } = decision;
  const commented = comment === undefined ? {} : { comment };
  return { kind: "approval", step_id, approved, ...commented };
}
