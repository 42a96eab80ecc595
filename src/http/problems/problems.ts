/** Problems on the wire. Internal details are logged, never sent. */
import { HTTPException } from "hono/http-exception";
import { isStorageFailure } from "#db/database.ts";
import { isKeyTaken } from "#db/write-keys.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import { LIMITS } from "#model/limits.ts";
import { type ProblemCode, type ProblemSeed, PROBLEMS, problemType } from "#model/problem.ts";
import { TooCostly } from "#model/work.ts";
import { redactCredentials, redactText } from "#security/redact.ts";
import { boundErrors, cutText } from "./problem-errors.ts";
import { requestIds, shownRequestId } from "../request-ids.ts";
import type { AppContext } from "../types.ts";

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** Ends a request with a problem from any depth; only http/ throws it. */
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
  const { email } = c.get("principal");
  const body = {
    type: problemType(seed.code),
    title,
    status,
    // Errors quote what the caller sent, and the detail is built from them.
    detail: cutText(
      seed.errors ? redactCredentials(seed.detail) : redactText(seed.detail, email),
      LIMITS.problemDetailLength,
    ),
    instance: shownPath(new URL(c.req.url).pathname),
    code: seed.code,
    request_id: shownRequestId(c),
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

/** The path without the token of a resume link. */
function shownPath(path: string): string {
  return path.replace(/^\/resume\/.+/s, "/resume/{token}");
}

/** Masked before it is cut: half of a credential would not be recognised. */
function shownErrors(errors: readonly Diagnostic[]): Diagnostic[] {
  return boundErrors(errors.slice(0, LIMITS.diagnostics).map(redactDiagnostic), errors.length);
}

/**
 * The author of a file has to recognise its words: a mask in the place of an address would not show
 * which line to fix. Credentials are removed all the same, since problems end up in logs.
 */
function redactDiagnostic(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, message: redactCredentials(diagnostic.message) };
}

/** The response for anything thrown: our own problems unchanged, the rest as a defect. */
export function handleError(error: Error, c: AppContext): Response {
  if (error instanceof ProblemError) return problemResponse(c, error.problem, error.headers);
  if (error instanceof TooCostly) {
    return problemResponse(c, { code: "too_costly", detail: error.message });
  }
  if (error instanceof HTTPException && error.status === 400) {
    return problemResponse(c, { code: "malformed_body", detail: "The body cannot be read." });
  }
  if (isKeyTaken(error)) {
    // This write was rolled back: the one with the same key came first, and has the answer.
    const detail =
      "Another request with this idempotency key came first. Send it again to get its answer.";
    return problemResponse(c, { code: "request_in_progress", detail }, { "retry-after": "1" });
  }
  if ("overloaded" in error && error.overloaded === true) {
    return problemResponse(c, {
      code: "overloaded",
      detail: "The service is overloaded; try again.",
    });
  }
  const isStorage = isStorageFailure(error) || ("retryable" in error && error.retryable === true);
  const fields = {
    ...requestIds(c),
    method: c.req.method,
    path: shownPath(c.req.path),
  };
  c.get("logger").defect("request failed", error, fields);
  if (isStorage) {
    const detail = "The storage did not respond; nothing was acknowledged. Try again.";
    return problemResponse(c, { code: "storage_unavailable", detail });
  }
  return problemResponse(c, {
    code: "internal_error",
    detail: "The service failed. Its logs have the reason under the request id.",
  });
}
