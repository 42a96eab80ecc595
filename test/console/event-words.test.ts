import { expect, it } from "vitest";
import type { Event } from "#console/components/api-types.ts";
import { eventWords } from "#console/components/event-words.ts";
import { usageOf, usageWords } from "#console/components/step-usage.ts";
import { EVENT_TYPES } from "#model/event.ts";

function event(type: Event["type"], data: Event["data"]): Event {
  return { seq: 1, type, at: "2026-11-22T09:30:00.000Z", run_id: "run_a", data };
}

const failure = { code: "timeout", message: "It took too long." };
const decision = { by: "ana@example.com", approved: false, comment: "Too long." };

it.each<[Event["type"], Event["data"], string]>([
  ["run.created", { workflow_id: "a", workflow_version: 3 }, "Created from a version 3"],
  ["run.waiting", { type: "approval" }, "Waiting for an approval"],
  ["run.waiting", { type: "form" }, "Waiting for a form"],
  ["run.resumed", { by: "key:dev" }, "Answered by key:dev"],
  ["run.resumed", { decision }, "Rejected by ana@example.com: Too long."],
  ["run.failed", failure, "Failed: timeout: It took too long."],
  ["run.canceled", { by: "key:dev" }, "Canceled"],
  ["run.canceled", { reason: "By mistake." }, "Canceled: By mistake."],
  ["step.completed", { next: "b" }, "Completed, then b"],
  ["step.completed", { next: null }, "Completed, no next step"],
  ["step.retrying", { ...failure, delay_ms: 500 }, "Retries in 500 ms: timeout: It took too long."],
  ["step.late", { outcome: "completed" }, "Too late: completed, which changes nothing"],
  [
    "step.late",
    { outcome: "failed", code: "http_error", message: "The server answered 503." },
    "Too late: http_error: The server answered 503.",
  ],
  [
    "step.late",
    { outcome: "outcome_unknown", code: "outcome_unknown" },
    "Stopped: whether the server processed the call is unknown",
  ],
  ["step.late", { outcome: "canceled", code: "canceled" }, "Stopped before a response arrived"],
  [
    "step.late",
    { outcome: "canceled", response: { cost_usd: null } },
    "Stopped before a response arrived; the model's usage is unknown",
  ],
  ["ai.request", { provider: "mock", template_id: "content_v1" }, "Asks mock with content_v1"],
  [
    "ai.response",
    { model: "m", latency_ms: 2000, tokens_prompt: 9, tokens_output: 2, schema_valid: false },
    "Answer of m after 2 s, 9 + 2 tokens, does not fit the schema",
  ],
])("%s with %j", (type, data, words) => expect(eventWords(event(type, data))).toBe(words));

it("has words for every event, whatever its data", () => {
  for (const type of EVENT_TYPES) expect(eventWords(event(type, {}))).toMatch(/^[A-Z]/);
});

const call = { tokens_prompt: 900, tokens_output: 100 };

it("adds up all calls of a step, late ones too", () => {
  const events = [
    event("step.started", {}),
    event("ai.response", { ...call, cost_usd: 0.25 }),
    event("step.late", { outcome: "completed", response: { ...call, cost_usd: 0.5 } }),
  ];
  const usage = usageOf(events);
  expect(usage).toEqual({ calls: 2, tokensPrompt: 1800, tokensOutput: 200, costUsd: 0.75 });
  expect(usage && usageWords(usage)).toBe("2 model calls, 1,800 tokens in, 200 out, $0.75");
});

it("knows no cost when the price of one call is not known", () => {
  const events = [
    event("ai.response", { ...call, cost_usd: null }),
    event("ai.response", { ...call, cost_usd: 0.002 }),
  ];
  expect(usageOf(events)?.costUsd).toBeNull();
});

it("has no usage where no model was called", () => {
  expect(usageOf([event("step.started", {})])).toBeNull();
});
