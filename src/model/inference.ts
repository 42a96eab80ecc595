/** The response of `/v1/ai/infer`: one value of a model, and its usage. */
import { z } from "zod";
import { diagnosticSchema } from "./diagnostic.ts";

export const inferenceUsageSchema = z
  .object({
    tokens_prompt: z.int(),
    tokens_output: z.int(),
    tokens_cached: z
      .int()
      .optional()
      .meta({ description: "The part of the prompts that the provider had cached." }),
    cost_usd: z.number().nullable().meta({ description: "null when it is unknown." }),
  })
  .meta({ id: "InferenceUsage", description: "Usage of all attempts together." });

export type InferenceUsage = z.infer<typeof inferenceUsageSchema>;

export const inferenceSchema = z
  .object({
    output: z.unknown().meta({ description: "The value; it fits the schema." }),
    usage: inferenceUsageSchema,
    provider: z.string(),
    model: z.string(),
    template_id: z.string(),
    template_version: z.int().min(1),
    latency_ms: z.int().meta({ description: "From the first call to the answer." }),
    retry_count: z.int().meta({ description: "Calls after the first." }),
    diagnostics: z.array(diagnosticSchema).optional().meta({
      description: "Warnings about the schema; absent when there are none.",
    }),
  })
  .meta({
    id: "Inference",
    example: {
      output: { subject: "Test Subject", body: "Hello World" },
      usage: { tokens_prompt: 31, tokens_output: 12, cost_usd: 0 },
      provider: "mock",
      model: "mock",
      template_id: "email_v1",
      template_version: 1,
      latency_ms: 1,
      retry_count: 0,
    },
  });
