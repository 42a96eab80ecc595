/** The results of a request. Failures are values: a page shows them, it never catches them. */
import type { Problem } from "#model/problem.ts";

export type Failure =
  | { kind: "problem"; problem: Problem }
  /** No response, or an incomplete one. Whether a write took effect is unknown. */
  | { kind: "unreachable" }
  /** Something between us and the service responded: a proxy, a captive portal. */
  | { kind: "foreign"; status: number };

export type Answer<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** One sentence for people. */
export function failureText(failure: Failure): string {
  switch (failure.kind) {
    case "problem":
      return failure.problem.detail;
    case "unreachable":
      return "The service did not respond. Are you online?";
    case "foreign":
      return `The response did not come from the service (status ${failure.status}).`;
  }
}

/** The status of the service's own response; 0 without one. */
export function statusOf(failure: Failure): number {
  return failure.kind === "problem" ? failure.problem.status : 0;
}
