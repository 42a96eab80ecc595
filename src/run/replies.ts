/** What a run object answers, beside its run: the expected failures, and answers that come again. */
import type { ProblemSeed } from "../model/problem.ts";
import type { LoadedRun } from "./loaded-run.ts";
import type { Reply } from "./requests.ts";
import { viewRun } from "./view.ts";

export function refuse(problem: ProblemSeed): Reply {
  return { ok: false, problem };
}

/** The present state for the same body; another body is refused. */
export function replayed(run: LoadedRun, isSameBody: boolean): Reply {
  if (isSameBody) return { ok: true, body: JSON.stringify(viewRun(run)), replayed: true };
  const detail = "The idempotency key was used with another body.";
  return refuse({ code: "idempotency_key_reused", detail });
}

export function runNotFound(): Reply {
  return refuse({ code: "run_not_found", detail: "There is no run of this id." });
}
