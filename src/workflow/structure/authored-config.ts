/**
 * The settings of each step type as people write them. Owns names, types and bounds of the keys,
 * and the words that editors show for them; see `authored.ts`.
 */
import { z } from "zod";
import { isJsonObject, type JsonObject } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { TEMPLATE_ID_PATTERN } from "#model/template.ts";
import { HTTP_METHODS, PROVIDERS, RESPONSE_KINDS } from "#model/workflow.ts";
import { anyJson, fieldSchema, label } from "./authored-fields.ts";

const text = z.string();
const target = text.nullable();
const provider = z.enum(PROVIDERS);
const delay = z.int().min(0).max(LIMITS.retryMaxDelayMs);
const jsonSchema = z
  .custom<JsonObject | boolean>(
    (value) => isJsonObject(value) || typeof value === "boolean",
    "a JSON Schema: a mapping, true or false",
  )
  .meta({ type: ["object", "boolean"] });

export const retrySchema = z
  .strictObject({
    max_attempts: z.int().min(1).max(LIMITS.retryMaxAttempts).exactOptional().meta({
      description: "Number of attempts, including the first one.",
      default: 3,
    }),
    initial_delay_ms: delay.exactOptional().meta({
      description: "Wait before the second attempt, in milliseconds.",
      default: 500,
    }),
    max_delay_ms: delay.exactOptional().meta({
      description: "Longest wait between attempts, in milliseconds.",
      default: 30_000,
    }),
    backoff: z.enum(["fixed", "exponential"]).exactOptional().meta({
      description: "Whether waits stay the same or double.",
      default: "exponential",
    }),
    jitter: z.boolean().exactOptional().meta({
      description: "true randomises the waits.",
      default: true,
    }),
  })
  .meta({ id: "Retry", title: "Retry", description: "Retries after a failure in transport." });

const expiryShape = {
  expires_in_s: z.number().gt(0).max(LIMITS.expiresMaxS).exactOptional().meta({
    description: "Seconds until the wait expires; it never expires when absent.",
  }),
  on_expire: text.exactOptional().meta({
    description: "Id of the step that follows when the wait expires; the run fails when absent.",
  }),
};

const timeoutShape = {
  timeout_s: z.number().min(LIMITS.timeoutMinS).max(LIMITS.timeoutMaxS).exactOptional().meta({
    description: "Seconds that one attempt may take.",
    default: 30,
  }),
};

export const formConfigSchema = z
  .strictObject({
    fields: z.array(fieldSchema).min(1).max(LIMITS.formFields).meta({
      description: "The questions, in the order in which they are shown.",
    }),
    ...expiryShape,
  })
  .meta({ title: "Form settings" });

export const fallbackSchema = z
  .strictObject({
    provider: provider.meta({ description: `One of ${PROVIDERS.join(", ")}.` }),
    model: label
      .exactOptional()
      .meta({ description: "Model of that provider; its default when absent." }),
  })
  .meta({ id: "Fallback", title: "Fallback" });

export const aiConfigSchema = z
  .strictObject({
    template_id: text.regex(TEMPLATE_ID_PATTERN).meta({
      description: "Id of the prompt template.",
      examples: ["content_v1"],
    }),
    variables: z.array(text).meta({
      description:
        "Names or dotted paths whose values the template gets; the last segment is the name there.",
      examples: [["topic", "steps.research.output.summary"]],
    }),
    json_schema: jsonSchema.meta({
      description: "JSON Schema (2020-12) that the model's answer must fit.",
    }),
    provider: provider.exactOptional().meta({
      description: "The provider of the model; the deployment's default when absent.",
    }),
    model: label.exactOptional().meta({ description: "Model of the provider." }),
    temperature: z.number().min(0).max(2).exactOptional().meta({
      description: "Sampling temperature, from 0 to 2.",
    }),
    max_output_tokens: z.int().min(1).exactOptional().meta({
      description: "Longest answer, in tokens.",
    }),
    fallback: z.array(fallbackSchema).exactOptional().meta({
      description: "Providers to try in this order when the previous one cannot be reached.",
    }),
    ...timeoutShape,
  })
  .meta({ title: "AI settings" });

export const conditionalConfigSchema = z
  .strictObject({
    when: text.meta({
      description: "The condition, an expression.",
      examples: ["len(topic) > 20 and audience in ['SMB', 'Enterprise']"],
    }),
    then: target.exactOptional().meta({
      description: "Id of the step that follows when the expression is true; `next` when absent.",
    }),
    else: target.exactOptional().meta({
      description: "Id of the step that follows when the expression is false; `next` when absent.",
    }),
  })
  .meta({ title: "Condition" });

export const apiConfigSchema = z
  .strictObject({
    url: text.min(1).meta({
      description: "Address of the request; path and query may contain {{placeholders}}.",
      examples: ["https://api.example.com/articles/{{steps.save.output.body.id}}"],
    }),
    method: z.enum(HTTP_METHODS).meta({ description: `One of ${HTTP_METHODS.join(", ")}.` }),
    headers: z.record(text, text).exactOptional().meta({
      description: "Headers by name; values may contain {{placeholders}} and {{secrets.NAME}}.",
    }),
    body: anyJson.exactOptional().meta({
      description:
        "Sent as JSON, or a text as it is; every text in it may contain {{placeholders}}, encoded for the Content-Type.",
    }),
    body_form: z
      .record(text, anyJson)
      .exactOptional()
      .meta({
        description:
          "Instead of body: names and values, sent as a form. A list repeats the name, an object is JSON text, null is omitted.",
        examples: [{ name: "{{name}}", tags: "{{tags}}" }],
      }),
    response: z
      .enum(RESPONSE_KINDS)
      .exactOptional()
      .meta({
        description: `How the body of the response is parsed, one of ${RESPONSE_KINDS.join(", ")}; auto: by its content type.`,
        default: "auto",
      }),
    ...timeoutShape,
    idempotent: z.boolean().exactOptional().meta({
      description:
        "true when the server recognises repeated calls by their Idempotency-Key, so that a POST or PATCH may be repeated.",
      default: false,
    }),
    expect_status: z
      .array(z.int().min(100).max(599))
      .min(1)
      .exactOptional()
      .meta({
        description: "Statuses that count as success; every 2xx when absent.",
        examples: [[200, 404]],
      }),
  })
  .meta({ title: "Request" });

export const approvalConfigSchema = z
  .strictObject({
    approvers: z
      .array(z.email().max(254))
      .min(1)
      .max(LIMITS.approvers)
      .meta({
        description: "E-mail addresses of the people who may decide.",
        examples: [["editor@example.com"]],
      }),
    quorum: z.int().min(1).exactOptional().meta({
      description: "How many of them must approve.",
      default: 1,
    }),
    on_reject: text.exactOptional().meta({
      description: "Id of the step that follows a rejection; the run fails when absent.",
    }),
    require_comment_on_reject: z.boolean().exactOptional().meta({
      description: "true when a rejection needs a comment.",
      default: false,
    }),
    allow_self_approval: z.boolean().exactOptional().meta({
      description: "true when the person who started the run may decide too.",
      default: false,
    }),
    ...expiryShape,
  })
  .meta({ title: "Approval settings" });
