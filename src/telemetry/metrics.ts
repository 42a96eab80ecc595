/**
 * The metrics: what is counted from each event, under which key it is stored, and the counters in
 * Prometheus' text format. Pure; `projection/counters.ts` and `http/door/counts.ts` add up,
 * `http/admin/metrics.ts` serves.
 *
 * Labels come from closed sets, and so do keys: a metric never grows with runs, workflows or
 * people. The exception is `model`, also of failed calls: files can contain any name, and some
 * servers echo the requested one, so beyond `LIMITS.metricKeys` new ones are counted as `other`.
 *
 * Persisted shape: the keys, `<counter>|<label>|<label>`. They may be added, never renamed.
 */
import type { AiResponse } from "#model/attempt.ts";
import type { RunEvent } from "#model/event.ts";
import { FAILURE_CODES } from "#model/failure.ts";
import { LIMITS } from "#model/limits.ts";
import { RATE_POLICY_NAMES, type RatePolicyName } from "#model/rate-policy.ts";
import { PROVIDERS, STEP_TYPES } from "#model/workflow.ts";

/** What an event adds to a counter; with the `seq` of the event it is added only once. */
export interface Increment {
  seq: number;
  key: string;
  amount: number;
  /** The key to use when there are already `LIMITS.metricKeys` and this one would be new. */
  otherwise?: string;
  /** The model of a key that has `otherwise`: its keys are new or known together. */
  model?: string;
}

/** Numbers by key, as stored. */
export type Counters = Readonly<Record<string, number>>;

/**
 * The counter of runs by their current status: maintained by `projection/counters.ts`, not by
 * events.
 */
export const RUNS_BY_STATUS = "runs";

/**
 * The additions of events. `typeOf`: the type of a step; `canceledStep`: the one that a cancel
 * ended.
 */
export function countEvents(
  events: Iterable<RunEvent>,
  typeOf: (stepId: string) => string,
  canceledStep: string | null,
): Increment[] {
  const increments: Increment[] = [];
  for (const event of events) {
    const { seq } = event;
    countEvent(event, typeOf, canceledStep, {
      add: (amount, ...key) => increments.push({ seq, key: keyOf(key), amount }),
      addOfModel: (amount, counter, provider, model, ...rest) =>
        increments.push({
          seq,
          key: keyOf([counter, provider, model, ...rest]),
          amount,
          otherwise: keyOf([counter, provider, OTHER_MODEL, ...rest]),
          model: keyOf([provider, model]),
        }),
    });
  }
  return increments;
}

/**
 * A safe label from any text: one that cannot be encoded, or is too long, must not prevent
 * counting.
 */
function encodePart(part: string): string {
  return encodeURIComponent(part.slice(0, LIMITS.nameLength).toWellFormed());
}

/** Label of the models beyond the limit. */
const OTHER_MODEL = "other";

function keyOf(parts: readonly string[]): string {
  return parts.map(encodePart).join("|");
}

interface Adding {
  add(amount: number, ...key: string[]): void;
  addOfModel(amount: number, ...key: [string, string, string, ...string[]]): void;
}

function countEvent(
  event: RunEvent,
  typeOf: (stepId: string) => string,
  canceledStep: string | null,
  adding: Adding,
): void {
  const { add } = adding;
  const stepType = event.step_id === undefined ? "" : typeOf(event.step_id);
  switch (event.type) {
    case "run.created":
      add(1, "runs_started");
      break;
    case "run.failed":
      add(1, "run_failures", event.data.code);
      break;
    case "run.canceled":
      if (canceledStep !== null) add(1, "steps", typeOf(canceledStep), "canceled");
      break;
    case "step.completed":
      add(1, "steps", stepType, "completed");
      break;
    case "step.failed":
      add(1, "steps", stepType, "failed");
      add(1, "step_failures", stepType, event.data.code);
      break;
    case "step.retrying":
      add(1, "retries", stepType, event.data.reason);
      break;
    case "ai.response":
      addCall(event.data, adding);
      break;
    case "step.late":
      add(1, "late_results", stepType, event.data.outcome);
      if (event.data.response) addCall(event.data.response, adding);
      break;
    case "run.started":
    case "run.waiting":
    case "run.resumed":
    case "run.completed":
    case "step.started":
    case "ai.request":
      break;
  }
}

/** Most keys of one model: see `addCall`. */
export const KEYS_OF_MODEL = 6;

function addCall(response: AiResponse, { addOfModel: add }: Adding): void {
  const { provider, model, tokens_prompt: input, tokens_output: output, cost_usd: cost } = response;
  const who = [provider, model] as const;
  add(1, "ai_calls", ...who);
  add(response.latency_ms / 1000, "ai_seconds", ...who);
  if (input > 0) add(input, "ai_tokens", ...who, "input");
  if (output > 0) add(output, "ai_tokens", ...who, "output");
  if (cost === null) add(1, "ai_unpriced", ...who);
  else if (cost > 0) add(cost, "ai_cost", ...who);
}

const SIGN_IN_FAILURES = ["malformed", "key_refused", "token_refused"] as const;
/** Why credentials were refused. */
export type SignInFailure = (typeof SIGN_IN_FAILURES)[number];

/** What the Worker counts before a run is concerned: keys of counters. */
export type DoorEvent =
  | `sign_in_failures|${SignInFailure}`
  | `rate_limited|${RatePolicyName}`
  | "limiter_failures";

/** Where the archives of runs are. */
const ARCHIVE_PLACES = ["r2", "d1"] as const;
type ArchivePlace = (typeof ARCHIVE_PLACES)[number];

/** The tasks of the cron: rows of `cron_tasks`, and labels. */
export const CRON_TASKS = ["retention", "expiry", "doctor"] as const;
export type CronTask = (typeof CRON_TASKS)[number];

/** What the cron counts: keys of counters. */
export type CronEvent =
  | `runs_archived|${ArchivePlace}`
  | "archive_failures"
  | `cron_failures|${CronTask}`
  | `rows_expired|${ExpiredKind}`;

/** What the service deletes by its age. */
const EXPIRED = ["write_keys", "audit"] as const;
type ExpiredKind = (typeof EXPIRED)[number];

interface Metric {
  name: string;
  type: "counter" | "gauge";
  help: string;
  /** Of the stored keys. */
  key: string;
  labels: readonly string[];
  /**
   * Values of labels that are shown even at 0. A series that starts at 1 has no increase: without
   * an earlier 0, no alert fires for the first failure.
   */
  always?: readonly (readonly string[])[];
  /** Which of the stored keys belong to it; absent: all. */
  only?: (values: readonly string[]) => boolean;
}

const ENDED = ["completed", "failed", "canceled"];
const ACTIVE = ["running", "waiting"];
/** Which steps are retried, and why. */
const RETRIES = [
  ["ai_generate", "transport"],
  ["ai_generate", "schema"],
  ["ai_generate", "fallback"],
  ["api_call", "transport"],
];
/** The outcomes of attempts that were running at a cancel or the end of their run. */
const LATE_RESULTS = [
  ...["completed", "failed", "canceled"].map((outcome) => ["ai_generate", outcome]),
  ...["completed", "failed", "canceled", "outcome_unknown"].map((outcome) => ["api_call", outcome]),
];
/** Models are known once they have responded; until then sums over them are 0, not absent. */
const UNANSWERED = PROVIDERS.map((provider) => [provider, ""]);

const METRICS: readonly Metric[] = [
  {
    name: "workflow_runs_started_total",
    type: "counter",
    help: "Runs that were started.",
    key: "runs_started",
    labels: [],
    always: [[]],
  },
  {
    name: "workflow_runs_total",
    type: "counter",
    help: "Runs that have ended, by final status.",
    key: RUNS_BY_STATUS,
    labels: ["status"],
    always: ENDED.map((status) => [status]),
    only: ([status = ""]) => ENDED.includes(status),
  },
  {
    name: "workflow_runs_active",
    type: "gauge",
    help: "Runs that have not ended, by status.",
    key: RUNS_BY_STATUS,
    labels: ["status"],
    always: ACTIVE.map((status) => [status]),
    only: ([status = ""]) => !ENDED.includes(status),
  },
  {
    name: "workflow_run_failures_total",
    type: "counter",
    help: "Runs that failed, by error code.",
    key: "run_failures",
    labels: ["code"],
    always: FAILURE_CODES.map((code) => [code]),
  },
  {
    name: "workflow_steps_total",
    type: "counter",
    help: "Steps that have ended, by type and final status.",
    key: "steps",
    labels: ["type", "status"],
    always: STEP_TYPES.flatMap((type) => ENDED.map((status) => [type, status])),
  },
  {
    name: "workflow_step_failures_total",
    type: "counter",
    help: "Steps that failed, by type and error code.",
    key: "step_failures",
    labels: ["type", "code"],
    always: STEP_TYPES.flatMap((type) => FAILURE_CODES.map((code) => [type, code])),
  },
  {
    name: "workflow_step_retries_total",
    type: "counter",
    help: "Attempts that were followed by another, by type of the step and reason.",
    key: "retries",
    labels: ["type", "reason"],
    always: RETRIES,
  },
  {
    name: "workflow_late_results_total",
    type: "counter",
    help: "Attempts that their run did not wait for, by type of the step and outcome.",
    key: "late_results",
    labels: ["type", "outcome"],
    always: LATE_RESULTS,
  },
  {
    name: "workflow_ai_calls_total",
    type: "counter",
    help: "Calls to models that succeeded or failed.",
    key: "ai_calls",
    labels: ["provider", "model"],
    always: UNANSWERED,
  },
  {
    name: "workflow_ai_call_seconds_total",
    type: "counter",
    help: "Duration of calls to models.",
    key: "ai_seconds",
    labels: ["provider", "model"],
    always: UNANSWERED,
  },
  {
    name: "workflow_ai_tokens_total",
    type: "counter",
    help: "Tokens of prompts (input) and answers (output), including failed attempts.",
    key: "ai_tokens",
    labels: ["provider", "model", "direction"],
    always: UNANSWERED.flatMap((who) =>
      ["input", "output"].map((direction) => [...who, direction]),
    ),
  },
  {
    name: "workflow_ai_cost_dollars_total",
    type: "counter",
    help: "Cost of calls to models whose price is known, in US dollars.",
    key: "ai_cost",
    labels: ["provider", "model"],
    always: UNANSWERED,
  },
  {
    name: "workflow_ai_unpriced_calls_total",
    type: "counter",
    help: "Calls to models whose cost is unknown and not included in the dollars.",
    key: "ai_unpriced",
    labels: ["provider", "model"],
    always: UNANSWERED,
  },
  {
    name: "workflow_projections_total",
    type: "counter",
    help: "Times that a run was written to the database.",
    key: "projections",
    labels: [],
    always: [[]],
  },
  {
    name: "workflow_projection_retries_total",
    type: "counter",
    help: "Attempts to write a run to the database that failed and were repeated later.",
    key: "projection_retries",
    labels: [],
    always: [[]],
  },
  {
    name: "workflow_projection_batches_total",
    type: "counter",
    help: "Batches in which runs were written to the database, many runs in one.",
    key: "projection_batches",
    labels: [],
    always: [[]],
  },
  {
    name: "workflow_projection_lag_seconds_total",
    type: "counter",
    help: "Sum of the times from the last event of a run to its write to the database.",
    key: "projection_lag",
    labels: [],
    always: [[]],
  },
  {
    name: "workflow_sign_in_failures_total",
    type: "counter",
    help: "Credentials that were refused, by reason.",
    key: "sign_in_failures",
    labels: ["reason"],
    always: SIGN_IN_FAILURES.map((reason) => [reason]),
  },
  {
    name: "workflow_rate_limited_total",
    type: "counter",
    help: "Requests that were refused by a rate limit, by the limit.",
    key: "rate_limited",
    labels: ["limit"],
    always: RATE_POLICY_NAMES.map((name) => [name]),
  },
  {
    name: "workflow_limiter_failures_total",
    type: "counter",
    help: "Times that a rate limit could not be shared, and the request passed.",
    key: "limiter_failures",
    labels: [],
    always: [[]],
  },
  {
    name: "workflow_runs_archived_total",
    type: "counter",
    help: "Runs that have left their object, by the place of their archive.",
    key: "runs_archived",
    labels: ["place"],
    always: ARCHIVE_PLACES.map((place) => [place]),
  },
  {
    name: "workflow_archive_failures_total",
    type: "counter",
    help: "Tries to archive a run that failed; the run stays in its object until one succeeds.",
    key: "archive_failures",
    labels: [],
    always: [[]],
  },
  {
    name: "workflow_cron_failures_total",
    type: "counter",
    help: "Turns of the cron's tasks that failed, by task.",
    key: "cron_failures",
    labels: ["task"],
    always: CRON_TASKS.map((task) => [task]),
  },
  {
    name: "workflow_rows_expired_total",
    type: "counter",
    help: "Rows that were deleted because of their age, by kind.",
    key: "rows_expired",
    labels: ["kind"],
    always: EXPIRED.map((kind) => [kind]),
  },
];

/** Prometheus' text format, version 0.0.4. */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** All metrics, in the order above and sorted by labels. */
export function renderMetrics(counters: Counters): string {
  return METRICS.map((metric) => renderMetric(metric, counters)).join("");
}

function renderMetric({ name, type, help, ...metric }: Metric, counters: Counters): string {
  const samples = new Map<string, number>(
    (metric.always ?? []).map((values) => [seriesOf(name, metric.labels, values), 0]),
  );
  for (const [key, value] of Object.entries(counters)) {
    const [counter, ...values] = key.split("|").map(decodeURIComponent);
    if (counter !== metric.key || metric.only?.(values) === false) continue;
    samples.set(seriesOf(name, metric.labels, values), value);
  }
  if (samples.size === 0) return "";
  const lines = [...samples].map(([series, value]) => `${series} ${value}\n`).toSorted();
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function seriesOf(name: string, labels: readonly string[], values: readonly string[]): string {
  const pairs = labels.map((label, index) => `${label}="${escapeLabel(values[index] ?? "")}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
