/** What the routes of a run share: finding its object, the caller, and its answers on the wire. */
import { hasScope } from "#model/access.ts";
import type { Caller } from "#model/caller.ts";
import type { JsonText } from "#model/json-text.ts";
import { RUN_ID_PATTERN } from "#model/run.ts";
import type { Reply, RunResult, TokenRights, Viewer } from "#model/run-rpc.ts";
import { ProblemError } from "../problems/problems.ts";
import type { AppContext } from "../types.ts";
import type { WaitPreference } from "./preferences.ts";

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
  return { workflowScope: c.get("principal").workflowScope, tokens: tokenRightsOf(c) };
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

/** The run's answer to a request that may have changed it. */
export function runAnswer<S extends 200 | 202>(
  status: S,
  reply: Reply<RunResult>,
  wait?: WaitPreference,
) {
  if (!reply.ok) throw new ProblemError(reply.problem);
  const { run, isReplay } = reply.value;
  const applied = wait?.applied ?? null;
  const headers = {
    ...(isReplay ? { "idempotent-replayed": "true" } : {}),
    ...(applied === null ? {} : { "preference-applied": applied }),
  };
  return { status, text: run, headers };
}

/** A view of the run, as its object serialised it. */
export function jsonAnswer<T>(reply: Reply<JsonText<T>>) {
  if (!reply.ok) throw new ProblemError(reply.problem);
  return { status: 200, text: reply.value } as const;
}
