/** An application as the platform calls it: each request within its span. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Env } from "#env.ts";
import { serveTraced } from "./request-trace.ts";
import type { AppEnv } from "./types.ts";

export function createWorker(app: OpenAPIHono<AppEnv>): ExportedHandler<Env> {
  return {
    fetch(request, env, context): Promise<Response> {
      return serveTraced(request, env, context, (traced) => app.fetch(traced, env, context));
    },
  };
}
