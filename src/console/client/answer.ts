/** What can become of a request. Failures are values: a page shows them, it never catches them. */
import type { Problem } from "#model/problem.ts";

export type Failure =
  | { kind: "problem"; problem: Problem }
  /** No answer, or it broke off. Whether a write was carried out is not known. */
  | { kind: "unreachable" }
  /** Something between us and the service answered: a proxy, a page of a network. */
  | { kind: "foreign"; status: number };

export type Answer<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** One sentence for people. */
export function failureText(failure: Failure): string {
  switch (failure.kind) {
    case "problem":
      return failure.problem.detail;
    case "unreachable":
      return "The service did not answer. Are you online?";
    case "foreign":
      return `Something else than the service answered (status ${failure.status}).`;
  }
}

/** The status of the service's own answer; 0 when it gave none. */
export function statusOf(failure: Failure): number {
  return failure.kind === "problem" ? failure.problem.status : 0;
}
