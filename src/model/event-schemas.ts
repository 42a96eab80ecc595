/**
 * The events of a run: one schema for each type, discriminated by `type`. The one source of what an
 * event contains: `event.ts` infers the types from here, the API describes them with it.
 *
 * Persisted shape: read by the fold, the history, the projection, log lines and spans. Fields may
 * be added, never renamed. Stored events are never parsed with these: a log of another release must
 * fold with missing and with further fields.
 */
import { z } from "zod";
import type { FailureCode } from "./failure.ts";
import { jsonValueSchema } from "./json-schemas.ts";
import { optionalKey } from "./optional-key.ts";
import { decisionSchema } from "./wait.ts";
import { STEP_TYPES } from "./workflow.ts";

const time = z.iso.datetime().meta({ example: "2026-11-22T09:30:00.000Z" });
const seconds = (description: string) => z.int().min(0).meta({ description });
const nothing = z.object({});

const callerSchema = z
  .object({
    id: z.string(),
    email: optionalKey(z.string()),
    via: optionalKey(z.literal("resume_token")),
  })
  .meta({ id: "Caller", description: "The person, key or link behind a change of a run." });

/** Typed by the codes of this release, described as any text: a later release has more. */
const codeSchema = <Code extends string = FailureCode>() =>
  z.custom<Code>((value) => typeof value === "string").meta({ type: "string" });

const failure = {
  code: codeSchema(),
  message: z.string(),
  http_status: optionalKey(z.int()),
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
  /** The token counts are 0 because the provider did not report them. */
  tokens_unknown: optionalKey(z.literal(true)),
  /** Why the model stopped, as the provider reports it. */
  finish_reason: optionalKey(z.string()),
  /** The parts of the request that the provider was not sent, or sent in another form. */
  lowering: optionalKey(z.array(z.string())),
  /** Absent: none, or not reported. */
  tokens_cached: optionalKey(
    z.int().meta({ description: "The part of the prompt that the provider had cached." }),
  ),
  reading: optionalKey(
    z
      .string()
      .meta({ description: "How the answer was repaired before parsing; absent: it was not." }),
  ),
});

const attemptNameSchema = z
  .object({ step_id: z.string(), attempt: z.int().min(1) })
  .meta({ id: "AttemptName", description: "One attempt of one step." });

const attemptNames = (description: string) =>
  optionalKey(z.array(attemptNameSchema).meta({ description }));

const underWay = attemptNames(
  "Attempts whose call may have been sent, with an unknown outcome: a `step.late` follows for each. Absent: none.",
);

const excerpt = optionalKey(
  z.string().meta({
    description: "The start of the model's refused answer, masked.",
  }),
);

/** `run.created` → `RunCreated`. */
function nameOf(type: string): string {
  return type.replaceAll(/(?:^|\.)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function eventOf<const T extends string, D extends z.ZodObject>(type: T, data: D) {
  return z
    .object({
      seq: z.int().min(1).meta({ description: "1, 2, 3 … without gaps within a run." }),
      type: z.literal(type),
      at: time,
      run_id: z.string(),
      step_id: optionalKey(z.string()),
      attempt: optionalKey(z.int().min(1)),
      data: data.meta({ id: `${nameOf(type)}Data` }),
    })
    .meta({ id: `${nameOf(type)}Event` });
}

export const eventSchema = z
  .discriminatedUnion("type", [
    eventOf(
      "run.created",
      z.object({
        workflow_id: z.string(),
        workflow_version: z.int().min(1),
        created_by: callerSchema,
        created_with: optionalKey(
          z.enum(["key", "jwt"]).meta({
            description:
              "How the caller who started the run authenticated; absent in runs of older versions.",
          }),
        ),
        provider: z.string().meta({ description: "The provider of steps that do not name one." }),
        mock: z
          .boolean()
          .meta({ description: "Whether it is known from the start that the mock answers." }),
        mock_asked: optionalKey(
          z.boolean().meta({
            description: "The run asked for the mock; absent in runs of older versions.",
          }),
        ),
        templates: z
          .record(z.string(), z.int())
          .meta({ description: "Versions that were current at the start, by template id." }),
        tags: z.array(z.string()),
        idempotency_key: optionalKey(z.string()),
      }),
    ),
    eventOf("run.started", nothing),
    eventOf(
      "run.waiting",
      z.object({
        wait_number: z.int().min(1),
        type: z.enum(["form", "approval"]),
        expires_at: optionalKey(time),
      }),
    ),
    eventOf(
      "run.resumed",
      z.object({
        wait_number: z.int().min(1),
        by: z.string().meta({ description: "An e-mail address, `key:<id>` or `resume_token`." }),
        /** How they authenticated, when it was not with a key. */
        via: optionalKey(z.literal("resume_token")),
        decision: optionalKey(decisionSchema),
        /** No other token of this principal can decide the same wait. */
        principal: optionalKey(
          z.string().meta({ description: "The principal of the JWT that decided." }),
        ),
      }),
    ),
    eventOf("run.completed", nothing),
    eventOf("run.failed", z.object({ ...failure, under_way: underWay })),
    eventOf(
      "run.canceled",
      z.object({
        by: z.string(),
        reason: optionalKey(z.string()),
        under_way: underWay,
      }),
    ),
    eventOf("step.started", z.object({ type: z.enum(STEP_TYPES) })),
    eventOf("step.completed", z.object({ next })),
    eventOf("step.failed", z.object({ ...failure, next, excerpt })),
    eventOf(
      "step.retrying",
      z.object({
        ...failure,
        reason: z
          .enum(["transport", "schema", "fallback"])
          .meta({ description: "Which budget the attempt was counted against." }),
        delay_ms: z.int().min(0),
        retry_at: time,
        transport_failures: z.int(),
        violations: z.int(),
        candidate: z
          .int()
          .meta({ description: "Index into the step's provider and its fallback." }),
        feedback: z.array(z.string()).meta({ description: "What was wrong with the last answer." }),
        excerpt,
      }),
    ),
    eventOf(
      "step.late",
      z.object({
        outcome: z.enum(["completed", "failed", "outcome_unknown", "canceled"]).meta({
          description:
            "The outcome of an attempt that its run did not wait for. `outcome_unknown`: a call that may have been carried out. `canceled`: it cannot have changed anything outside.",
        }),
        /** The failure's code; without a failure, the outcome again. */
        code: optionalKey(
          codeSchema<FailureCode | "canceled">().meta({ description: "Absent when it completed." }),
        ),
        message: optionalKey(z.string()),
        http_status: optionalKey(z.int()),
        output: optionalKey(
          jsonValueSchema.meta({ description: "The output of a call that completed." }),
        ),
        response: optionalKey(aiResponseSchema),
        under_way: attemptNames(
          "After the end of the run: attempts that are still running. Empty: the log is complete. Absent: this one was not running at the end.",
        ),
      }),
    ),
    eventOf(
      "ai.request",
      z.object({
        provider: z.string(),
        model: optionalKey(z.string()),
        template_id: z.string(),
        template_version: z.int(),
        retry_count: z.int(),
      }),
    ),
    eventOf("ai.response", aiResponseSchema),
  ])
  .meta({ id: "RunEvent", description: "One entry of the run's log." });
