/** What the routes of a run share: finding its object, the caller, and its answers on the wire. */
import type { TypedResponse } from "hono";
import { hasScope } from "#model/access.ts";
import type { Caller } from "#model/caller.ts";
import type { JsonText } from "#model/json-text.ts";
import { RUN_ID_PATTERN } from "#model/run.ts";
import type { Reply, RunResult, TokenRights, Viewer } from "#model/run-rpc.ts";
import { ProblemError } from "../problems/problems.ts";
import type { AppContext } from "../types.ts";

/** The object of a run. An id of another form never creates one. */
export function runStub(c: AppContext, runId: string) {
  if (!RUN_ID_PATTERN.test(runId)) {
    throw new ProblemError({ code: "run_not_found", detail: "There is no run with this id." });
  }
  return c.env.RUNS.getByName(runId);
}

export function callerOf(c: AppContext): Caller {
  const { id, email, credential } = c.get("principal");
  return {
    id,
    ...(email === undefined ? {} : { email }),
    ...(credential === "none" ? {} : { kind: credential }),
  };
}

export function viewerOf(c: AppContext): Viewer {
  return { only: c.get("principal").workflowId, tokens: tokenRightsOf(c) };
}

/**
 * Resume tokens are shown to those who may answer: those of an approval to the person themselves,
 * and to keys, which distribute them. A JWT without an e-mail could be anyone, and gets none.
 */
export function tokenRightsOf(c: AppContext): TokenRights {
  const principal = c.get("principal");
  const form = hasScope(principal, "runs:write");
  const caller = callerOf(c);
  if (!hasScope(principal, "approvals:decide")) {
    return { form, approvals: "none", viewer: { caller, decides: false } };
  }
  const viewer = { caller, decides: true };
  if (principal.credential === "key") return { form, approvals: "all", viewer };
  const { email } = principal;
  return { form, approvals: email === undefined ? "none" : { email }, viewer };
}

export function sendRun<S extends 200 | 202>(
  c: AppContext,
  reply: Reply<RunResult>,
  status: S,
  applied: string | null,
) {
  if (!reply.ok) throw new ProblemError(reply.problem);
  if (reply.value.isReplay) c.header("Idempotent-Replayed", "true");
  if (applied !== null) c.header("Preference-Applied", applied);
  return sendText(c, reply.value.run, status);
}

/** The object's answer, unchanged. */
export function sendJson<T>(c: AppContext, reply: Reply<JsonText<T>>) {
  if (!reply.ok) throw new ProblemError(reply.problem);
  return sendText(c, reply.value, 200);
}

function sendText<T, S extends 200 | 202>(c: AppContext, text: JsonText<T>, status: S) {
  const response: Response = c.body(text, status, { "content-type": "application/json" });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- hono types only what it serialises
  return response as Response & TypedResponse<T, S, "json">;
}
