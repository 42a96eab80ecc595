/** A history that the main job does not have: attempts, costs and a failure. */
import type { Step } from "#console/components/api-types.ts";
import type { EventType, ShownEvent } from "#model/event.ts";
import { runEvent } from "../test/support/run-event.ts";

const RUN = "run_retriedaaaaaaaaaaaaaaaaaaa";
const at = (seconds: number) =>
  new Date(Date.UTC(2026, 10, 22, 9, 30, 0) + seconds * 1000).toISOString();

const response = {
  provider: "openai",
  model: "gpt-5-mini",
  template_id: "email_v1",
  template_version: 3,
  tokens_prompt: 104,
  tokens_output: 32,
  cost_usd: 0.0007,
};

function event<T extends EventType>(
  type: T,
  seconds: number,
  data: Partial<ShownEvent<T>["data"]>,
  place: { step_id?: string; attempt?: number } = {},
): ShownEvent {
  return runEvent(type, data, { at: at(seconds), run_id: RUN, ...place });
}

const EVENTS = [
  event("run.created", 0, { workflow_id: "lead_enrichment", workflow_version: 4, tags: ["demo"] }),
  event("run.started", 0, {}),
  event("step.started", 0, { type: "ai_generate" }, { step_id: "write", attempt: 1 }),
  event(
    "ai.response",
    1.1,
    { ...response, latency_ms: 1100, retry_count: 0, schema_valid: false },
    { step_id: "write", attempt: 1 },
  ),
  event(
    "step.retrying",
    1.1,
    {
      reason: "transport",
      code: "network_error",
      message: "The connection was lost.",
      delay_ms: 500,
    },
    { step_id: "write", attempt: 1 },
  ),
  event("step.started", 1.6, { type: "ai_generate" }, { step_id: "write", attempt: 2 }),
  event(
    "ai.response",
    3.2,
    { ...response, latency_ms: 1600, retry_count: 1, schema_valid: false },
    { step_id: "write", attempt: 2 },
  ),
  event(
    "step.retrying",
    3.2,
    {
      reason: "schema",
      code: "ai_schema_violation",
      message: "/body is missing.",
      delay_ms: 0,
    },
    { step_id: "write", attempt: 2 },
  ),
  event("step.started", 3.2, { type: "ai_generate" }, { step_id: "write", attempt: 3 }),
  event(
    "ai.response",
    5.2,
    { ...response, latency_ms: 2000, retry_count: 2, schema_valid: true },
    { step_id: "write", attempt: 3 },
  ),
  event("step.completed", 5.2, { next: "notify" }, { step_id: "write", attempt: 3 }),
  event("step.started", 5.2, { type: "api_call" }, { step_id: "notify", attempt: 1 }),
  event(
    "step.failed",
    5.9,
    {
      code: "http_error",
      message: "The server answered 410: this hook was removed.",
      http_status: 410,
      next: null,
    },
    { step_id: "notify", attempt: 1 },
  ),
  event("run.failed", 5.9, {
    code: "http_error",
    message: "The server answered 410: this hook was removed.",
  }),
];

const STEPS: Omit<Step, "id" | "run_id">[] = [
  {
    step_id: "write",
    type: "ai_generate",
    status: "completed",
    attempt: 3,
    started_at: at(0),
    ended_at: at(5.2),
    output: { subject: "A word on your trial", body: "Dear Ana,\n\nhow do you like it so far?" },
    error: null,
  },
  {
    step_id: "notify",
    type: "api_call",
    status: "failed",
    attempt: 1,
    started_at: at(5.2),
    ended_at: at(5.9),
    error: {
      code: "http_error",
      message: "The server answered 410: this hook was removed.",
      http_status: 410,
      headers: { "content-type": "application/json" },
      body: { error: "this hook was removed", since: "2026-10-01" },
    },
  },
];

export const RETRIED = {
  steps: STEPS.map((step): Step => ({ ...step, id: `${RUN}:${step.step_id}`, run_id: RUN })),
  events: EVENTS.map((one, index) => ({ ...one, seq: index + 1 })),
};
