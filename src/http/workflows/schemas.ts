/** Request and response schemas of `/v1/workflows`. */
import { z } from "zod";
import { diagnosticSchema } from "#model/diagnostic.ts";
import { jsonObjectSchema } from "#model/json-schemas.ts";
import { STEP_TYPES } from "#model/workflow.ts";
import { JSON_TYPE } from "../route/body.ts";
import { pageSchema } from "../route/paging.ts";
import { YAML_TYPE } from "../route/request-body.ts";

const EXAMPLE_STEPS = [
  {
    id: "ask",
    type: "form" as const,
    name: "Ask",
    next: null,
    config: { fields: [{ key: "topic", type: "string", required: true }] },
  },
];
const EXAMPLE_DEFINITION = { name: "Hello", start_step: "ask", steps: EXAMPLE_STEPS };
const EXAMPLE_YAML = `name: Hello
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config:
      fields:
        - { key: topic, type: string, required: true }
`;

const stepSchema = z
  .object({
    id: z.string(),
    type: z.enum(STEP_TYPES),
    name: z.string(),
    next: z.string().nullable().optional(),
    on_error: z.string().optional(),
    retry: jsonObjectSchema.optional(),
    config: jsonObjectSchema,
  })
  .meta({ id: "Step", example: EXAMPLE_STEPS[0] });

export const workflowSchema = z
  .object({
    id: z.string(),
    version: z.int().min(1),
    name: z.string().min(1),
    definition: jsonObjectSchema.meta({
      description:
        "Canonical form: defaults filled in, keys in a fixed order; those of each `json_schema` in the order of the source.",
    }),
    start_step: z.string(),
    steps: z.array(stepSchema),
    diagnostics: z.array(diagnosticSchema).optional().meta({
      description:
        "Warnings and hints about the definition, in responses to writes only; absent when there are none.",
    }),
  })
  .meta({
    id: "Workflow",
    example: {
      id: "hello",
      version: 1,
      name: "Hello",
      definition: EXAMPLE_DEFINITION,
      start_step: "ask",
      steps: EXAMPLE_STEPS,
    },
  });

const versionSchema = z.object({
  version: z.int().min(1),
  hash: z.string().meta({ description: "SHA-256 of the canonical definition." }),
  created_at: z.iso.datetime(),
  created_by: z.string(),
});

const summarySchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  name: z.string(),
  description: z.string().optional(),
  start_step: z.string(),
  tags: z.array(z.string()),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export const listSchema = pageSchema("WorkflowList", summarySchema);

export const versionsSchema = z
  .object({ items: z.array(versionSchema) })
  .meta({ id: "WorkflowVersions", example: { items: [] } });

export const validationSchema = z
  .object({ valid: z.boolean(), diagnostics: z.array(diagnosticSchema) })
  .meta({ id: "Validation", example: { valid: true, diagnostics: [] } });

/** An id of another form cannot be a workflow's: 404, not 400. */
export const idParams = z.object({ id: z.string().meta({ example: "content_draft_flow" }) });
export const versionParams = idParams.extend({ version: z.string().meta({ example: "1" }) });

/** Checked by the workflow's own diagnostics, which are more precise than a schema can be. */
export const workflowBodyContent = {
  [JSON_TYPE]: {
    schema: z
      .unknown()
      .openapi({ type: "object", title: "Workflow definition", example: EXAMPLE_DEFINITION }),
  },
  [YAML_TYPE]: {
    schema: z.string().meta({ title: "Workflow definition", example: EXAMPLE_YAML }),
  },
};

export const tag = "Workflows";
