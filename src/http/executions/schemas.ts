/** Request and response schemas of `/v1/executions`. */
import { z } from "zod";
import { jsonObjectSchema } from "#model/json-schemas.ts";
import { LIMITS } from "#model/limits.ts";
import { RUN_LOCATIONS } from "#model/run-location.ts";
import { mockAiSchema } from "#model/mock-request.ts";
import { EXAMPLE_TOKEN } from "#model/wait.ts";
import { isIdempotencyKey } from "../idempotency/key.ts";
import type { DescribedHeaders } from "../route/answers.ts";

const idempotencyKeySchema = z
  .string()
  .refine(isIdempotencyKey, {
    message: `must be 1 to ${LIMITS.idempotencyKeyLength} printable ASCII characters`,
  })
  .meta({ example: "order-4711" });

export const startBodySchema = z
  .strictObject({
    workflow_id: z.string(),
    workflow_version: z.int().min(1).optional().meta({ description: "Default: the latest." }),
    inputs: jsonObjectSchema.optional(),
    run_opts: z
      .strictObject({
        idempotency_key: idempotencyKeySchema.optional(),
        mock_ai: mockAiSchema.optional(),
        profile: jsonObjectSchema.optional().meta({ description: "Who the run is for." }),
        tags: z.array(z.string().min(1).max(LIMITS.tagLength)).max(LIMITS.tags).optional(),
        location: z.enum(RUN_LOCATIONS).optional().meta({
          description:
            "Where the run is kept and answers from, as a hint to the platform. Default: near the caller that starts it.",
        }),
      })
      .optional(),
  })
  .meta({
    id: "StartExecutionRequest",
    example: {
      workflow_id: "content_draft_flow",
      inputs: {},
      run_opts: { idempotency_key: "order-4711", mock_ai: true, tags: ["demo"] },
    },
  });

export type StartBody = z.infer<typeof startBodySchema>;

const approvalSchema = z
  .strictObject({
    step_id: z.string(),
    approved: z.boolean(),
    comment: z.string().max(LIMITS.commentLength).optional(),
  })
  .meta({ id: "Approval" });

export const resumeBodySchema = z
  .strictObject({
    inputs: jsonObjectSchema.optional(),
    approvals: z.array(approvalSchema).min(1).max(1).optional(),
    wait_number: z.int().min(1).optional().meta({
      description: "The wait that is answered; 409 unless it is the current one.",
    }),
    resume_token: z.string().optional().meta({
      description: "From the wait of the run; replaces an API key.",
      example: EXAMPLE_TOKEN,
    }),
  })
  .refine((body) => (body.inputs === undefined) !== (body.approvals === undefined), {
    message: "must have exactly one of inputs and approvals",
  })
  .meta({
    id: "ResumeRequest",
    description: "Answers for a form, or a decision for an approval: exactly one of the two.",
    example: { inputs: { topic: "Launch", audience: "SMB" } },
  });

export type ResumeBody = z.infer<typeof resumeBodySchema>;

export const cancelBodySchema = z
  .strictObject({ reason: z.string().max(LIMITS.reasonLength).optional() })
  .meta({ id: "CancelRequest", example: { reason: "No longer needed" } });

/** An id of another form cannot be a run's: 404, not 400. */
export const runParams = z.object({
  run_id: z.string().meta({ example: "run_n5zq3tq4wq2i5l7k3c2h6xw4ya" }),
});

export const preferHeaders = z.object({
  prefer: z.string().optional().meta({
    description:
      "`wait=N` waits up to N seconds for the run to settle; `respond-async` does not wait.",
    example: "wait=5",
  }),
});

export const replayHeaders = {
  "Idempotent-Replayed": {
    description: "`true` when the key started this run earlier.",
    schema: { type: "string" },
  },
  "Preference-Applied": {
    description: "The part of `Prefer` that was applied.",
    schema: { type: "string" },
  },
} as const satisfies DescribedHeaders;
