/** `GET /metrics`: counters of all runs for Prometheus. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { openDatabase } from "#db/database.ts";
import { readCounters } from "#db/metrics.ts";
import { METRICS_CONTENT_TYPE, renderMetrics } from "#telemetry/metrics.ts";
import { authenticate, requireSettings, requireUnlimited } from "../access.ts";
import { requestIdHeader, securedRoute } from "../route.ts";
import type { AppEnv } from "../types.ts";

const metricsSchema = z.string().meta({
  example:
    '# HELP workflow_runs_total Runs that have ended, by final status.\n# TYPE workflow_runs_total counter\nworkflow_runs_total{status="completed"} 12\n',
});

export function mountMetrics(app: OpenAPIHono<AppEnv>): void {
  app.use("/metrics", requireSettings, authenticate);
  app.openapi(
    securedRoute(
      "admin",
      {
        method: "get",
        path: "/metrics",
        operationId: "readMetrics",
        summary: "Read the metrics",
        description:
          "Counters of runs, steps, retries, tokens and cost, in Prometheus' text format. They lag a moment behind the runs. One row of the database is read, however many runs there are.",
        tags: ["Service"],
        responses: {
          200: {
            description: "The metrics.",
            headers: requestIdHeader,
            content: { "text/plain": { schema: metricsSchema } },
          },
        },
      },
      undefined,
      requireUnlimited,
    ),
    async (c) => {
      const counters = await readCounters(openDatabase(c.env.DB));
      const headers = { "content-type": METRICS_CONTENT_TYPE, "cache-control": "no-store" };
      return c.text(renderMetrics(counters), 200, headers);
    },
  );
}
