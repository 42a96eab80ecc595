/** A history that the main job does not have: attempts, costs and a failure. */
import type { Event, Step } from "#console/components/api-types.ts";

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

const EVENTS: Omit<Event, "seq" | "run_id">[] = [
  {
    type: "run.created",
    at: at(0),
    data: { workflow_id: "lead_enrichment", workflow_version: 4, tags: ["demo"] },
  },
  { type: "run.started", at: at(0), data: {} },
  { type: "step.started", at: at(0), step_id: "write", attempt: 1, data: { type: "ai_generate" } },
  {
    type: "ai.response",
    at: at(1.1),
    step_id: "write",
    attempt: 1,
    data: { ...response, latency_ms: 1100, retry_count: 0, schema_valid: false },
  },
  {
    type: "step.retrying",
    at: at(1.1),
    step_id: "write",
    attempt: 1,
    data: {
      reason: "transport",
      code: "network_error",
      message: "The connection was lost.",
      delay_ms: 500,
    },
  },
  {
    type: "step.started",
    at: at(1.6),
    step_id: "write",
    attempt: 2,
    data: { type: "ai_generate" },
  },
  {
    type: "ai.response",
    at: at(3.2),
    step_id: "write",
    attempt: 2,
    data: { ...response, latency_ms: 1600, retry_count: 1, schema_valid: false },
  },
  {
    type: "step.retrying",
    at: at(3.2),
    step_id: "write",
    attempt: 2,
    data: {
      reason: "schema",
      code: "ai_schema_violation",
      message: "/body is missing.",
      delay_ms: 0,
    },
  },
  {
    type: "step.started",
    at: at(3.2),
    step_id: "write",
    attempt: 3,
    data: { type: "ai_generate" },
  },
  {
    type: "ai.response",
    at: at(5.2),
    step_id: "write",
    attempt: 3,
    data: { ...response, latency_ms: 2000, retry_count: 2, schema_valid: true },
  },
  { type: "step.completed", at: at(5.2), step_id: "write", attempt: 3, data: { next: "notify" } },
  { type: "step.started", at: at(5.2), step_id: "notify", attempt: 1, data: { type: "api_call" } },
  {
    type: "step.failed",
    at: at(5.9),
    step_id: "notify",
    attempt: 1,
    data: {
      code: "http_error",
      message: "The server answered 410: this hook was removed.",
      http_status: 410,
      next: null,
    },
  },
  {
    type: "run.failed",
    at: at(5.9),
    step_id: "notify",
    data: {
      code: "http_error",
      message: "The server answered 410: this hook was removed.",
    },
  },
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
  events: EVENTS.map((event, index): Event => ({ ...event, seq: index + 1, run_id: RUN })),
};
