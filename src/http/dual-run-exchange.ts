/** Calls this service as the new side of a dual run, inside the process. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { init, toAnswer } from "./dual-run-baseline.ts";
import type { Exchange } from "./dual-run-side.ts";
import type { AppContext, AppEnv } from "./types.ts";

/** Calls this service as the caller of the dual run, through its own routes. */
export function ownExchange(c: AppContext, app: OpenAPIHono<AppEnv>): Exchange {
  const authorization = c.req.header("authorization") ?? "";
  return async (request) => {
    const response = await app.request(
      request.path,
      init(request, authorization),
      c.env,
      c.executionCtx,
    );
    return toAnswer(response);
  };
}
