/**
 * One way through the API that mocks and the real Worker are both taken: the main job, its other
 * ends, and every refusal on the way. `{name}` in a path is the run that was started by that name.
 */
import { z } from "zod";
import type { JsonObject } from "#model/json.ts";
import {
  BROKEN_WORKFLOW_YAML,
  DECISION,
  FORM_ANSWERS,
  REJECTION,
  WRONG_INPUTS,
} from "../../features/fixtures/fixtures.ts";

export interface WalkRequest {
  method: "GET" | "POST";
  path: string;
  body?: JsonObject | string;
  headers?: Record<string, string>;
  /** null: no credentials. */
  key?: null;
}

export interface WalkAnswer {
  status: number;
  mediaType: string;
  text: string;
}

interface Stride extends WalkRequest {
  /** A name for the run that this starts. */
  starts?: string;
}

const SEED = "content_draft_flow";
const decide = (step_id: string, decision: JsonObject) => ({
  approvals: [{ step_id, ...decision }],
});

function start(name: string, body: JsonObject, headers: Record<string, string> = {}): Stride {
  const options = { run_opts: { mock_ai: true } };
  return {
    method: "POST",
    path: "/v1/executions",
    body: { ...body, ...options },
    headers,
    starts: name,
  };
}

function resume(name: string, body: JsonObject): Stride {
  return { method: "POST", path: `/v1/executions/{${name}}/resume`, body };
}

function cancel(name: string): Stride {
  const body = { reason: "No longer needed" };
  return { method: "POST", path: `/v1/executions/{${name}}/cancel`, body };
}

function look(name: string): Stride[] {
  const path = `/v1/executions/{${name}}`;
  return ["", "/history", "/context"].map((rest) => ({ method: "GET", path: `${path}${rest}` }));
}

const UNKNOWN_RUN = `/v1/executions/run_${"z".repeat(26)}`;

const WALK: readonly Stride[] = [
  { method: "GET", path: "/v1/executions", key: null },
  { method: "GET", path: `/v1/workflows/${SEED}` },
  { method: "GET", path: "/v1/workflows/unknown" },
  {
    method: "POST",
    path: `/v1/workflows/${SEED}/validate`,
    headers: { "content-type": "application/yaml" },
    body: BROKEN_WORKFLOW_YAML,
  },
  { method: "GET", path: UNKNOWN_RUN },
  { method: "GET", path: `${UNKNOWN_RUN}/history` },
  { method: "GET", path: `${UNKNOWN_RUN}/context` },
  { method: "GET", path: `${UNKNOWN_RUN}/events` },
  { method: "POST", path: `${UNKNOWN_RUN}/resume`, body: { inputs: FORM_ANSWERS } },
  { method: "POST", path: `${UNKNOWN_RUN}/cancel`, body: {} },
  { ...start("none", { workflow_id: "unknown" }) },

  // The main job, with everything on the way that is refused.
  start("main", { workflow_id: SEED }),
  ...look("main"),
  resume("main", {}),
  resume("main", { inputs: FORM_ANSWERS, ...decide("approval", DECISION) }),
  resume("main", { inputs: {} }),
  resume("main", { inputs: { topic: "", audience: 7 } }),
  resume("main", { inputs: { ...FORM_ANSWERS, topik: "Launch" } }),
  resume("main", { inputs: FORM_ANSWERS, wait_number: 2 }),
  resume("main", decide("approval", DECISION)),
  resume("main", { inputs: FORM_ANSWERS, wait_number: 1 }),
  ...look("main"),
  resume("main", { inputs: FORM_ANSWERS }),
  resume("main", { inputs: FORM_ANSWERS, wait_number: 1 }),
  resume("main", decide("generate", DECISION)),
  resume("main", { ...decide("approval", DECISION), wait_number: 2 }),
  ...look("main"),
  resume("main", decide("approval", DECISION)),
  cancel("main"),
  { method: "GET", path: "/v1/executions/{main}/events" },
  {
    method: "GET",
    path: "/v1/executions/{main}/events",
    headers: { "last-event-id": "11" },
  },
  {
    method: "GET",
    path: "/v1/executions/{main}/events",
    headers: { "last-event-id": "15" },
  },

  start("rejected", { workflow_id: SEED }),
  resume("rejected", { inputs: FORM_ANSWERS }),
  resume("rejected", decide("approval", REJECTION)),
  ...look("rejected"),

  start("canceled", { workflow_id: SEED }),
  cancel("canceled"),
  cancel("canceled"),
  ...look("canceled"),
  resume("canceled", { inputs: FORM_ANSWERS }),

  start("late", { workflow_id: SEED }),
  resume("late", { inputs: FORM_ANSWERS }),
  cancel("late"),
  ...look("late"),

  start("prefilled", { workflow_id: SEED, inputs: WRONG_INPUTS }),
  ...look("prefilled"),
  resume("prefilled", { inputs: FORM_ANSWERS }),

  start("in part", { workflow_id: SEED, inputs: { topic: "Launch" } }),
  ...look("in part"),

  start("answered", { workflow_id: SEED, inputs: FORM_ANSWERS }),
  ...look("answered"),
  resume("answered", { ...decide("approval", DECISION), wait_number: 1 }),
  ...look("answered"),

  start("once", { workflow_id: SEED }, { "idempotency-key": "a-walk" }),
  start("twice", { workflow_id: SEED }, { "idempotency-key": "a-walk" }),

  // The same with the fixture that the scenarios post.
  start("fixture", { workflow_id: "valid_workflow" }),
  resume("fixture", { inputs: {} }),
  resume("fixture", { inputs: FORM_ANSWERS }),
  ...look("fixture"),
  resume("fixture", decide("approve", DECISION)),
  ...look("fixture"),

  { method: "GET", path: "/v1/executions?limit=3" },
  { method: "GET", path: "/v1/executions?status=waiting" },
  { method: "GET", path: "/v1/executions?workflow_id=valid_workflow" },
];

/** One entry for each step: what was asked, and what came back. */
export async function walk(
  ask: (request: WalkRequest) => Promise<WalkAnswer>,
): Promise<{ asked: string; request: WalkRequest; answer: WalkAnswer }[]> {
  const ids = new Map<string, string>();
  const taken = [];
  for (const { starts, ...request } of WALK) {
    const path = request.path.replace(/\{(.+)\}/, (_, name: string) => ids.get(name) ?? name);
    const answer = await ask({ ...request, path });
    const id: unknown = Reflect.get(bodyOf(answer), "id");
    if (starts !== undefined && typeof id === "string") ids.set(starts, id);
    const body = request.body === undefined ? "" : ` ${JSON.stringify(request.body)}`;
    const asked = `${request.method} ${request.path}${body}`;
    taken.push({ asked, request: { ...request, path }, answer });
  }
  return taken;
}

const answeredSchema = z.object({
  code: z.string().optional(),
  status: z.unknown().optional(),
  current_step: z.string().nullish(),
  wait: z.object({ number: z.int() }).optional(),
});

/** Where a run is after an answer, in a line; for a problem its code. */
export function stateOf(answer: WalkAnswer): string {
  const { code, status, current_step: step, wait } = answeredSchema.parse(bodyOf(answer));
  if (answer.status >= 400) return `${answer.status} ${code}`;
  if (step === undefined) return String(answer.status);
  return `${answer.status} ${String(status)} ${step}${wait ? ` ${wait.number}` : ""}`;
}

function bodyOf({ mediaType, text }: WalkAnswer): object {
  return mediaType.endsWith("json") ? (JSON.parse(text) as object) : {};
}

/** The answer without what differs each time: ids, times, durations, tokens. */
export function constantBody({ mediaType, text }: WalkAnswer): unknown {
  const constant = text
    .replaceAll(/run_[a-z2-7]{26}/g, "run")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time")
    .replaceAll(/"latency_ms":\d+/g, '"latency_ms":0')
    .replaceAll(/"((?:resume_)?token)":"[^"]+"/g, '"$1":"token"')
    .replaceAll(/"request_id":"[^"]+"/g, '"request_id":"id"');
  return mediaType.endsWith("json") ? JSON.parse(constant) : constant;
}
