/**
 * The workflows of a trial: every example that the service is seeded with, its APIs redirected to
 * the witness, and some that call it in every way there is.
 */
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import type { FormField } from "#model/workflow.ts";
import { ROOT } from "../../config/folders.ts";

export interface TrialStep {
  id: string;
  type: string;
  retry?: Record<string, unknown>;
  config: Record<string, unknown>;
  [key: string]: unknown;
}

export interface TrialWorkflow {
  id: string;
  inputs?: FormField[];
  steps: TrialStep[];
  [key: string]: unknown;
}

/** Its first call is answered after a moment, in which its runs are canceled. */
export const CANCELED_WORKFLOW = "own_canceled";

const SEEDS = `${ROOT}src/cli/seeds/workflows/`;
/** Pauses of seconds would be the runs' own timers, and nothing else would be seen of them. */
const QUICK = { initial_delay_ms: 150, max_delay_ms: 300, jitter: false };

/** `host`: of the witness. */
export function trialWorkflows(host: string): TrialWorkflow[] {
  const examples = readdirSync(SEEDS)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted()
    .map((name) => parse(readFileSync(SEEDS + name, "utf8")) as TrialWorkflow);
  return [...examples.map((one) => redirected(one, host)), ...ownWorkflows(host)];
}

function redirected(workflow: TrialWorkflow, host: string): TrialWorkflow {
  return {
    ...workflow,
    steps: workflow.steps.map((step) => {
      const retry = { ...step.retry, ...QUICK };
      if (step.type === "ai_generate") return { ...step, retry };
      if (step.type !== "api_call") return step;
      const url = String(step.config["url"]).replace(/^https:\/\//, `http://${host}/`);
      return { ...step, retry, config: { ...step.config, url, timeout_s: 5 } };
    }),
  };
}

const inputs: FormField[] = [{ key: "ref", type: "string", required: true }];

function ownWorkflows(host: string): TrialWorkflow[] {
  const call = (id: string, method: string, more: Record<string, unknown> = {}) => {
    const { manner = "any", next, retry = {}, on_error, ...config } = more;
    return {
      id,
      type: "api_call",
      name: id,
      ...(next === undefined ? {} : { next }),
      ...(on_error === undefined ? {} : { on_error }),
      retry: { max_attempts: 4, ...QUICK, ...(retry as object) },
      config: {
        url: `http://${host}/own/${id}/{{ref}}?manner=${String(manner)}`,
        method,
        timeout_s: 5,
        ...(method === "GET" || method === "DELETE" ? {} : { body: { ref: "{{ref}}" } }),
        ...config,
      },
    };
  };
  const of = (id: string, ...steps: TrialStep[]): TrialWorkflow => ({
    id,
    name: id,
    inputs,
    start_step: steps[0]?.id,
    steps,
  });
  const form = (id: string, next: string): TrialStep => ({
    id,
    type: "form",
    name: id,
    next,
    config: {
      fields: [
        { key: `${id}_text`, type: "text", required: true },
        { key: `${id}_secret`, type: "string", required: true, sensitive: true },
      ],
    },
  });
  const approval = (id: string, more: Record<string, unknown> = {}): TrialStep => {
    const { next, ...config } = more;
    return {
      id,
      type: "approval",
      name: id,
      ...(next === undefined ? {} : { next }),
      config: { approvers: ["ann@example.com", "ben@example.com"], ...config },
    };
  };
  const model = (id: string, next: string): TrialStep => ({
    id,
    type: "ai_generate",
    name: id,
    next,
    retry: { max_attempts: 2, ...QUICK },
    config: {
      template_id: "content_v1",
      variables: ["ref"],
      timeout_s: 1,
      json_schema: {
        type: "object",
        properties: { text: { type: "string", minLength: 1, maxLength: 80 } },
        required: ["text"],
        additionalProperties: false,
      },
    },
  });
  return [
    of(
      "own_calls",
      call("get", "GET", { next: "put" }),
      call("put", "PUT", { next: "keyed", manner: "hold" }),
      call("keyed", "POST", { idempotent: true, next: "remove", manner: "hold" }),
      call("remove", "DELETE"),
    ),
    of(
      "own_unkeyed",
      call("post", "POST", { manner: "hold", next: "patch" }),
      call("patch", "PATCH"),
    ),
    of(
      "own_caught",
      call("post", "POST", { manner: "hold", next: "keep", on_error: "keep" }),
      approval("keep"),
    ),
    of(
      "own_retries",
      call("busy", "GET", { manner: "busy", next: "again" }),
      call("again", "POST", { manner: "busy", idempotent: true, next: "late" }),
      call("late", "PUT", { manner: "late", timeout_s: 1 }),
    ),
    of(
      CANCELED_WORKFLOW,
      call("slow", "PUT", { manner: "slow", next: "then" }),
      call("then", "GET"),
    ),
    of("own_late", call("late", "POST", { manner: "late", timeout_s: 1 })),
    of(
      "own_mixed",
      form("first", "keyed"),
      call("keyed", "POST", { idempotent: true, next: "write" }),
      model("write", "sign"),
      approval("sign", { quorum: 2, next: "tell" }),
      call("tell", "POST", { manner: "hold" }),
    ),
    of(
      "own_people",
      form("first", "second"),
      form("second", "check"),
      {
        id: "check",
        type: "conditional",
        name: "check",
        config: { when: "len(first_text) > 3", then: "sign", else: null },
      },
      approval("sign", { on_reject: "third", require_comment_on_reject: true }),
      { ...form("third", ""), next: null },
    ),
  ];
}
