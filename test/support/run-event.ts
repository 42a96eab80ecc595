/** Events with all that their types have, for tests that care about some of it. */
import { eventSchema } from "#model/event-schemas.ts";
import type { EventType, ShownEvent } from "#model/event.ts";

type ShownData = { [T in EventType]: ShownEvent<T>["data"] };

const AT = "2026-11-22T09:30:00.000Z";
const RUN_ID = "run_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const FAILURE = { code: "timeout", message: "It took too long." } as const;

/** Without what is optional. */
const DATA: ShownData = {
  "run.created": {
    workflow_id: "a",
    workflow_version: 1,
    created_by: { id: "dev" },
    provider: "mock",
    mock: false,
    templates: {},
    tags: [],
  },
  "run.started": {},
  "run.waiting": { wait_number: 1, type: "form" },
  "run.resumed": { wait_number: 1, by: "key:dev" },
  "run.completed": {},
  "run.failed": FAILURE,
  "run.canceled": { by: "key:dev" },
  "step.started": { type: "form" },
  "step.completed": { next: null },
  "step.failed": { ...FAILURE, next: null },
  "step.retrying": {
    ...FAILURE,
    reason: "transport",
    delay_ms: 500,
    retry_at: AT,
    transport_failures: 1,
    violations: 0,
    candidate: 0,
    feedback: [],
  },
  "step.late": { outcome: "completed" },
  "ai.request": {
    provider: "mock",
    template_id: "content_v1",
    template_version: 1,
    retry_count: 0,
  },
  "ai.response": {
    provider: "mock",
    model: "mock",
    template_id: "content_v1",
    template_version: 1,
    tokens_prompt: 9,
    tokens_output: 2,
    latency_ms: 20,
    retry_count: 0,
    cost_usd: 0,
    schema_valid: true,
  },
};

/** The whole data of an answer of a model. */
export function aiResponse(data: Partial<ShownData["ai.response"]> = {}) {
  return { ...DATA["ai.response"], ...data };
}

/** An event of the type. `place`: its `seq`, time, step and attempt. */
export function runEvent<T extends EventType>(
  type: T,
  data: Partial<ShownData[T]> = {},
  place: Partial<Omit<ShownEvent, "type" | "data">> = {},
): ShownEvent {
  const head = { seq: 1, type, at: AT, run_id: RUN_ID, ...place };
  return eventSchema.parse({ ...head, data: { ...DATA[type], ...data } });
}

/** The events of one type. */
export function eventsOf<T extends EventType>(events: readonly ShownEvent[], type: T) {
  return events.filter((event): event is Extract<ShownEvent, { type: T }> => event.type === type);
}
