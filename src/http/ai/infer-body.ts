/** The body of a request to infer. */
import { z } from "zod";
import type { TextPlace } from "#model/exact-json.ts";
import { isJsonObject } from "#model/json.ts";
import { jsonObjectSchema } from "#model/json-schemas.ts";
import { LIMITS } from "#model/limits.ts";
import { MOCK_MODES } from "#model/mock-request.ts";
import { PROVIDERS as PROVIDER_NAMES } from "#model/workflow.ts";
import { IN_SCHEMA } from "#validation/json-schema/limit-places.ts";

const EXAMPLE_SCHEMA = {
  type: "object",
  properties: { subject: { type: "string" }, body: { type: "string" } },
  required: ["subject", "body"],
};

export const inferBodySchema = z
  .strictObject({
    template_id: z.string(),
    variables: jsonObjectSchema
      .default({})
      .meta({ description: "The variables of the template, by name." }),
    // Described without a type: generators produce unusable clients for "an object or a boolean".
    json_schema: z
      .unknown()
      .refine((value) => typeof value === "boolean" || isJsonObject(value), {
        message: "must be a JSON Schema: an object, true or false",
      })
      .meta({
        id: "JsonSchema",
        description:
          "JSON Schema, draft 2020-12: an object, or true or false. Its keys keep their order.",
      }),
    provider: z
      .enum(PROVIDER_NAMES)
      .optional()
      .meta({ description: "Default: the provider of the service." }),
    model: z.string().min(1).max(LIMITS.nameLength).optional(),
    mock: z
      .union([
        z.boolean(),
        z.strictObject({ mode: z.enum(MOCK_MODES).optional() }).meta({ id: "InferMockOptions" }),
      ])
      .optional()
      .meta({ description: "Asks the deterministic mock provider, in this mode." }),
  })
  .meta({
    id: "InferRequest",
    example: {
      template_id: "email_v1",
      variables: { topic: "Launch" },
      json_schema: EXAMPLE_SCHEMA,
      mock: true,
    },
  });

/** Only in a schema may a number be a string. */
export const IN_INFERENCE: TextPlace = {
  takesText: false,
  below: (key) => (key === "json_schema" ? IN_SCHEMA : null),
};

export type InferBody = z.output<typeof inferBodySchema>;
