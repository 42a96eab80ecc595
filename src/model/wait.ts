/** What a run waits for, as the API shows it: a form to be filled in, or an approval. */
import { z } from "zod";
import { diagnosticSchema } from "./diagnostic.ts";
import { jsonObjectSchema, jsonValueSchema } from "./json-schemas.ts";
import { optionalKey } from "./optional-key.ts";
import { FIELD_TYPES } from "./workflow.ts";

/** Well-formed, with an invalid signature. */
export const EXAMPLE_TOKEN =
  "wo_resume_AX9qK0s3Zt8hQ2mV7cR4xW1yB6nJ5uL0eD9gT8kF3aS2pO7iH4vM1zC6wE5rY0bN9jU8lG3dX2qA7sK4fP1t";

const time = z.iso.datetime().meta({ example: "2026-11-22T09:30:00.000Z" });

const optionSchema = z.object({ value: z.string(), label: z.string() }).meta({ id: "FieldOption" });

const fieldSchema = z
  .object({
    key: z.string(),
    type: z.enum(FIELD_TYPES),
    required: z.boolean(),
    pattern: optionalKey(z.string()),
    label: optionalKey(z.string()),
    description: optionalKey(z.string()),
    placeholder: optionalKey(z.string()),
    default: optionalKey(jsonValueSchema),
    options: optionalKey(z.array(optionSchema)),
    min: optionalKey(z.number()),
    max: optionalKey(z.number()),
    min_length: optionalKey(z.int()),
    max_length: optionalKey(z.int()),
    sensitive: optionalKey(z.boolean()),
  })
  .meta({ id: "FormField", example: { key: "topic", type: "string", required: true } });

export const decisionSchema = z
  .object({
    by: z.string().meta({ description: "An e-mail address, or `key:<id>`." }),
    approved: z.boolean(),
    comment: optionalKey(z.string()),
    at: time,
  })
  .meta({ id: "Decision", description: "The decision of one person or key." });

const resumeToken = z.string().meta({ example: EXAMPLE_TOKEN });

const formWaitSchema = z
  .object({
    number: z.int().min(1),
    step_id: z.string(),
    type: z.literal("form"),
    fields: z.array(fieldSchema),
    prefill: jsonObjectSchema.optional().meta({
      description:
        "Values that are known already; a field omitted from the answers keeps its value.",
    }),
    answered_before: z.array(z.string()).optional().meta({
      description:
        "Keys of fields with an answer that is not shown because it is, or contains, a sensitive value. Omitted from the answers, they keep it; null removes it.",
    }),
    errors: z.array(diagnosticSchema).optional(),
    expires_at: time.optional(),
    resume_token: resumeToken.optional().meta({
      description: "Answers this wait once, without an API key. Only for callers who may answer.",
    }),
    can_answer: z
      .boolean()
      .optional()
      .meta({ description: "Whether the caller may answer: `runs:write`." }),
  })
  .meta({ id: "FormWait", description: "The run waits for a form to be filled in." });

const resumeTokenSchema = z
  .object({ approver: z.string(), token: resumeToken })
  .meta({ id: "ApproverToken" });

const approvalWaitSchema = z
  .object({
    number: z.int().min(1),
    step_id: z.string(),
    type: z.literal("approval"),
    approvers: z.array(z.string()),
    quorum: z.int().min(1),
    decisions: z.array(decisionSchema),
    expires_at: time.optional(),
    resume_tokens: z.array(resumeTokenSchema).optional().meta({
      description:
        "One for each approver who may still decide. Only for callers who may decide: a person sees their own.",
    }),
    can_decide: z
      .boolean()
      .optional()
      .meta({ description: "Whether a decision of the caller would be accepted now." }),
    decided: z
      .boolean()
      .optional()
      .meta({ description: "Whether the caller has already decided." }),
    refused_as: z
      .enum(["already_decided", "not_an_approver", "self_approval", "insufficient_scope"])
      .optional()
      .meta({
        description:
          "Where `can_decide` is false: the code of the problem that a decision would get.",
      }),
    refused_because: z.string().optional().meta({
      description: "The same as a message to the caller.",
      example: "You have decided already.",
    }),
  })
  .meta({ id: "ApprovalWait", description: "The run waits for people to decide." });

export const waitSchema = z.discriminatedUnion("type", [formWaitSchema, approvalWaitSchema]).meta({
  id: "Wait",
  description: "What the run waits for: everything that a client needs to render it.",
});

export type Wait = z.infer<typeof waitSchema>;
