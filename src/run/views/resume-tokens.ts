/**
 * The resume tokens of a run: which exist, who sees them, and whether one may still answer. Owns
 * the policy; `security/resume-token.ts` owns format and signature.
 *
 * 1. No token is stored. One is used up when the run has left its wait, or when its approver has
 *    decided: the transaction that advances the run is the use, so there cannot be a second one.
 * 2. Tokens are added to a view of the run for one reader. The view itself has none, so nothing
 *    else that is made from it (D1, lists, events, the stream, log lines) can contain one.
 */
import type { ResumeClaims } from "#model/resume-claims.ts";
import { hasDecided, refuseDecider } from "#engine/approve.ts";
import { isTerminal, type StepState, type WaitState } from "#engine/state.ts";
import { isSameAddress, lowerAscii } from "#model/address.ts";
import { type Caller, TOKEN_HOLDER } from "#model/caller.ts";
import { type JsonText, toJsonText } from "#model/json-text.ts";
import { LIMITS } from "#model/limits.ts";
import type { ProblemSeed } from "#model/problem.ts";
import type { Run } from "#model/run.ts";
import type { Step } from "#model/workflow.ts";
import { Work } from "#model/work.ts";
import { signResumeToken } from "#security/resume-token.ts";
import type { ServerSecrets } from "#security/server-secrets.ts";
import type { LoadedRun } from "../loaded-run.ts";
import { alreadyDecided } from "../refusals.ts";
import type { TokenRights } from "#model/run-rpc.ts";
import { viewRun } from "./run-view.ts";
import { shownWithin } from "./shown-run.ts";
import { refusalOf, withRights } from "./wait-rights.ts";

/**
 * The run as JSON text, with the tokens that the caller may see. View and claims are read in one
 * turn. Signing takes a moment longer, and the response does not include what happens meanwhile: a
 * token whose wait has ended by then is refused like any other.
 */
export async function showRun(
  run: LoadedRun,
  rights: TokenRights | undefined,
  secretsOf: () => ServerSecrets,
): Promise<JsonText<Run>> {
  const shown = viewRun(shownWithin(run, Work.ofRequest()));
  if (!rights) return toJsonText(shown);
  const view = withRights(run, shown, rights);
  const open = openTokens(run, Date.now()).filter((one) => isShown(run, one, rights));
  if (open.length === 0) return toJsonText(view);
  const secrets = secretsOf();
  const tokens = await Promise.all(
    open.map(async ({ approver, claims }) => {
      return { approver: approver ?? "", token: await signResumeToken(secrets, claims) };
    }),
  );
  return toJsonText(withTokens(view, tokens));
}

function isShown(run: LoadedRun, { approver }: OpenToken, rights: TokenRights): boolean {
  const { form, approvals, viewer } = rights;
  if (approver === null) return form;
  if (approvals === "all") return true;
  if (approvals === "none" || !isSameAddress(approvals.email, approver)) return false;
  // The link of a second address would let one person decide twice, because a link has no
  // principal.
  return !viewer || refusalOf(run, viewer.caller) === null;
}

function withTokens(view: Run, tokens: { approver: string; token: string }[]): Run {
  const { wait } = view;
  if (wait?.type === "approval") return { ...view, wait: { ...wait, resume_tokens: tokens } };
  const [only] = tokens;
  return wait && only ? { ...view, wait: { ...wait, resume_token: only.token } } : view;
}

interface OpenToken {
  /** null: of a form. */
  approver: string | null;
  claims: ResumeClaims;
}

/** The tokens that can answer the current wait: one for each person who may. */
function openTokens(run: LoadedRun, nowMs: number): OpenToken[] {
  const { wait, run_id: runId } = run.state;
  const step = wait && run.workflow.steps.get(wait.step_id);
  if (!wait || !step) return [];
  const common = {
    runId,
    stepIndex: run.workflow.definition.steps.indexOf(step),
    waitNumber: wait.number,
    expiresAt: expiryOf(wait, nowMs),
  };
  if (step.type !== "approval") {
    return [{ approver: null, claims: { ...common, approverIndex: null } }];
  }
  return step.config.approvers.flatMap((approver, approverIndex) => {
    const holder = holderOf(step, approverIndex);
    return holder && refuseDecider(run.state, wait, step, holder) === null
      ? [{ approver, claims: { ...common, approverIndex } }]
      : [];
  });
}

/**
 * When a token that is shown now expires, epoch ms: with its wait. Tokens of a wait without expiry
 * are valid for 30 to 60 days: a new one every 30 days from its start.
 */
export function expiryOf(wait: Pick<WaitState, "since" | "expires_at">, nowMs: number): number {
  if (wait.expires_at !== undefined) return Date.parse(wait.expires_at);
  const since = Date.parse(wait.since);
  const periodMs = LIMITS.resumeTokenS * 1000;
  const periods = Math.max(0, Math.floor((nowMs - since) / periodMs));
  return since + (periods + 2) * periodMs;
}

export type TokenCheck = { ok: true; caller: Caller } | { ok: false; problem: ProblemSeed };

/** Whether a token may still answer, and as whom. We signed `claims`; `at` is ISO 8601. */
export function checkToken(run: LoadedRun, claims: ResumeClaims, at: string): TokenCheck {
  const { wait, run_id: runId, steps } = run.state;
  const step = run.workflow.definition.steps[claims.stepIndex];
  const known = step && steps[step.id];
  if (!known || claims.runId !== runId) return refuse(FOREIGN_TOKEN);
  if (wait?.number !== claims.waitNumber || wait.step_id !== step.id) {
    return refuse(whyEnded(run, known));
  }
  const caller = holderOf(step, claims.approverIndex);
  if (!caller) return refuse(FOREIGN_TOKEN);
  if (hasDecided(wait, caller)) {
    return refuse({ code: "resume_token_used", detail: alreadyDecided(caller.email ?? "") });
  }
  if (wait.expires_at !== undefined && wait.expires_at <= at) {
    return refuse(expired(`The wait expired at ${wait.expires_at}.`));
  }
  if (claims.expiresAt <= Date.parse(at)) {
    const until = new Date(claims.expiresAt).toISOString();
    return refuse(
      expired(`It was valid until ${until}. The run is still waiting, and has a new one.`),
    );
  }
  return { ok: true, caller };
}

/** One message for every token that is not ours or not of this run, so that it reveals nothing. */
export const FOREIGN_TOKEN: ProblemSeed = {
  code: "unauthorized",
  detail: "The resume token is not valid here.",
};

function holderOf(step: Step, approverIndex: number | null): Caller | null {
  if (approverIndex === null) return step.type === "form" ? TOKEN_HOLDER : null;
  const email = step.type === "approval" ? step.config.approvers[approverIndex] : undefined;
  return email === undefined ? null : { ...TOKEN_HOLDER, email: lowerAscii(email) };
}

/** How the wait of a step ended. */
function whyEnded(run: LoadedRun, step: StepState): ProblemSeed {
  if (step.error?.code === "wait_expired") return expired(step.error.message);
  if (step.status === "canceled") {
    return { code: "run_not_waiting", detail: "The run was canceled." };
  }
  if (step.status === "completed" || step.error?.code === "approval_rejected") {
    const detail =
      step.type === "form" ? "The form has been answered." : "The approval has been decided.";
    return { code: "resume_token_used", detail };
  }
  const detail = isTerminal(run.state.status)
    ? `The run has ${run.state.status}.`
    : "The run is no longer waiting for this.";
  return { code: "run_not_waiting", detail };
}

function expired(detail: string): ProblemSeed {
  return { code: "resume_token_expired", detail };
}

function refuse(problem: ProblemSeed): TokenCheck {
  return { ok: false, problem };
}
