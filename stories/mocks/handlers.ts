/**
 * The API for stories and tests of components, by MSW: the main job from start to end, with the
 * refusals that belong to it. Not mocked: other routes, and checks of what no screen sends.
 *
 * Every answer fits `openapi.yaml`, and the states follow each other as on the real Worker: tests
 * hold both against each other. State lives as long as the handlers; `createHandlers()` returns
 * handlers with a state of their own.
 */
import { http, HttpResponse } from "msw/http";
import { RECORDING } from "../../features/fixtures/fixtures.ts";
import type { Snapshot } from "../../features/fixtures/recording.ts";
import { endsLog } from "#model/event.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import { type ProblemSeed, PROBLEMS, problemType } from "#model/problem.ts";
import { frameText } from "#run/live/frame.ts";
import { readWorkflow, type WorkflowSource } from "#workflow/read.ts";
import { type Answer, MockRuns, type Result } from "./mock-runs.ts";

/** The only credentials that are refused; any others will do. */
export const REFUSED_KEY = "wo_refusedkey_refusedrefusedrefusedrefused";

const REQUEST_ID = "00000000-0000-4000-8000-000000000000";
const COMMON_HEADERS = { "x-request-id": REQUEST_ID };

export function createHandlers() {
  const runs = new MockRuns();
  return [door(), ...workflowHandlers(), ...writeHandlers(runs), ...readHandlers(runs)];
}

/** Refuses who has no key; lets all others pass to the handlers behind it. */
function door() {
  return http.all("*/v1/*", ({ request }) => {
    const header = request.headers.get("authorization");
    const unauthorized = (detail: string) =>
      problem(request, { code: "unauthorized", detail }, { "www-authenticate": "Bearer" });
    if (header === null) return unauthorized("Send `Authorization: Bearer <key or token>`.");
    if (header !== `Bearer ${REFUSED_KEY}`) return undefined;
    return unauthorized("The key is unknown, expired or revoked.");
  });
}

function workflowHandlers() {
  return [
    http.get("*/v1/workflows", () => json({ items: RECORDING.workflows, next_cursor: null })),
    http.get<{ id: string }>("*/v1/workflows/:id", ({ request, params }) => {
      const found = Object.values(RECORDING.definitions).find(({ id }) => id === params.id);
      const detail = `There is no workflow "${params.id}".`;
      return found ? json(found) : problem(request, { code: "workflow_not_found", detail });
    }),
    http.post<{ id: string }>("*/v1/workflows/:id/validate", async ({ request, params }) => {
      const text = await request.text();
      const isYaml = request.headers.get("content-type")?.includes("yaml") ?? false;
      const source: WorkflowSource = isYaml
        ? { format: "yaml", text }
        : { format: "json", value: JSON.parse(text) as JsonValue };
      const { definition, diagnostics } = readWorkflow(source, {
        allowHttpHosts: [],
        id: params.id,
      });
      return json({ valid: definition !== null, diagnostics });
    }),
  ];
}

function writeHandlers(runs: MockRuns) {
  /** Run ids by idempotency key. */
  const started = new Map<string, string>();
  return [
    http.post("*/v1/executions", async ({ request }) => {
      const body = await readBody(request);
      const key = request.headers.get("idempotency-key");
      const before = key === null ? undefined : started.get(key);
      if (before !== undefined) return send(request, runs.read(before), 202, true);
      const inputs = isJsonObject(body["inputs"]) ? body["inputs"] : {};
      const result = runs.start(textOf(body["workflow_id"]), inputs, key);
      if (key !== null && result.ok) started.set(key, result.snapshot.run.id);
      return send(request, result, 202);
    }),
    http.post<{ id: string }>("*/v1/executions/:id/resume", async ({ request, params }) => {
      const body = await readBody(request);
      const answer = answerOf(body);
      if (!answer) return problem(request, needsOne());
      const number = body["wait_number"];
      const waitNumber = typeof number === "number" ? number : undefined;
      return send(request, runs.resume(params.id, answer, waitNumber), 200);
    }),
    http.post<{ id: string }>("*/v1/executions/:id/cancel", ({ request, params }) =>
      send(request, runs.cancel(params.id), 200),
    ),
  ];
}

function readHandlers(runs: MockRuns) {
  return [
    http.get("*/v1/executions", ({ request }) => {
      const query = new URL(request.url).searchParams;
      const [status, workflowId] = [query.get("status"), query.get("workflow_id")];
      const [limit, from] = [Number(query.get("limit") ?? 50), Number(query.get("cursor") ?? 0)];
      const found = runs
        .list()
        .filter((run) => status === null || run.status === status)
        .filter((run) => workflowId === null || run.workflow_id === workflowId);
      const items = found.slice(from, from + limit).map(summaryOf);
      const next_cursor = from + limit < found.length ? String(from + limit) : null;
      return json({ items, next_cursor });
    }),
    http.get<{ id: string }>("*/v1/executions/:id", ({ request, params }) =>
      send(request, runs.read(params.id), 200),
    ),
    http.get<{ id: string }>("*/v1/executions/:id/history", ({ request, params }) => {
      const result = runs.read(params.id);
      return result.ok ? json(result.snapshot.history) : problem(request, result.problem);
    }),
    http.get<{ id: string }>("*/v1/executions/:id/context", ({ request, params }) => {
      const result = runs.read(params.id);
      return result.ok ? json(result.snapshot.context) : problem(request, result.problem);
    }),
    http.get<{ id: string }>("*/v1/executions/:id/events", ({ request, params }) =>
      streamEvents(runs, request, params.id),
    ),
  ];
}

/** All that the client does not have yet, then each event as it comes, to the end of the run. */
function streamEvents(runs: MockRuns, request: Request, id: string) {
  const query = new URL(request.url).searchParams;
  let after = Number(request.headers.get("last-event-id") ?? query.get("after") ?? 0);
  const first = runs.read(id);
  if (!first.ok) return problem(request, first.problem);
  const eventsAfter = () => {
    const result = runs.read(id);
    const events = result.ok ? result.snapshot.history.events : [];
    return events.filter((event) => event.seq > after);
  };
  const hasEnded = first.snapshot.run.ended_at !== undefined;
  if (hasEnded && eventsAfter().length === 0) {
    return new HttpResponse(null, { status: 204, headers: COMMON_HEADERS });
  }
  let stop = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const encoder = new TextEncoder();
      controller.enqueue(encoder.encode("retry: 2000\n\n"));
      const feed = () => {
        for (const event of eventsAfter()) {
          after = event.seq;
          controller.enqueue(encoder.encode(frameText(event)));
          if (!endsLog(event)) continue;
          stop();
          controller.close();
        }
      };
      stop = runs.watch(id, feed);
      feed();
    },
    cancel: () => stop(),
  });
  const headers = { ...COMMON_HEADERS, "content-type": "text/event-stream" };
  return new HttpResponse(stream, { headers });
}

async function readBody(request: Request): Promise<JsonObject> {
  const body: unknown = await request.json();
  return isJsonObject(body) ? body : {};
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** A run as lists show it. */
function summaryOf(run: Snapshot["run"]): object {
  const summary = { ...run };
  delete summary.wait;
  return summary;
}

/** Null when there is not exactly one of the two. */
function answerOf({ inputs, approvals }: JsonObject): Answer | null {
  if (isJsonObject(inputs) && approvals === undefined) return { kind: "inputs", inputs };
  const decision = Array.isArray(approvals) ? approvals[0] : undefined;
  if (inputs !== undefined || !isJsonObject(decision)) return null;
  const { step_id, approved } = decision;
  return { kind: "approval", step_id: textOf(step_id), approved: approved === true };
}

function needsOne(): ProblemSeed {
  const message = "The body must have exactly one of inputs and approvals.";
  const errors = [{ code: "custom", message, pointer: "" }];
  return { code: "validation_failed", detail: message, errors };
}

function send(request: Request, result: Result, status: 200 | 202, isReplay = false) {
  if (!result.ok) return problem(request, result.problem);
  const replayed: Record<string, string> = isReplay ? { "idempotent-replayed": "true" } : {};
  return json(result.snapshot.run, status, replayed);
}

function json(body: object, status = 200, headers: Record<string, string> = {}) {
  return new HttpResponse(JSON.stringify(body), {
    status,
    headers: { ...COMMON_HEADERS, "content-type": "application/json", ...headers },
  });
}

function problem(request: Request, seed: ProblemSeed, headers: Record<string, string> = {}) {
  const { status, title } = PROBLEMS[seed.code];
  const body = {
    type: problemType(seed.code),
    title,
    status,
    detail: seed.detail,
    instance: new URL(request.url).pathname,
    code: seed.code,
    request_id: REQUEST_ID,
    ...(seed.errors ? { errors: seed.errors } : {}),
  };
  return new HttpResponse(JSON.stringify(body), {
    status,
    headers: { ...COMMON_HEADERS, "content-type": "application/problem+json", ...headers },
  });
}

export const handlers = createHandlers();
