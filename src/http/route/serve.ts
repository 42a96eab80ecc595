/** From a declaration to a request handler: the checks in their order, then the handler itself. */
import type { Context } from "hono";
import { callOnce } from "../idempotency/call-once.ts";
import { rememberWrite } from "../idempotency/write-keys.ts";
import { ProblemError } from "../problems/problems.ts";
import type { AppContext, AppEnv } from "../types.ts";
import { toResponse } from "./answers.ts";
import { bookmarkHeaders } from "../sessions.ts";
import { hasSession, type Operation } from "./define.ts";
import { checkQueryNames, readHeaders, readParameters } from "./parameters.ts";
import { RequestBody } from "./request-body.ts";

/**
 * 1. Access comes first: a caller without it learns nothing about the rest of the request.
 * 2. A write is answered from its idempotency key before its parameters are validated: an answer
 *    that was given stays, also when a later release validates more strictly.
 */
export function serve(operation: Operation) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    requireExistence(c, operation);
    const request = new RequestBody(c.req, operation.body?.texts);
    const granted = await operation.access.admit(c, request);
    if (operation.access.isStrict) checkQueryNames(c, operation.query);
    if (hasSession(operation)) readHeaders(c, bookmarkHeaders);
    const readBody = await operation.body?.open(request);
    const readInputs = () => ({
      granted,
      ...readParameters(c, operation),
      body: readBody?.(),
    });
    const answer = async (inputs: ReturnType<typeof readInputs>) =>
      toResponse(operation.answers, await operation.handle(c, inputs));
    const { idempotent } = operation;
    if (idempotent === "write") return rememberWrite(c, request, () => answer(readInputs()));
    const inputs = readInputs();
    if (typeof idempotent !== "object") return answer(inputs);
    return callOnce(c, request, idempotent.callMs(c.get("settings")), () => answer(inputs));
  };
}

function requireExistence(c: AppContext, { existsIf }: Operation): void {
  if (existsIf === undefined || existsIf(c.get("settings"))) return;
  throw new ProblemError({ code: "not_found", detail: "There is nothing at this address." });
}
