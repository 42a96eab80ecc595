/**
 * Format 0.1 as zod schemas that convert a file to its definition. Written only from the
 * description of the format; see `old-file.ts` for what it may share.
 */
import { z } from "zod";
import { isJsonObject, type JsonObject, type JsonValue } from "#model/json.ts";
import {
  FIELD_TYPES,
  type FieldType,
  type FormField,
  HTTP_METHODS,
  PROVIDERS,
  SCHEMA_VERSION,
  type Step,
  type StepType,
  type WorkflowDefinition,
} from "#model/workflow.ts";
import { asPath, durationInSeconds, withPaths } from "./old-values.ts";

const text = z.string();
const json = z.custom<JsonValue>((value) => value !== undefined);
const object = z.custom<JsonObject>(isJsonObject);

const OLD_TYPES: Readonly<Record<string, FieldType>> = {
  str: "string",
  int: "integer",
  float: "number",
  bool: "boolean",
};

const option = z.union([
  text.transform((value) => ({ value, label: value })),
  z
    .object({ value: text, label: text.exactOptional() })
    .transform(({ value, label }) => ({ value, label: label ?? value })),
]);

const field = z
  .object({
    name: text,
    type: text.transform((type) => OLD_TYPES[type] ?? type).pipe(z.enum(FIELD_TYPES)),
    optional: z.boolean().default(false),
    pattern: text.exactOptional(),
    label: text.exactOptional(),
    description: text.exactOptional(),
    placeholder: text.exactOptional(),
    default: json.exactOptional(),
    options: z.array(option).exactOptional(),
    min: z.number().exactOptional(),
    max: z.number().exactOptional(),
    min_length: z.number().exactOptional(),
    max_length: z.number().exactOptional(),
    sensitive: z.boolean().exactOptional(),
  })
  .transform(({ name, optional, ...rest }): FormField => ({
    ...rest,
    key: name,
    required: !optional,
  }));

const timeout = text
  .default("30s")
  .transform((duration) => durationInSeconds(duration) ?? Number.NaN)
  .pipe(z.number());

const retry = z
  .object({
    max_attempts: z.number().default(3),
    initial_delay_ms: z.number().exactOptional(),
    max_delay_ms: z.number().exactOptional(),
    backoff: z.enum(["fixed", "exponential"]).default("exponential"),
    jitter: z.boolean().default(true),
  })
  .transform(({ initial_delay_ms: first, max_delay_ms: most, ...rest }) => ({
    ...rest,
    initial_delay_ms: first ?? Math.min(500, most ?? 500),
    max_delay_ms: most ?? Math.max(30_000, first ?? 0),
  }));

const common = z.object({
  title: text.exactOptional(),
  goto: text.nullable().default(null),
  on_error: text.exactOptional(),
});
const expiry = { expires_in_s: z.number().exactOptional(), on_expire: text.exactOptional() };

const form = z.object({
  type: z.literal("form"),
  common,
  config: z.object({ fields: z.array(field), ...expiry }),
});

const ai = z.object({
  type: z.literal("ai_generate"),
  common,
  retry,
  config: z
    .object({
      prompt: text,
      inputs: z.array(text.transform(asPath)),
      schema: z.union([object, z.boolean()]),
      timeout,
      provider: z.enum(PROVIDERS).exactOptional(),
      model: text.exactOptional(),
      temperature: z.number().exactOptional(),
      max_output_tokens: z.number().exactOptional(),
      fallback: z
        .array(z.object({ provider: z.enum(PROVIDERS), model: text.exactOptional() }))
        .exactOptional(),
    })
    .transform(({ prompt, inputs, schema, timeout: seconds, ...rest }) => ({
      ...rest,
      template_id: prompt,
      variables: inputs,
      json_schema: schema,
      timeout_s: seconds,
    })),
});

const conditional = z
  .object({
    type: z.literal("conditional"),
    common,
    config: z.object({
      condition: z.union([text, z.boolean(), z.number()]).transform(String),
      if_true: text.nullable().exactOptional(),
      if_false: text.nullable().exactOptional(),
    }),
  })
  .transform(({ config, ...rest }) => {
    const { condition, if_true: yes, if_false: no } = config;
    const { goto } = rest.common;
    return {
      ...rest,
      config: {
        when: condition,
        then: yes === undefined ? goto : yes,
        else: no === undefined ? goto : no,
      },
    };
  });

const http = z.object({
  type: z.literal("api_call"),
  common,
  retry,
  config: z
    .object({
      endpoint: text.transform(withPaths),
      verb: text.transform((verb) => verb.toUpperCase()).pipe(z.enum(HTTP_METHODS)),
      headers: z.record(text, text.transform(withPaths)).exactOptional(),
      body: json.transform(inEveryText).exactOptional(),
      timeout,
      idempotent: z.boolean().default(false),
      expect_status: z.array(z.number()).exactOptional(),
    })
    .transform(({ endpoint, verb, timeout: seconds, ...rest }) => ({
      ...rest,
      url: endpoint,
      method: verb,
      timeout_s: seconds,
    })),
});

const approve = z.object({
  type: z.literal("approval"),
  common,
  config: z
    .object({
      approver: text,
      quorum: z.number().default(1),
      on_reject: text.exactOptional(),
      require_comment_on_reject: z.boolean().default(false),
      allow_self_approval: z.boolean().default(false),
      ...expiry,
    })
    .transform(({ approver, ...rest }) => ({
      ...rest,
      approvers: [approver.trim().toLowerCase()],
    })),
});

function inEveryText(value: JsonValue): JsonValue {
  if (typeof value === "string") return withPaths(value);
  if (Array.isArray(value)) return value.map(inEveryText);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inEveryText(item)]));
}

const KINDS: Readonly<Record<string, StepType>> = {
  form: "form",
  ai: "ai_generate",
  if: "conditional",
  http: "api_call",
  approve: "approval",
};

/** Settings and common keys of steps are side by side: each part picks its own. */
const step = z.preprocess(
  (raw) => {
    if (!isJsonObject(raw)) return raw;
    const { kind } = raw;
    const type = typeof kind === "string" ? (KINDS[kind] ?? kind) : kind;
    return { type, common: raw, config: raw, retry: raw["retry"] ?? {} };
  },
  z.discriminatedUnion("type", [form, ai, conditional, http, approve]),
);

type OldStep = z.infer<typeof step>;

function asStep(id: string, { common: shared, ...rest }: OldStep): Step {
  const { title, goto, on_error: onError } = shared;
  return {
    ...rest,
    id,
    name: title ?? id,
    next: goto,
    ...(onError === undefined ? {} : { on_error: onError }),
  };
}

/** A file of format 0.1 → its definition. Without an id of its own its id is empty. */
export const oldWorkflowSchema = z
  .object({
    id: text.default(""),
    name: text.exactOptional(),
    title: text.exactOptional(),
    description: text.exactOptional(),
    start: text,
    static: object.default({}),
    inputs: z.array(field).exactOptional(),
    output: z.record(text, text.transform(asPath)).exactOptional(),
    tags: z.array(text).default([]),
    steps: z.record(text, step),
  })
  .transform(({ name, title, start, steps, ...rest }): WorkflowDefinition => ({
    ...rest,
    schema_version: SCHEMA_VERSION,
    name: name ?? title ?? "",
    start_step: start,
    steps: Object.entries(steps).map(([id, one]) => asStep(id, one)),
  }));
