/** The HTTP application: middleware in order, then every operation. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { methodNotAllowed } from "hono/method-not-allowed";
import { Work } from "#model/work.ts";
import { createServiceLogger } from "#ports/service-logger.ts";
import { readSettings } from "#settings.ts";
import { ANONYMOUS, authenticate, countPages, requireSettings } from "./authenticate.ts";
import { answerConditionally } from "./conditional.ts";
import { OPERATIONS } from "./operations.ts";
import { createMethodNotAllowed, nothingHere } from "./method-not-allowed.ts";
import { mountPages } from "./pages.ts";
import { handleError } from "./problems/problems.ts";
import { logAccess } from "./door/access-log.ts";
import { answerOrigins } from "./door/cors.ts";
import { showRateLimit } from "./door/rate-limits.ts";
import { shownRequestId } from "./request-ids.ts";
import { describeRequest } from "./request-trace.ts";
import { asPage } from "./resume-page/page.ts";
import { pathOf } from "./resume-page/path.ts";
import { limitBody } from "./route/body.ts";
import type { Operation } from "./route/define.ts";
import { mount } from "./route/mount.ts";
import { showBookmark } from "./sessions.ts";
import type { AppContext, AppEnv } from "./types.ts";
import { dropUnreadBody } from "./unread-body.ts";

const REQUEST_ID_PATTERN = /^[A-Za-z0-9._-]{1,128}$/;

/** A year; not for other hosts below this one, which may be of others. */
const HTTPS_ONLY = "max-age=31536000";

const identifyRequest = createMiddleware<AppEnv>(async (c, next) => {
  const startedAt = Date.now();
  const given = c.req.header("x-request-id");
  c.set("requestId", crypto.randomUUID());
  if (given !== undefined && REQUEST_ID_PATTERN.test(given)) c.set("clientRequestId", given);
  c.set("principal", ANONYMOUS);
  c.set("logger", createServiceLogger(c.env));
  c.set("work", Work.ofRequest());
  await next();
  c.res.headers.set("x-request-id", shownRequestId(c));
  c.res.headers.set("x-content-type-options", "nosniff");
  if (isByHttps(c)) c.res.headers.set("strict-transport-security", HTTPS_ONLY);
  showRateLimit(c);
  showBookmark(c);
  // Runs contain resume tokens, and a key is shown once: no response of the API may be cached.
  const isKept = c.res.headers.has("cache-control") || !c.req.path.startsWith("/v1/");
  if (!isKept) c.res.headers.set("cache-control", "no-store");
  describeRequest(c);
  logAccess(c, startedAt);
});

/** Browsers heed the header by https only; in production a proxy may speak http to the Worker. */
function isByHttps(c: AppContext): boolean {
  if (c.req.url.startsWith("https:")) return true;
  const result = readSettings(c.env);
  return result.ok && result.settings.ENVIRONMENT === "production";
}

export type App = OpenAPIHono<AppEnv>;

/** `others`: operations that only some deployments have. */
export function createApp(others: (app: App) => readonly Operation[] = () => []): App {
  const app = new OpenAPIHono<AppEnv>({ getPath: pathOf });
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "An API key, `wo_…`, or a JWT.",
  });
  app.use(dropUnreadBody);
  app.use(identifyRequest);
  app.use(countPages);
  const operations = [...OPERATIONS, ...others(app)];
  const onMethodNotAllowed = createMethodNotAllowed(operations);
  app.use(methodNotAllowed({ app, onMethodNotAllowed }));
  app.use("/v1/*", answerOrigins);
  app.use(answerConditionally);
  app.use("/resume/*", asPage);
  for (const operation of operations) mount(app, operation);
  // Only requests that no operation takes come here: callers without a key learn nothing about
  // which addresses there are.
  app.use("/v1/*", requireSettings, authenticate, limitBody);
  mountPages(app);
  app.onError(handleError);
  app.notFound(nothingHere);
  return app;
}
