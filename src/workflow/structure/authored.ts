/**
 * The workflow as people write it: the format of `schema_version` 0.2 as zod schemas.
 *
 * Owns names, types and bounds of the keys, and the words that editors show for them. The JSON
 * Schema for editors is generated from these, and the description of a key also completes the
 * message when the key is missing, so each says what to write. Rules that span several keys are
 * in `graph.ts` and the `content-*.ts` files, not here.
 */
import { z } from "zod";
import { isJsonObject, type JsonObject } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { ID_PATTERN, SCHEMA_VERSION, STEP_TYPES, type StepType } from "#model/workflow.ts";
import {
  aiConfigSchema,
  apiConfigSchema,
  approvalConfigSchema,
  conditionalConfigSchema,
  formConfigSchema,
  retrySchema,
} from "./authored-config.ts";
import { fieldSchema, label, longText, NOT_BLANK_PATTERN } from "./authored-fields.ts";

const text = z.string();
const jsonObject = z.custom<JsonObject>(isJsonObject, "a mapping").meta({ type: "object" });

const stepShape = {
  id: text.regex(ID_PATTERN).meta({
    description:
      "Name of the step for other steps: letters, digits, - and _, first a letter, all lower case.",
    examples: ["generate"],
  }),
  name: label.meta({ description: "Name of the step for people.", examples: ["Write the draft"] }),
  next: text.nullable().exactOptional().meta({
    description: "Id of the step that follows; the run ends here when absent or null.",
  }),
  on_error: text.exactOptional().meta({
    description: "Id of the step that follows when this one fails; the run fails when absent.",
  }),
};
const retryShape = {
  retry: retrySchema
    .exactOptional()
    .meta({ description: "How the step is retried after a failure in transport." }),
};
const configDescription = {
  description: "The settings of the step; which ones depends on `type`.",
};

/** What every step has, for a step whose type is not known. */
export const anyStepSchema = z.strictObject({
  ...stepShape,
  type: text.meta({ description: `One of ${STEP_TYPES.join(", ")}.` }),
  retry: z.unknown().optional(),
  config: z.unknown().optional(),
});

export const STEP_SCHEMAS = {
  form: z
    .strictObject({
      ...stepShape,
      type: z.literal("form"),
      config: formConfigSchema.meta(configDescription),
    })
    .meta({
      id: "FormStep",
      title: "form",
      description: "Asks a person and waits for the answers.",
    }),
  ai_generate: z
    .strictObject({
      ...stepShape,
      type: z.literal("ai_generate"),
      ...retryShape,
      config: aiConfigSchema.meta(configDescription),
    })
    .meta({
      id: "AiGenerateStep",
      title: "ai_generate",
      description: "Asks a model for a value that must fit a JSON Schema.",
    }),
  conditional: z
    .strictObject({
      ...stepShape,
      type: z.literal("conditional"),
      config: conditionalConfigSchema.meta(configDescription),
    })
    .meta({
      id: "ConditionalStep",
      title: "conditional",
      description: "Chooses the next step.",
    }),
  api_call: z
    .strictObject({
      ...stepShape,
      type: z.literal("api_call"),
      ...retryShape,
      config: apiConfigSchema.meta(configDescription),
    })
    .meta({ id: "ApiCallStep", title: "api_call", description: "Calls an HTTP API." }),
  approval: z
    .strictObject({
      ...stepShape,
      type: z.literal("approval"),
      config: approvalConfigSchema.meta(configDescription),
    })
    .meta({
      id: "ApprovalStep",
      title: "approval",
      description: "Waits until people approve or reject.",
    }),
} as const satisfies Record<StepType, z.ZodObject>;

export type AuthoredStep = z.infer<(typeof STEP_SCHEMAS)[StepType]>;

const workflowShape = {
  schema_version: z.unknown().optional().meta({
    type: "string",
    description: "Version of this format; the current one when absent.",
    default: SCHEMA_VERSION,
  }),
  id: text
    .regex(ID_PATTERN)
    .exactOptional()
    .meta({
      description: "Id of the workflow; the name in snake_case when absent.",
      examples: ["content_draft_flow"],
    }),
  name: label.meta({
    description: "Name of the workflow for people.",
    examples: ["Content Draft Flow"],
  }),
  description: longText.exactOptional().meta({ description: "The purpose of the workflow." }),
  start_step: text.meta({ description: "Id of the first step." }),
  static: jsonObject
    .exactOptional()
    .meta({ description: "Constants of the workflow, read as `static.…`." }),
  inputs: z.array(fieldSchema).max(LIMITS.formFields).exactOptional().meta({
    description: "The inputs of the start, as fields of a form; any input is accepted when absent.",
  }),
  output: z
    .record(text, text)
    .exactOptional()
    .meta({
      description: "The output of a completed run: names, each with the dotted path of its value.",
      examples: [{ draft: "steps.generate.output.draft" }],
    }),
  tags: z
    .array(text.regex(NOT_BLANK_PATTERN).max(LIMITS.tagLength))
    .max(LIMITS.tags)
    .exactOptional()
    .meta({
      description: "Tags for finding the workflow.",
    }),
};

const stepsOf = <T extends z.ZodType>(step: T) =>
  z.array(step).min(1).max(LIMITS.workflowSteps).meta({ description: "The steps, in any order." });

/** Everything but the steps, which are checked one by one. */
export const frameSchema = z.strictObject({ ...workflowShape, steps: stepsOf(z.unknown()) });
type AuthoredFrame = z.infer<typeof frameSchema>;

export const workflowSchema = z.strictObject({
  ...workflowShape,
  steps: stepsOf(
    z.discriminatedUnion("type", [
      STEP_SCHEMAS.form,
      STEP_SCHEMAS.ai_generate,
      STEP_SCHEMAS.conditional,
      STEP_SCHEMAS.api_call,
      STEP_SCHEMAS.approval,
    ]),
  ),
});

export interface AuthoredWorkflow extends Omit<AuthoredFrame, "steps"> {
  steps: AuthoredStep[];
}
