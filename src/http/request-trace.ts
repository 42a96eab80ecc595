/** Which requests have a span, and its attributes. The spans of runs do not depend on this. */
import { createServiceLogger } from "#ports/service-logger.ts";
import { trace } from "@opentelemetry/api";
import { matchedRoutes } from "hono/route";
import type { Env } from "#env.ts";
import { redactFields } from "#security/redact.ts";
import { readSettings } from "#settings.ts";
import { ATTRIBUTES as A } from "#telemetry/names.ts";
import { parseTraceparent } from "#telemetry/trace-context.ts";
import { traceTarget } from "#telemetry/trace-target.ts";
import { requestIds } from "./request-ids.ts";
import type { AppContext } from "./types.ts";

type Serve = (request: Request) => Response | Promise<Response>;

/** Serves a request, inside a span when there is an endpoint and the request is sampled. */
export async function serveTraced(
  request: Request<unknown, IncomingRequestCfProperties>,
  env: Env,
  context: ExecutionContext,
  serve: Serve,
): Promise<Response> {
  const result = readSettings(env);
  const target = result.ok ? traceTarget(result.settings) : null;
  if (!result.ok || !target) return serve(request);
  const isUnwanted = parseTraceparent(request.headers.get("traceparent") ?? undefined)?.isSampled;
  if (isUnwanted === false || Math.random() >= result.settings.TRACE_REQUEST_RATIO) {
    return serve(request);
  }
  const { traceRequest } = await import("#telemetry/request-spans.ts");
  return traceRequest(request, context, serve, {
    target,
    redact: redactFields,
    lost: (reason) =>
      createServiceLogger(env).log("WARN", "request span lost", {
        reason,
        ...(target.hint === undefined ? {} : { hint: target.hint }),
      }),
  });
}

const RUN_IN_PATH = /^\/v1\/executions\/(run_[a-z2-7]{26})(?:\/|$)/;

/** Sets the route and the ids on the span of this request, if it has one: the path could contain a token. */
export function describeRequest(c: AppContext): void {
  const span = trace.getActiveSpan();
  if (!span) return;
  const runId = RUN_IN_PATH.exec(c.req.path)?.[1];
  span.setAttributes({
    [A.httpRoute]: routeOf(c),
    ...requestIds(c),
    ...(runId === undefined ? {} : { [A.runId]: runId }),
  });
}

/** The route that answered. Middleware matches too, before it and after it. */
export function routeOf(c: AppContext): string {
  const matched = matchedRoutes(c);
  return (matched.findLast(({ method }) => method !== "ALL") ?? matched.at(-1))?.path ?? "/*";
}
