/** The HTTP application: middleware in order, then one mount for each resource. */
import { createServiceLogger } from "#ports/service-logger.ts";
import { OpenAPIHono } from "@hono/zod-openapi";
import { authenticate, requireSettings } from "./access.ts";
import { mountAudit } from "./admin/audit.ts";
import { limitBody } from "./body.ts";
import { answerConditionally } from "./conditional.ts";
import { mountExecutionEvents } from "./executions/events.ts";
import { mountExecutionList } from "./executions/list.ts";
import { mountExecutions } from "./executions/routes.ts";
import { mountInfer } from "./infer.ts";
import { mountKeys } from "./admin/keys.ts";
import { mountMetrics } from "./admin/metrics.ts";
import { mountPages } from "./pages.ts";
import { handleError, problemResponse } from "./problems/problems.ts";
import { describeRequest } from "./request-trace.ts";
import { rejectInvalid } from "./problems/reject-invalid.ts";
import { mountSecrets } from "./admin/secrets.ts";
import { mountTemplates } from "./templates.ts";
import { mountResumePage } from "./resume-page/routes.ts";
import { pathOf } from "./resume-page/path.ts";
import type { AppContext, AppEnv } from "./types.ts";
import { mountWorkflowReads, mountWorkflowValidation } from "./workflows/reads.ts";
import { mountWorkflowWrites } from "./workflows/writes.ts";

const REQUEST_ID_PATTERN = /^[A-Za-z0-9._-]{1,128}$/;

/** Adds the routes of one resource. */
export type Mount = (app: OpenAPIHono<AppEnv>) => void;

/** `mounts`: resources that only some deployments have. */
export function createApp(mounts: readonly Mount[] = []): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: rejectInvalid, getPath: pathOf });
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "An API key, `wo_…`, or a JWT.",
  });
  app.use(async (c, next) => {
    const given = c.req.header("x-request-id");
    const isUsable = given !== undefined && REQUEST_ID_PATTERN.test(given);
    c.set("requestId", isUsable ? given : crypto.randomUUID());
    c.set("logger", createServiceLogger(c.env));
    await next();
    c.res.headers.set("x-request-id", c.get("requestId"));
    // Runs contain resume tokens, and a key is shown once: no response of the API may be cached.
    const isKept = c.res.headers.has("cache-control") || !c.req.path.startsWith("/v1/");
    if (!isKept) c.res.headers.set("cache-control", "no-store");
    describeRequest(c);
  });
  app.use(answerConditionally);
  app.use("/v1/*", requireSettings, authenticate, limitBody);
  mountWorkflowWrites(app);
  mountWorkflowReads(app);
  mountWorkflowValidation(app);
  mountTemplates(app);
  mountSecrets(app);
  mountKeys(app);
  mountAudit(app);
  mountInfer(app);
  mountExecutionList(app);
  mountExecutions(app);
  mountExecutionEvents(app);
  mountResumePage(app);
  mountMetrics(app);
  for (const mount of mounts) mount(app);
  mountPages(app);
  app.onError(handleError);
  app.notFound((c) => notFound(app, c));
  return app;
}

/** 405 where the path exists with another method, else 404. */
function notFound(app: OpenAPIHono<AppEnv>, c: AppContext): Response {
  const methods = new Set<string>();
  for (const { method, path } of app.routes) {
    if (method !== "ALL" && pathPattern(path).test(c.req.path)) methods.add(method);
  }
  if (methods.size === 0) {
    return problemResponse(c, { code: "not_found", detail: "There is nothing at this address." });
  }
  if (methods.has("GET")) methods.add("HEAD");
  const allow = [...methods].toSorted().join(", ");
  const detail = `${c.req.method} does not exist here; ${allow} ${methods.size === 1 ? "does" : "do"}.`;
  return problemResponse(c, { code: "method_not_allowed", detail }, { allow });
}

function pathPattern(path: string): RegExp {
  const pattern = path
    .split("/")
    .map((segment) => {
      if (segment.startsWith(":")) return "[^/]+";
      return segment === "*" ? ".*" : segment.replaceAll(/[.]/g, "\\.");
    })
    .join("/");
  return new RegExp(`^${pattern}$`);
}
