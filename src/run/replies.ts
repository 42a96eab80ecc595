/** The expected failures that a run object returns in place of its run. */
import type { ProblemSeed } from "../model/problem.ts";
import type { Reply } from "./requests.ts";

export function refuse(problem: ProblemSeed): Reply {
  return { ok: false, problem };
}

/** A key that was used with another body. */
export function keyReused(): Reply {
  const detail = "The idempotency key was used with another body.";
  return refuse({ code: "idempotency_key_reused", detail });
}

export function runNotFound(): Reply {
  return refuse({ code: "run_not_found", detail: "There is no run with this id." });
}
