/**
 * `POST /v1/executions/{run_id}/resume`, with a key or with a resume token.
 *
 * A token replaces a key: it determines who answers which wait, and no scope is needed. A key that
 * is sent as well must be valid, but the token still determines who answers.
 */
import type { ResumeClaims } from "#model/resume-claims.ts";
import { hasScope } from "#model/access.ts";
import { TOKEN_HOLDER } from "#model/caller.ts";
import { isJsonObject, ownProperty } from "#model/json.ts";
import { runSchema } from "#model/run.ts";
import type { ResumeRequest } from "#model/run-rpc.ts";
import { FOREIGN_TOKEN } from "#run/views/resume-tokens.ts";
import { verifyResumeToken } from "#security/resume-token.ts";
import { serverSecrets } from "#settings.ts";
import { type Access, insufficientScope, SECURED_PROBLEMS } from "../access.ts";
import { ANONYMOUS, identifyCaller, requireSettings, unauthorized } from "../authenticate.ts";
import { jsonBody } from "../route/body.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import type { RequestBody } from "../route/request-body.ts";
import type { AppContext } from "../types.ts";
import { callerOf, runAnswer, runStub, tokenRightsOf } from "./calls.ts";
import { waitPreference } from "./preferences.ts";
import { requestKey } from "./run-keys.ts";
import {
  preferHeaders,
  replayHeaders,
  type ResumeBody,
  resumeBodySchema,
  runParams,
} from "./schemas.ts";

const DESCRIPTION = `Answers the form or decides the approval that the run waits for. Scope: \`runs:write\` for a form, \`approvals:decide\` for an approval.

With \`resume_token\` in the body no \`Authorization\` is needed, and no scope: the token determines who answers which wait. It can be used once. The response then shows only the progress of the run: no \`wait\`, \`output\` or \`error\`, and no further tokens.`;

/**
 * Refuses callers with neither a key nor a token of this run, before anything else about the body
 * is revealed. Grants the claims of the token, or null to a caller with a key: the token that may
 * come with a key is verified once the body is known to be valid.
 */
const keyOrToken: Access<ResumeClaims | null> = {
  // With a resume token in the body, no key is needed.
  security: [{ bearer: [] }, {}],
  scopes: ["runs:write", "approvals:decide"],
  problems: SECURED_PROBLEMS,
  isStrict: true,
  before: [requireSettings, identifyCaller],
  async admit(c, body) {
    if (c.get("principal") !== ANONYMOUS) return null;
    const token = await tokenIn(body);
    if (token !== null) return readClaims(c, token);
    const ways = "`Authorization: Bearer <key or token>`, or a `resume_token` in JSON";
    throw unauthorized(`Send ${ways}.`);
  },
};

const resume = defineRoute({
  method: "post",
  path: "/v1/executions/{run_id}/resume",
  operationId: "resumeExecution",
  summary: "Resume a run",
  description: DESCRIPTION,
  tag: "Executions",
  access: keyOrToken,
  params: runParams,
  headers: preferHeaders,
  body: jsonBody(resumeBodySchema),
  idempotent: "run",
  answers: { 200: { schema: runSchema, description: "The run.", headers: replayHeaders } },
  problems: [
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
  ],
  async handle(c, { granted, params, headers, body: { resume_token: token, ...body } }) {
    const claims = granted ?? (token === undefined ? null : await readClaims(c, token));
    if (!claims) requireResumeScope(c, body);
    const wait = waitPreference(headers.prefer, c.get("settings").WAIT_BUDGET_MS);
    // Keys belong to the person who answers; the token is not part of the answer.
    const owner = claims ? { token: claims } : { caller: callerOf(c) };
    const reply = await runStub(c, params.run_id).resume({
      key: await requestKey(c, "resume", owner, body),
      workflowScope: c.get("principal").workflowScope,
      answer: answerOf(body),
      ...(body.wait_number === undefined ? {} : { waitNumber: body.wait_number }),
      ...(claims
        ? { caller: TOKEN_HOLDER, token: claims }
        : { caller: callerOf(c), tokens: tokenRightsOf(c) }),
      waitMs: wait.waitMs,
    });
    return runAnswer(200, reply, wait);
  },
});

export const resumeOperations: readonly Operation[] = [resume];

/** The token in a body that is not validated yet; null where there is none. */
async function tokenIn(body: RequestBody): Promise<string | null> {
  const read = await body.json();
  if (!read.ok || !isJsonObject(read.value)) return null;
  const token = ownProperty(read.value, "resume_token");
  return typeof token === "string" ? token : null;
}

/** The claims of the token. A forged one and one of another run get the same response. */
async function readClaims(c: AppContext, token: string): Promise<ResumeClaims> {
  const claims = await verifyResumeToken(serverSecrets(c.get("settings")), token);
  if (claims !== null && claims.runId === c.req.param("run_id")) return claims;
  throw unauthorized(FOREIGN_TOKEN.detail);
}

/** A form is answered with one scope, an approval decided with another. */
function requireResumeScope(c: AppContext, body: Pick<ResumeBody, "approvals">): void {
  const scope = body.approvals ? "approvals:decide" : "runs:write";
  if (!hasScope(c.get("principal"), scope)) throw insufficientScope(scope);
}

function answerOf(body: Omit<ResumeBody, "resume_token">): ResumeRequest["answer"] {
  const [decision] = body.approvals ?? [];
  if (!decision) return { kind: "inputs", inputs: body.inputs ?? {} };
  const { step_id, approved, comment } = decision;
  const commented = comment === undefined ? {} : { comment };
  return { kind: "approval", step_id, approved, ...commented };
}
