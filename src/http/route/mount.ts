/** Adds an operation to the application: its handler, and its entry in the API description. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../types.ts";
import { limitBody, limitBodyTo } from "./body.ts";
import type { Operation } from "./define.ts";
import { describe } from "./describe.ts";
import { serve } from "./serve.ts";

/**
 * Not by `app.openapi`: its validators would read and parse the body a second time, after the checks
 * that have to see it before access is granted.
 */
export function mount(app: OpenAPIHono<AppEnv>, operation: Operation): void {
  const route = createRoute(describe(operation));
  app.openAPIRegistry.registerPath(route);
  const { before } = operation.access;
  const { bodyBytes } = operation;
  app.on(
    [operation.method.toUpperCase()],
    [route.getRoutingPath()],
    ...before,
    bodyBytes === undefined ? limitBody : limitBodyTo(bodyBytes),
    serve(operation),
  );
}
