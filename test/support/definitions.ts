/** Builders of canonical definitions for tests. */
import type {
  AiGenerateStep,
  ApiCallStep,
  ApprovalStep,
  ConditionalStep,
  FormStep,
  RetryPolicy,
  Step,
  WorkflowDefinition,
} from "#model/workflow.ts";

export const RETRY: RetryPolicy = {
  max_attempts: 3,
  initial_delay_ms: 500,
  max_delay_ms: 30_000,
  backoff: "exponential",
  jitter: false,
};

export function definition(
  steps: Step[],
  more: Partial<WorkflowDefinition> = {},
): WorkflowDefinition {
  return {
    schema_version: "0.2.0",
    id: "sample",
    name: "Sample",
    start_step: steps[0]?.id ?? "",
    static: {},
    tags: [],
    steps,
    ...more,
  };
}

type Over<S extends Step> = Partial<Omit<S, "config" | "type" | "id">> & {
  config?: Partial<S["config"]>;
};

export function form(id: string, { config, ...over }: Over<FormStep> = {}): FormStep {
  return {
    id,
    type: "form",
    name: id,
    next: null,
    ...over,
    config: { fields: [{ key: "topic", type: "string", required: true }], ...config },
  };
}

export function ai(id: string, { config, ...over }: Over<AiGenerateStep> = {}): AiGenerateStep {
  return {
    id,
    type: "ai_generate",
    name: id,
    next: null,
    retry: RETRY,
    ...over,
    config: {
      template_id: "content_v1",
      variables: ["topic"],
      json_schema: {
        type: "object",
        properties: { draft: { type: "string" } },
        required: ["draft"],
      },
      timeout_s: 30,
      ...config,
    },
  };
}

export function api(id: string, { config, ...over }: Over<ApiCallStep> = {}): ApiCallStep {
  return {
    id,
    type: "api_call",
    name: id,
    next: null,
    retry: RETRY,
    ...over,
    config: {
      url: "https://api.example.com/",
      method: "GET",
      timeout_s: 30,
      idempotent: false,
      ...config,
    },
  };
}

export function conditional(
  id: string,
  { config, ...over }: Over<ConditionalStep> = {},
): ConditionalStep {
  return {
    id,
    type: "conditional",
    name: id,
    next: null,
    ...over,
    config: { when: "true", then: null, else: null, ...config },
  };
}

export function approval(id: string, { config, ...over }: Over<ApprovalStep> = {}): ApprovalStep {
  return {
    id,
    type: "approval",
    name: id,
    next: null,
    ...over,
    config: {
      approvers: ["ann@example.com"],
      quorum: 1,
      require_comment_on_reject: false,
      allow_self_approval: false,
      ...config,
    },
  };
}
