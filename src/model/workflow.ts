/**
 * The canonical workflow: the YAML after parsing and checking, with its defaults filled in.
 * `workflow/` builds it; everything else only reads it.
 *
 * Persisted shape: it is stored in D1 and with every run. Fields may be added, never renamed.
 */
import type { JsonObject, JsonValue } from "./json.ts";

/** The version of the YAML format that this service writes. */
export const SCHEMA_VERSION = "0.2.0";

export const STEP_TYPES = ["form", "ai_generate", "conditional", "api_call", "approval"] as const;
export type StepType = (typeof STEP_TYPES)[number];

export const FIELD_TYPES = [
  "string",
  "text",
  "number",
  "integer",
  "boolean",
  "date",
  "email",
  "url",
  "select",
  "multiselect",
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export const PROVIDERS = ["mock", "openai", "anthropic", "workers-ai"] as const;
type ProviderName = (typeof PROVIDERS)[number];

export const HTTP_METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;
type HttpMethod = (typeof HTTP_METHODS)[number];

/** Methods that only read: they have no body, and may be repeated and redirected. */
export const SAFE_METHODS: ReadonlySet<string> = new Set<HttpMethod>(["GET", "HEAD", "OPTIONS"]);

/** How the body of a response is parsed; `auto`: by its content type. */
export const RESPONSE_KINDS = ["auto", "json", "text", "base64"] as const;
export type ResponseKind = (typeof RESPONSE_KINDS)[number];

/** Ids of workflows and steps. `fail` is reserved. */
export const ID_PATTERN = /^[a-z][a-z0-9_-]{0,63}$/;
export const RESERVED_STEP_IDS: ReadonlySet<string> = new Set(["fail"]);

/**
 * The roots of the context; they take precedence over input names, so no field may have such a
 * name.
 */
export const CONTEXT_ROOTS = [
  "static",
  "profile",
  "runtime",
  "inputs",
  "steps",
  "secrets",
] as const;

export interface FormField {
  key: string;
  type: FieldType;
  required: boolean;
  pattern?: string;
  label?: string;
  description?: string;
  placeholder?: string;
  default?: JsonValue;
  options?: { value: string; label: string }[];
  min?: number;
  max?: number;
  min_length?: number;
  max_length?: number;
  sensitive?: boolean;
}

export interface RetryPolicy {
  /** Attempts in all, the first included. */
  max_attempts: number;
  initial_delay_ms: number;
  max_delay_ms: number;
  backoff: "fixed" | "exponential";
  jitter: boolean;
}

interface StepBase {
  id: string;
  name: string;
  /** The step after this one; null ends the run. */
  next: string | null;
  /** Catches every terminal failure of the step. */
  on_error?: string;
}

interface Expiry {
  expires_in_s?: number;
  on_expire?: string;
}

export interface FormStep extends StepBase {
  type: "form";
  config: { fields: FormField[] } & Expiry;
}

export interface AiGenerateStep extends StepBase {
  type: "ai_generate";
  retry: RetryPolicy;
  config: {
    template_id: string;
    /** Names or dotted paths; the last segment is the name in the template. */
    variables: string[];
    json_schema: JsonObject | boolean;
    timeout_s: number;
    provider?: ProviderName;
    model?: string;
    temperature?: number;
    max_output_tokens?: number;
    fallback?: { provider: ProviderName; model?: string }[];
  };
}

export interface ConditionalStep extends StepBase {
  type: "conditional";
  config: {
    when: string;
    /** Targets with the default (`next`) already filled in; null ends the run. */
    then: string | null;
    else: string | null;
  };
}

export interface ApiCallStep extends StepBase {
  type: "api_call";
  retry: RetryPolicy;
  config: {
    url: string;
    method: HttpMethod;
    headers?: Record<string, string>;
    body?: JsonValue;
    /** Instead of `body`: names to values, sent as a form. */
    body_form?: JsonObject;
    /** Absent: `auto`. */
    response?: ResponseKind;
    timeout_s: number;
    /** For POST and PATCH: the server recognises repeated calls by their Idempotency-Key. */
    idempotent: boolean;
    /** Statuses that count as success; absent: every 2xx. */
    expect_status?: number[];
  };
}

export interface ApprovalStep extends StepBase {
  type: "approval";
  config: {
    approvers: string[];
    quorum: number;
    on_reject?: string;
    require_comment_on_reject: boolean;
    allow_self_approval: boolean;
  } & Expiry;
}

export type Step = FormStep | AiGenerateStep | ConditionalStep | ApiCallStep | ApprovalStep;

/** The canonical definition: keys in this order, defaults filled in, `x-…` keys removed. */
export interface WorkflowDefinition {
  schema_version: string;
  id: string;
  name: string;
  description?: string;
  start_step: string;
  static: JsonObject;
  /** Declared start inputs, fields as in a form. Absent: any key is accepted. */
  inputs?: FormField[];
  /** Names to dotted paths, returned on the completed run. */
  output?: Record<string, string>;
  tags: string[];
  steps: Step[];
}

/** The templates that the steps name, in order, each once. */
export function templateIdsOf(definition: WorkflowDefinition): string[] {
  const ids = definition.steps.flatMap((step) =>
    step.type === "ai_generate" ? [step.config.template_id] : [],
  );
  return [...new Set(ids)].toSorted();
}
