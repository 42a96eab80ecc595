/**
 * The events of a run as the API describes them: one schema for each type, discriminated by `type`.
 * `model/event-data.ts` defines the content of `data`; a test compares the two.
 *
 * For the description and its tests only. Our own clients parse events with the schema in `run.ts`,
 * which accepts types and fields of later releases too.
 */
import { z } from "zod";
import type { EventType } from "./event.ts";
import { decisionSchema } from "./wait.ts";
import { STEP_TYPES } from "./workflow.ts";

const time = z.iso.datetime().meta({ example: "2026-11-22T09:30:00.000Z" });
const seconds = (description: string) => z.int().min(0).meta({ description });
const nothing = z.object({});

const callerSchema = z
  .object({
    id: z.string(),
    email: z.string().optional(),
    via: z.literal("resume_token").optional(),
  })
  .meta({ id: "Caller", description: "The person, key or link behind a change of a run." });

const failure = {
  code: z.string(),
  message: z.string(),
  http_status: z.int().optional(),
};

const next = z.string().nullable().meta({
  description: "The next step; null: the run ends here.",
});

const aiResponseSchema = z.object({
  provider: z.string(),
  model: z.string(),
  template_id: z.string(),
  template_version: z.int(),
  tokens_prompt: z.int(),
  tokens_output: z.int(),
  latency_ms: seconds("Milliseconds."),
  retry_count: z.int(),
  cost_usd: z.number().nullable().meta({ description: "null when it is unknown." }),
  schema_valid: z.boolean(),
  tokens_unknown: z.literal(true).optional(),
  finish_reason: z.string().optional(),
  lowering: z.array(z.string()).optional(),
  tokens_cached: z
    .int()
    .optional()
    .meta({ description: "The part of the prompt that the provider had cached." }),
  reading: z
    .string()
    .optional()
    .meta({ description: "How the answer was repaired before parsing; absent: it was not." }),
});

const attemptNames = z.array(
  z
    .object({ step_id: z.string(), attempt: z.int().min(1) })
    .meta({ id: "AttemptName", description: "One attempt of one step." }),
);

const underWay = attemptNames.optional().meta({
  description:
    "Attempts whose call may have been sent, with an unknown outcome: a `step.late` follows for each. Absent: none.",
});

const excerpt = z
  .string()
  .optional()
  .meta({ description: "The start of the model's refused answer, masked." });

/** The schema of `data`, by the type of the event. */
export const EVENT_DATA = {
  "run.created": z.object({
    workflow_id: z.string(),
    workflow_version: z.int().min(1),
    created_by: callerSchema,
    created_with: z.enum(["key", "jwt"]).optional().meta({
      description:
        "How the caller who started the run authenticated; absent in runs of older versions.",
    }),
    provider: z.string().meta({ description: "The provider of steps that do not name one." }),
    mock: z
      .boolean()
      .meta({ description: "Whether it is known from the start that the mock answers." }),
    mock_asked: z.boolean().optional().meta({
      description: "The run asked for the mock; absent in runs of older versions.",
    }),
    templates: z
      .record(z.string(), z.int())
      .meta({ description: "Versions that were current at the start, by template id." }),
    tags: z.array(z.string()),
    idempotency_key: z.string().optional(),
  }),
  "run.started": nothing,
  "run.waiting": z.object({
    wait_number: z.int().min(1),
    type: z.enum(["form", "approval"]),
    expires_at: time.optional(),
  }),
  "run.resumed": z.object({
    wait_number: z.int().min(1),
    by: z.string().meta({ description: "An e-mail address, `key:<id>` or `resume_token`." }),
    via: z.literal("resume_token").optional(),
    decision: decisionSchema.optional(),
    principal: z
      .string()
      .optional()
      .meta({ description: "The principal of the JWT that decided." }),
  }),
  "run.completed": nothing,
  "run.failed": z.object({ ...failure, under_way: underWay }),
  "run.canceled": z.object({
    by: z.string(),
    reason: z.string().optional(),
    under_way: underWay,
  }),
  "step.started": z.object({ type: z.enum(STEP_TYPES) }),
  "step.completed": z.object({ next }),
  "step.failed": z.object({ ...failure, next, excerpt }),
  "step.retrying": z.object({
    ...failure,
    reason: z
      .enum(["transport", "schema", "fallback"])
      .meta({ description: "Which budget the attempt was counted against." }),
    delay_ms: z.int().min(0),
    retry_at: time,
    transport_failures: z.int(),
    violations: z.int(),
    candidate: z.int().meta({ description: "Index into the step's provider and its fallback." }),
    feedback: z.array(z.string()).meta({ description: "What was wrong with the last answer." }),
    excerpt,
  }),
  "step.late": z.object({
    outcome: z.enum(["completed", "failed", "outcome_unknown", "canceled"]).meta({
      description:
        "The outcome of an attempt that its run did not wait for. `outcome_unknown`: a call that may have been carried out. `canceled`: it cannot have changed anything outside.",
    }),
    code: z.string().optional().meta({ description: "Absent when it completed." }),
    message: z.string().optional(),
    http_status: z.int().optional(),
    output: z.unknown().optional().meta({ description: "The output of a call that completed." }),
    response: aiResponseSchema.optional(),
    under_way: attemptNames.optional().meta({
      description:
        "After the end of the run: attempts that are still running. Empty: the log is complete. Absent: this one was not running at the end.",
    }),
  }),
  "ai.request": z.object({
    provider: z.string(),
    model: z.string().optional(),
    template_id: z.string(),
    template_version: z.int(),
    retry_count: z.int(),
  }),
  "ai.response": aiResponseSchema,
} satisfies Record<EventType, z.ZodObject>;

/** `run.created` → `RunCreated`. */
function nameOf(type: EventType): string {
  return type.replaceAll(/(?:^|\.)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function eventSchema<const T extends EventType>(type: T) {
  const data: (typeof EVENT_DATA)[T] = EVENT_DATA[type];
  return z
    .object({
      seq: z.int().min(1).meta({ description: "1, 2, 3 … without gaps within a run." }),
      type: z.literal(type),
      at: time,
      run_id: z.string(),
      step_id: z.string().optional(),
      attempt: z.int().min(1).optional(),
      data: data.meta({ id: `${nameOf(type)}Data` }),
    })
    .meta({ id: `${nameOf(type)}Event` });
}

export const describedEventSchema = z
  .discriminatedUnion("type", [
    eventSchema("run.created"),
    eventSchema("run.started"),
    eventSchema("run.waiting"),
    eventSchema("run.resumed"),
    eventSchema("run.completed"),
    eventSchema("run.failed"),
    eventSchema("run.canceled"),
    eventSchema("step.started"),
    eventSchema("step.completed"),
    eventSchema("step.failed"),
    eventSchema("step.retrying"),
    eventSchema("step.late"),
    eventSchema("ai.request"),
    eventSchema("ai.response"),
  ])
  .meta({ id: "DescribedEvent", description: "One entry of the run's log." });
