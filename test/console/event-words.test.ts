import { expect, it } from "vitest";
import { eventWords } from "#console/components/event-words.ts";
import { usageOf, usageWords } from "#console/components/step-usage.ts";
import { EVENT_TYPES, type ShownEvent } from "#model/event.ts";
import { aiResponse, runEvent as event } from "../support/run-event.ts";

const failure = { code: "timeout", message: "It took too long." } as const;
const decision = {
  by: "ana@example.com",
  approved: false,
  comment: "Too long.",
  at: "2026-11-22T09:30:00.000Z",
};

it.each<[ShownEvent, string]>([
  [event("run.created", { workflow_id: "a", workflow_version: 3 }), "Created from a version 3"],
  [event("run.waiting", { type: "approval" }), "Waiting for an approval"],
  [event("run.waiting", { type: "form" }), "Waiting for a form"],
  [event("run.resumed", { by: "key:dev" }), "Answered by key:dev"],
  [event("run.resumed", { decision }), "Rejected by ana@example.com: Too long."],
  [event("run.failed", failure), "Failed: timeout: It took too long."],
  [event("run.canceled", { by: "key:dev" }), "Canceled"],
  [event("run.canceled", { reason: "By mistake." }), "Canceled: By mistake."],
  [event("step.completed", { next: "b" }), "Completed, then b"],
  [event("step.completed", { next: null }), "Completed, no next step"],
  [
    event("step.retrying", { ...failure, delay_ms: 500 }),
    "Retries in 500 ms: timeout: It took too long.",
  ],
  [event("step.late", { outcome: "completed" }), "Too late: completed, which changes nothing"],
  [
    event("step.late", {
      outcome: "failed",
      code: "http_error",
      message: "The server answered 503.",
    }),
    "Too late: http_error: The server answered 503.",
  ],
  [
    event("step.late", { outcome: "outcome_unknown", code: "outcome_unknown" }),
    "Stopped: whether the server processed the call is unknown",
  ],
  [
    event("step.late", { outcome: "canceled", code: "canceled" }),
    "Stopped before a response arrived",
  ],
  [
    event("step.late", { outcome: "canceled", response: aiResponse({ cost_usd: null }) }),
    "Stopped before a response arrived; the model's usage is unknown",
  ],
  [
    event("ai.request", { provider: "mock", template_id: "content_v1" }),
    "Asks mock with content_v1",
  ],
  [
    event("ai.response", {
      model: "m",
      latency_ms: 2000,
      tokens_prompt: 9,
      tokens_output: 2,
      schema_valid: false,
    }),
    "Answer of m after 2 s, 9 + 2 tokens, does not fit the schema",
  ],
])("$0.type with $0.data", (one, words) => expect(eventWords(one)).toBe(words));

it("has words for every event", () => {
  for (const type of EVENT_TYPES) expect(eventWords(event(type))).toMatch(/^[A-Z]/);
});

const call = { tokens_prompt: 900, tokens_output: 100 };

it("adds up all calls of a step, late ones too", () => {
  const events = [
    event("step.started"),
    event("ai.response", { ...call, cost_usd: 0.25 }),
    event("step.late", { outcome: "completed", response: aiResponse({ ...call, cost_usd: 0.5 }) }),
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
  expect(usageOf([event("step.started")])).toBeNull();
});
