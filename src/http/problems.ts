/** Problems on the wire. Internal detail is logged, never sent. */
import { HTTPException } from "hono/http-exception";
import { isStorageFailure } from "../db/database.ts";
import { isKeyTaken } from "../db/write-keys.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Principal } from "../model/access.ts";
import { LIMITS } from "../model/limits.ts";
import { type ProblemSeed, PROBLEMS, problemType } from "../model/problem.ts";
import { redactCredentials, redactText } from "../security/redact.ts";
import { boundErrors, cutText } from "./problem-errors.ts";
import type { AppContext } from "./types.ts";

/** Ends a request with a problem from wherever it is noticed; only http/ throws it. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: ProblemSeed;
  readonly headers: Record<string, string>;

  constructor(problem: ProblemSeed, headers: Record<string, string> = {}) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }
}

export function problemResponse(
  c: AppContext,
  seed: ProblemSeed,
  headers: Record<string, string> = {},
): Response {
  const { status, title } = PROBLEMS[seed.code];
  // Not there yet when the credentials themselves are refused.
  const own = (c.get("principal") as Principal | undefined)?.email;
  const body = {
    type: problemType(seed.code),
    title,
    status,
    // Findings are about what the caller sent, and the detail is made of them.
    detail: cutText(
      seed.errors ? redactCredentials(seed.detail) : redactText(seed.detail, own),
      LIMITS.problemDetailLength,
    ),
    instance: shownPath(new URL(c.req.url).pathname),
    code: seed.code,
    request_id: c.get("requestId"),
    ...(seed.errors ? { errors: shownErrors(seed.errors) } : {}),
    ...(seed.usage ? { usage: seed.usage } : {}),
  };
  return c.body(JSON.stringify(body), status, {
    "content-type": "application/problem+json",
    ...(status === 503 ? { "retry-after": "5" } : {}),
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...headers,
  });
}

/** A path without the token that a resume link consists of. */
function shownPath(path: string): string {
  return path.replace(/^\/resume\/.+/s, "/resume/{token}");
}

/** Masked before anything is cut: half of a credential is not found any more. */
function shownErrors(errors: readonly Diagnostic[]): Diagnostic[] {
  return boundErrors(errors.slice(0, LIMITS.diagnostics).map(redactDiagnostic), errors.length);
}

/**
 * Who wrote a file reads the words of it: an address in the place of another mark would not say
 * which line to mend. Credentials are taken out all the same, since problems end up in logs.
 */
function redactDiagnostic(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, message: redactCredentials(diagnostic.message) };
}

/** Everything that was thrown: our own problems as they are, the rest as a defect. */
export function handleError(error: Error, c: AppContext): Response {
  if (error instanceof ProblemError) return problemResponse(c, error.problem, error.headers);
  if (error instanceof HTTPException && error.status === 400) {
    return problemResponse(c, { code: "malformed_body", detail: "The body cannot be read." });
  }
  if (isKeyTaken(error)) {
    // Nothing of this write was kept: the one with the same key was first, and has the answer.
    const detail =
      "Another request with this idempotency key was first. Send it again for its answer.";
    return problemResponse(c, { code: "request_in_progress", detail }, { "retry-after": "1" });
  }
  if ("overloaded" in error && error.overloaded === true) {
    return problemResponse(c, { code: "overloaded", detail: "Too much at once; try again." });
  }
  const isStorage = isStorageFailure(error) || ("retryable" in error && error.retryable === true);
  const fields = {
    request_id: c.get("requestId"),
    method: c.req.method,
    path: shownPath(c.req.path),
  };
  c.get("logger").defect("request failed", error, fields);
  if (isStorage) {
    const detail = "The storage did not answer; nothing was acknowledged. Try again.";
    return problemResponse(c, { code: "storage_unavailable", detail });
  }
  return problemResponse(c, {
    code: "internal_error",
    detail: "The service failed. The request id finds the reason in its logs.",
  });
}
