/** `GET /metrics`: counters of all runs for Prometheus. */
import { z } from "zod";
import { openDatabase } from "#db/database.ts";
import { readCounters } from "#db/metrics.ts";
import { METRICS_CONTENT_TYPE, renderMetrics } from "#telemetry/metrics.ts";
import { ofService } from "../access.ts";
import { defineRoute, type Operation } from "../route/define.ts";

const metricsSchema = z.string().meta({
  example:
    '# HELP workflow_runs_total Runs that have ended, by final status.\n# TYPE workflow_runs_total counter\nworkflow_runs_total{status="completed"} 12\n',
});

const read = defineRoute({
  method: "get",
  path: "/metrics",
  operationId: "readMetrics",
  summary: "Read the metrics",
  description:
    "Counters of runs, steps, retries, tokens and cost, in Prometheus' text format. They lag a moment behind the runs. One row of the database is read, however many runs there are.",
  tag: "Service",
  access: ofService("metrics:read"),
  answers: {
    200: { schema: metricsSchema, description: "The metrics.", media: "text/plain" },
  },
  async handle(c) {
    const counters = await readCounters(openDatabase(c.env.DB));
    const headers = { "content-type": METRICS_CONTENT_TYPE, "cache-control": "no-store" };
    return { status: 200, content: renderMetrics(counters), headers };
  },
});

export const metricsOperations: readonly Operation[] = [read];
