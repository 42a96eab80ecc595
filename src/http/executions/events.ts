/** `GET /v1/executions/{run_id}/events`: the run's log as it grows, as server-sent events. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { LIMITS } from "#model/limits.ts";
import { RUN_ID_PATTERN } from "#model/run.ts";
import { toStreamRequest } from "#run/live/request.ts";
import { runParams } from "./schemas.ts";
import { ProblemError } from "../problems/problems.ts";
import { problemResponses, requestIdHeader, securedRoute } from "../route.ts";
import type { AppEnv } from "../types.ts";

const seqSchema = z.string().regex(/^\d{1,15}$/, { message: "must be the id of an event" });

const eventsHeaders = z.object({
  "last-event-id": seqSchema.optional().meta({
    description:
      "The `id` of the last event that the client has; later ones follow. Browsers send it when they connect again.",
    example: "12",
  }),
});

const eventsQuery = z.object({
  after: seqSchema.optional().meta({
    description:
      "The `id` of the last event that the client has, for clients that cannot set headers. `Last-Event-ID` takes precedence.",
    example: "12",
  }),
});

const streamSchema = z.string().meta({
  example:
    'retry: 2000\n\nid: 1\nevent: run.created\ndata: {"seq":1,"type":"run.created","at":"2026-11-22T09:30:00.000Z","run_id":"run_n5zq3tq4wq2i5l7k3c2h6xw4ya","data":{}}\n\n: keep-alive\n\n',
});

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // Proxies that buffer a response would delay events.
  "x-accel-buffering": "no",
};

export function mountExecutionEvents(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute("runs:read", {
      method: "get",
      path: "/v1/executions/{run_id}/events",
      operationId: "streamEvents",
      summary: "Follow a run",
      description:
        "Server-sent events: everything in the log after `Last-Event-ID`, then each event once it is durable. `id` is the event's `seq`, `event` its type, `data` the event as the history shows it. A comment is sent every 15 seconds. The stream ends after the event that ends the run; it may end earlier, after some minutes or when the client does not keep up. Clients then connect again with the last `id` they have, and nothing is lost or repeated.\n\nThe response is 204 when the run has ended and the client has its last event: there will be no more events, and browsers stop connecting.",
      tags: ["Executions"],
      request: { params: runParams, headers: eventsHeaders, query: eventsQuery },
      responses: {
        200: {
          description: "The events.",
          headers: requestIdHeader,
          content: { "text/event-stream": { schema: streamSchema } },
        },
        204: {
          description: "The run has ended, and the client has all its events.",
          headers: requestIdHeader,
        },
        ...problemResponses("invalid_parameter", "run_not_found"),
      },
    }),
    async (c) => {
      const { run_id: runId } = c.req.valid("param");
      if (!RUN_ID_PATTERN.test(runId)) throw runNotFound();
      const after = c.req.valid("header")["last-event-id"] ?? c.req.valid("query").after ?? "0";
      const only = c.get("principal").workflowId;
      const request = toStreamRequest({ only, afterSeq: Number(after) });
      const answer = await c.env.RUNS.getByName(runId).fetch(request);
      if (answer.status === 404) throw runNotFound();
      if (answer.status === 503) throw overloaded();
      if (answer.status === 204) return c.body(null, 204);
      if (answer.body && c.req.method !== "HEAD") return c.body(answer.body, 200, STREAM_HEADERS);
      await answer.body?.cancel();
      return c.body(null, 200, STREAM_HEADERS);
    },
  );
}

function runNotFound(): ProblemError {
  return new ProblemError({ code: "run_not_found", detail: "There is no run with this id." });
}

function overloaded(): ProblemError {
  const detail = `The run already has ${LIMITS.streamReaders} readers; try again.`;
  return new ProblemError({ code: "overloaded", detail });
}
