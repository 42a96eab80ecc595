/** Runs as the API shows them. zod at the edge; the engine's own state is `engine/state.ts`. */
import { z } from "zod";
import { EVENT_TYPES, type ShownEvent } from "./event.ts";
import { eventSchema } from "./event-schemas.ts";
import { jsonObjectSchema, jsonValueSchema } from "./json-schemas.ts";
import { waitSchema } from "./wait.ts";
import { STEP_TYPES } from "./workflow.ts";

/** `run_` and 26 characters of base32 (130 bits). Ids of another form never reach an object. */
export const RUN_ID_PATTERN = /^run_[a-z2-7]{26}$/;

export const RUN_STATUSES = [
  "queued",
  "running",
  "waiting",
  "completed",
  "failed",
  "canceled",
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

const time = z.iso.datetime().meta({ example: "2026-11-22T09:30:00.000Z" });

const usageSchema = z
  .object({
    tokens_prompt: z.int(),
    tokens_output: z.int(),
    tokens_cached: z
      .int()
      .optional()
      .meta({ description: "The part of the prompts that providers had cached." }),
    cost_usd: z
      .number()
      .nullable()
      .meta({ description: "US dollars; null when the cost of any call is unknown." }),
    known_cost_usd: z
      .number()
      .optional()
      .meta({ description: "Where `cost_usd` is null: the cost of the other calls." }),
    ai_calls: z.int(),
  })
  .meta({ id: "Usage", description: "Usage of all calls to models, including failed ones." });

const runFailureSchema = z.object({
  code: z.string(),
  message: z.string(),
  step_id: z.string().nullable(),
});

const archived = z
  .literal(true)
  .optional()
  .meta({ description: "The run ended long ago, and is read from its archive." });

const exampleRun = {
  id: "run_n5zq3tq4wq2i5l7k3c2h6xw4ya",
  workflow_id: "content_draft_flow",
  workflow_version: 1,
  status: "waiting",
  current_step: "form",
  started_at: "2026-11-22T09:30:00.000Z",
  updated_at: "2026-11-22T09:30:00.000Z",
  mock: true,
  wait: {
    number: 1,
    step_id: "form",
    type: "form",
    fields: [{ key: "topic", type: "string", required: true }],
  },
};

export const runSchema = z
  .object({
    id: z.string(),
    workflow_id: z.string(),
    workflow_version: z.int().min(1),
    status: z.enum(RUN_STATUSES),
    current_step: z.string().nullable().meta({ description: "null when the run has ended." }),
    started_at: time,
    updated_at: time,
    ended_at: time.optional(),
    error: runFailureSchema.optional(),
    wait: waitSchema.optional(),
    output: jsonObjectSchema.optional(),
    usage: usageSchema.optional(),
    idempotency_key: z.string().optional(),
    tags: z.array(z.string()).optional(),
    mock: z.boolean().optional(),
    archived,
  })
  .meta({ id: "Run", example: exampleRun });

/** A run in a list: without its wait, whose tokens and prefill stay with the run itself. */
const runSummarySchema = runSchema.omit({ wait: true }).meta({
  id: "RunSummary",
  description: "A run without its wait.",
  example: {
    id: exampleRun.id,
    workflow_id: "content_draft_flow",
    workflow_version: 1,
    status: "completed",
    current_step: null,
    started_at: "2026-11-22T09:30:00.000Z",
    updated_at: "2026-11-22T09:31:30.000Z",
    ended_at: "2026-11-22T09:31:30.000Z",
    tags: ["demo"],
  },
});

export const runListSchema = z
  .object({ items: z.array(runSummarySchema), next_cursor: z.string().nullable() })
  .meta({ id: "RunList", example: { items: [], next_cursor: null } });

export type Run = z.infer<typeof runSchema>;
export type RunSummary = z.infer<typeof runSummarySchema>;

const stepErrorSchema = z
  .object({
    code: z.string(),
    message: z.string(),
    http_status: z.int().optional().meta({ description: "The status of the API's response." }),
    headers: jsonObjectSchema
      .optional()
      .meta({ description: "Headers of that response; names in lower case." }),
    body: jsonValueSchema.optional().meta({
      description:
        "Body of that response, at most 8 KiB: parsed when it is JSON and fits, else text.",
    }),
    encoding: z.literal("base64").optional().meta({ description: "`body` is bytes." }),
    body_truncated: z.literal(true).optional().meta({ description: "`body` is only the start." }),
  })
  .meta({
    id: "StepError",
    description: "Why a step failed. For an api_call that got a response, with that response.",
    example: {
      code: "http_error",
      message: "The server answered 422: order already refunded.",
      http_status: 422,
      headers: { "content-type": "application/json" },
      body: { error: "order already refunded" },
    },
  });

const runStepSchema = z
  .object({
    id: z.string().meta({ description: "`<run_id>:<step_id>`" }),
    run_id: z.string(),
    step_id: z.string(),
    type: z.enum(STEP_TYPES),
    status: z.enum(["running", "waiting", "completed", "failed", "canceled"]),
    attempt: z.int().min(1),
    started_at: time,
    ended_at: time.nullable(),
    output: jsonValueSchema.optional(),
    error: stepErrorSchema.nullable(),
    usage: usageSchema.optional(),
  })
  .meta({ id: "RunStep" });

export type RunStep = z.infer<typeof runStepSchema>;

/** An event whose `data` may be that of another release, or has texts where something is masked. */
const receivedEventSchema = z.looseObject({
  seq: z.int().min(1),
  type: z.enum(EVENT_TYPES),
  at: time,
  run_id: z.string(),
  data: jsonObjectSchema,
});

/** A history as clients read it: nothing that an event says is refused or dropped. */
export const historySchema = z.object({
  run_id: z.string(),
  steps: z.array(runStepSchema),
  events: z.array(z.custom<ShownEvent>((event) => receivedEventSchema.safeParse(event).success)),
  archived,
});

export type History = z.infer<typeof historySchema>;

/** A history as the API describes it. */
export const describedHistorySchema = historySchema.extend({ events: z.array(eventSchema) }).meta({
  id: "History",
  example: {
    run_id: exampleRun.id,
    steps: [
      {
        id: `${exampleRun.id}:form`,
        run_id: exampleRun.id,
        step_id: "form",
        type: "form",
        status: "waiting",
        attempt: 1,
        started_at: "2026-11-22T09:30:00.000Z",
        ended_at: null,
        error: null,
      },
    ],
    events: [
      {
        seq: 3,
        type: "step.started",
        at: "2026-11-22T09:30:00.000Z",
        run_id: exampleRun.id,
        step_id: "form",
        attempt: 1,
        data: { type: "form" },
      },
    ],
  },
});

export const contextSchema = z
  .object({
    static: jsonObjectSchema,
    profile: jsonObjectSchema,
    runtime: z.object({ inputs: jsonObjectSchema, steps: jsonObjectSchema }),
    archived,
  })
  .meta({
    id: "Context",
    example: {
      static: {},
      profile: {},
      runtime: { inputs: { topic: "Launch", audience: "SMB" }, steps: {} },
    },
  });

export type Context = z.infer<typeof contextSchema>;
