/** `GET /v1/executions/{run_id}/events`: the run's log as it grows, as server-sent events. */
import { z } from "zod";
import { LIMITS } from "#model/limits.ts";
import { toStreamRequest } from "#run/live/request.ts";
import { withScope } from "../access.ts";
import { ProblemError } from "../problems/problems.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { runStub } from "./calls.ts";
import { runParams } from "./schemas.ts";

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
  "cache-control": "no-store",
  // Proxies that buffer a response would delay events.
  "x-accel-buffering": "no",
};

const stream = defineRoute({
  method: "get",
  path: "/v1/executions/{run_id}/events",
  operationId: "streamEvents",
  summary: "Follow a run",
  description:
    "Server-sent events: everything in the log after `Last-Event-ID`, then each event once it is durable. `id` is the event's `seq`, `event` its type, `data` the event as the history shows it. A comment is sent every 15 seconds. The stream ends after the event that ends the run; it may end earlier, after some minutes or when the client does not keep up. Clients then connect again with the last `id` they have, and nothing is lost or repeated.\n\nThe response is 204 when the run has ended and the client has its last event: there will be no more events, and browsers stop connecting.",
  tag: "Executions",
  access: withScope("runs:read"),
  params: runParams,
  query: eventsQuery,
  headers: eventsHeaders,
  answers: {
    200: { schema: streamSchema, description: "The events.", media: "text/event-stream" },
    204: { description: "The run has ended, and the client has all its events." },
  },
  problems: ["run_not_found", "too_many_streams"],
  async handle(c, { granted, params, query, headers }) {
    const afterSeq = Number(headers["last-event-id"] ?? query.after ?? "0");
    const { id: reader, workflowScope } = granted;
    const request = toStreamRequest({ workflowScope, afterSeq, reader });
    const answer = await runStub(c, params.run_id).fetch(request);
    if (answer.status === 404) throw runNotFound();
    if (answer.status === 429) throw tooManyStreams();
    if (answer.status === 503) throw overloaded();
    if (answer.status === 500) throw unreadable("archive_unreadable", await answer.text());
    if (answer.status === 502) throw unreadable("storage_unavailable", await answer.text());
    if (answer.status === 204) return { status: 204 };
    if (answer.body && c.req.method !== "HEAD") {
      return { status: 200, content: answer.body, headers: STREAM_HEADERS };
    }
    await answer.body?.cancel();
    return { status: 200, content: null, headers: STREAM_HEADERS };
  },
});

export const eventOperations: readonly Operation[] = [stream];

function runNotFound(): ProblemError {
  return new ProblemError({ code: "run_not_found", detail: "There is no run with this id." });
}

/** The run is archived; its object says what is wrong. */
function unreadable(code: "archive_unreadable" | "storage_unavailable", detail: string) {
  return new ProblemError({ code, detail });
}

function tooManyStreams(): ProblemError {
  const detail = `You already have ${LIMITS.streamReadersEach} streams of this run; close one first.`;
  return new ProblemError({ code: "too_many_streams", detail }, { "retry-after": "5" });
}

function overloaded(): ProblemError {
  const detail = `The run already has ${LIMITS.streamReaders} readers; try again.`;
  return new ProblemError({ code: "overloaded", detail });
}
