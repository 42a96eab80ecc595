import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { AttemptOutcome } from "#model/attempt.ts";
import { FAILURE_CODES } from "#model/failure.ts";
import { PROVIDERS, type Step, STEP_TYPES } from "#model/workflow.ts";
import { countEvents, renderMetrics } from "#telemetry/metrics.ts";
import { ai, api, form } from "../support/definitions.ts";
import { parsePrometheus, samplesOf } from "../support/prometheus.ts";
import { at, PlayedRun, response } from "./played-run.ts";

/** What a log adds up to, by key. */
function counted(steps: Step[], run: PlayedRun, canceledStep: string | null = null) {
  const types = new Map(steps.map((step) => [step.id, step.type]));
  const sums: Record<string, number> = {};
  for (const { key, amount } of countEvents(run.log, (id) => types.get(id) ?? "", canceledStep)) {
    sums[key] = (sums[key] ?? 0) + amount;
  }
  return sums;
}

describe("what is counted", () => {
  test("of a run with a form, a model that breaks the schema once, and an API that fails", () => {
    const steps = [
      form("ask", { next: "write" }),
      ai("write", { next: "send" }),
      api("send", {
        retry: {
          max_attempts: 2,
          initial_delay_ms: 1,
          max_delay_ms: 1,
          backoff: "fixed",
          jitter: false,
        },
      }),
    ];
    const violation: AttemptOutcome = {
      kind: "failed",
      class: "schema",
      failure: { code: "ai_schema_violation", message: "" },
      response: response({ schema_valid: false }),
    };
    const away: AttemptOutcome = {
      kind: "failed",
      class: "transport",
      failure: { code: "network_error", message: "" },
    };
    const run = new PlayedRun(steps)
      .waits(0, "ask")
      .tell({ kind: "answer", at: at(1), by: { id: "dev" }, output: {} })
      .outcome(2, "write", 1, violation)
      .outcome(3, "write", 2, { kind: "completed", output: {}, response: response() })
      .outcome(4, "send", 1, away)
      .retry(5)
      .outcome(6, "send", 2, away);
    expect(counted(steps, run)).toEqual({
      runs_started: 1,
      "run_failures|network_error": 1,
      "steps|form|completed": 1,
      "steps|ai_generate|completed": 1,
      "steps|api_call|failed": 1,
      "step_failures|api_call|network_error": 1,
      "retries|ai_generate|schema": 1,
      "retries|api_call|transport": 1,
      "ai_calls|openai|gpt-5-mini-2026-01-01": 2,
      "ai_seconds|openai|gpt-5-mini-2026-01-01": 1.4,
      "ai_tokens|openai|gpt-5-mini-2026-01-01|input": 182,
      "ai_tokens|openai|gpt-5-mini-2026-01-01|output": 44,
      "ai_cost|openai|gpt-5-mini-2026-01-01": 0.0042,
    });
  });

  test("of a canceled run, the answer that came too late included", () => {
    const steps = [ai("write")];
    const run = new PlayedRun(steps)
      .tell({ kind: "cancel", at: at(1), by: { id: "dev" } })
      .outcome(2, "write", 1, { kind: "completed", output: {}, response: response() });
    expect(counted(steps, run, "write")).toMatchObject({
      "steps|ai_generate|canceled": 1,
      "late_results|ai_generate|completed": 1,
      "ai_calls|openai|gpt-5-mini-2026-01-01": 1,
      "ai_tokens|openai|gpt-5-mini-2026-01-01|input": 91,
    });
  });

  test("names the model of a call that failed too", () => {
    const steps = [ai("write", { config: { model: "no-such-model" } })];
    const failed: AttemptOutcome = {
      kind: "failed",
      class: "terminal",
      failure: { code: "ai_provider_error", message: "" },
      response: response({
        model: "no-such-model",
        tokens_prompt: 0,
        tokens_output: 0,
        cost_usd: null,
      }),
    };
    expect(
      Object.keys(counted(steps, new PlayedRun(steps).outcome(1, "write", 1, failed))),
    ).toEqual([
      "runs_started",
      "ai_calls|openai|no-such-model",
      "ai_seconds|openai|no-such-model",
      "ai_unpriced|openai|no-such-model",
      "steps|ai_generate|failed",
      "step_failures|ai_generate|ai_provider_error",
      "run_failures|ai_provider_error",
    ]);
  });
});

test.each([
  ["half of a surrogate pair", "m\ud800", "m%EF%BF%BD"],
  ["no end", "m".repeat(5_000), "m".repeat(200)],
])("a model's name with %s is counted by what can be kept of it", (_what, model, kept) => {
  const steps = [ai("write")];
  const run = new PlayedRun(steps).outcome(1, "write", 1, {
    kind: "completed",
    output: {},
    response: response({ model }),
  });
  expect(counted(steps, run)).toMatchObject({ [`ai_calls|openai|${kept}`]: 1 });
});

describe("the text for Prometheus", () => {
  test("shows what never was as 0, and nothing else", () => {
    const samples = samplesOf(renderMetrics({}));
    expect(samples['workflow_runs_total{status="completed"}']).toBe(0);
    expect(samples['workflow_runs_active{status="waiting"}']).toBe(0);
    expect(samples['workflow_steps_total{type="api_call",status="failed"}']).toBe(0);
    expect(samples["workflow_runs_started_total"]).toBe(0);
    expect(Object.values(samples).every((value) => value === 0)).toBe(true);
  });

  test.each<[string, readonly string[]]>([
    ['workflow_run_failures_total{code="%"}', FAILURE_CODES],
    ...STEP_TYPES.map((type) => {
      const series = `workflow_step_failures_total{type="${type}",code="%"}`;
      return [series, FAILURE_CODES] satisfies [string, readonly string[]];
    }),
    [
      'workflow_step_retries_total{type="ai_generate",reason="%"}',
      ["transport", "schema", "fallback"],
    ],
    ['workflow_step_retries_total{type="api_call",reason="%"}', ["transport"]],
    [
      'workflow_late_results_total{type="api_call",outcome="%"}',
      ["completed", "failed", "canceled", "outcome_unknown"],
    ],
    ['workflow_ai_calls_total{provider="%",model=""}', PROVIDERS],
    ['workflow_ai_cost_dollars_total{provider="%",model=""}', PROVIDERS],
  ])("has %s at 0 before anything was counted, for each that is known", (series, values) => {
    const samples = samplesOf(renderMetrics({}));
    for (const value of values) expect(samples[series.replace("%", value)]).toBe(0);
  });

  test("has something for every selector of every alert in the docs, before any failure", () => {
    const doc = readFileSync(new URL("../../docs/observability.md", import.meta.url), "utf8");
    const alerts = doc.split("### Alerts")[1] ?? "";
    const selectors = [...alerts.matchAll(/(workflow_\w+)(?:\{(\w+)=(~?)"([^"]*)"\})?/g)];
    expect(selectors.length).toBeGreaterThan(10);
    const series = Object.keys(samplesOf(renderMetrics({})));
    for (const [selector, name = "", label, isPattern, value = ""] of selectors) {
      // In a table, the pipe of a pattern is written with a backslash.
      const wanted = value.replaceAll("\\|", "|").split(isPattern === "~" ? "|" : "\n");
      for (const one of label === undefined ? [""] : wanted) {
        const found = series.filter(
          (known) =>
            (known === name || known.startsWith(`${name}{`)) &&
            (label === undefined || known.includes(`${label}="${one}"`)),
        );
        expect(found, `${selector} ${one}`).not.toEqual([]);
      }
    }
  });

  test("counts on from the 0 that it showed", () => {
    const key = "step_failures|api_call|outcome_unknown";
    const series = 'workflow_step_failures_total{type="api_call",code="outcome_unknown"}';
    expect(samplesOf(renderMetrics({}))[series]).toBe(0);
    const text = renderMetrics({ [key]: 1 });
    expect(samplesOf(text)[series]).toBe(1);
    expect(text.split(series)).toHaveLength(2);
  });

  test("shows each counter under its name, type and labels", () => {
    const text = renderMetrics({
      runs_started: 7,
      "runs|completed": 3,
      "runs|waiting": 4,
      "step_failures|api_call|http_error": 2,
      "ai_cost|openai|gpt-5-mini": 0.1 + 0.2,
      "ai_tokens|openai|gpt-5-mini|input": 1_234_567_890_123,
      projection_lag: 0.025,
    });
    expect(samplesOf(text)).toMatchObject({
      workflow_runs_started_total: 7,
      'workflow_runs_total{status="completed"}': 3,
      'workflow_runs_total{status="failed"}': 0,
      'workflow_runs_active{status="waiting"}': 4,
      'workflow_step_failures_total{type="api_call",code="http_error"}': 2,
      'workflow_ai_cost_dollars_total{provider="openai",model="gpt-5-mini"}': 0.1 + 0.2,
      'workflow_ai_tokens_total{provider="openai",model="gpt-5-mini",direction="input"}': 1_234_567_890_123,
      workflow_projection_lag_seconds_total: 0.025,
    });
    expect(parsePrometheus(text).get("workflow_runs_active")?.type).toBe("gauge");
  });

  test("keeps a label apart from what is around it, regardless of what it holds", () => {
    const model = 'a"b\\c\nd|e %7C{f}';
    const key = `ai_calls|openai|${encodeURIComponent(model)}`;
    expect(samplesOf(renderMetrics({ [key]: 1 }))).toMatchObject({
      'workflow_ai_calls_total{provider="openai",model="a\\"b\\\\c\\nd|e %7C{f}"}': 1,
    });
  });

  test("passes over counters that this version does not know", () => {
    expect(renderMetrics({ from_the_future: 1 })).toBe(renderMetrics({}));
  });

  test.each([
    ["no end of the last line", "# HELP a_total x\n# TYPE a_total counter\na_total 1"],
    ["a counter without _total", "# HELP a x\n# TYPE a counter\na 1\n"],
    ["a sample before its type", "# HELP a_total x\na_total 1\n"],
    [
      "a series that comes twice",
      "# HELP a_total x\n# TYPE a_total counter\na_total 1\na_total 2\n",
    ],
    ["a negative count", "# HELP a_total x\n# TYPE a_total counter\na_total -1\n"],
    ["a quote in a label", '# HELP a_total x\n# TYPE a_total counter\na_total{b="c"d"} 1\n'],
  ])("is read by a parser that refuses %s", (_what, text) => {
    expect(() => parsePrometheus(text)).toThrow();
  });
});

describe("the migration", () => {
  const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));
  const BEFORE = [
    "0001_init",
    "0002_run_lists",
    "0003_write_keys",
    "0004_secrets_and_audit",
    "0005_usage",
  ];

  function migrate(db: DatabaseSync, names: string[]): void {
    for (const name of names) db.exec(readFileSync(`${MIGRATIONS}/${name}.sql`, "utf8"));
  }
  function counters(db: DatabaseSync): unknown {
    const row = db.prepare("SELECT value FROM metrics WHERE name = 'counters'").get();
    return JSON.parse(String(row?.["value"]));
  }

  test("begins with nothing in a new database", () => {
    const db = new DatabaseSync(":memory:");
    migrate(db, [...BEFORE, "0006_metrics"]);
    expect(counters(db)).toEqual({});
  });

  test("begins with the runs and steps that are there", () => {
    const db = new DatabaseSync(":memory:");
    migrate(db, BEFORE);
    const run = db.prepare(
      `INSERT INTO runs (id, workflow_id, workflow_version, status, created_at, updated_at,
        created_by, tags, mock, tokens_prompt, tokens_output, cost_usd, ai_calls, seq)
       VALUES (?, 'w', 1, ?, 't', 't', 'dev', '[]', 1, 0, 0, 0, 0, 4)`,
    );
    for (const [id, status] of [
      ["a", "waiting"],
      ["b", "waiting"],
      ["c", "completed"],
    ] as const) {
      run.run(id, status);
    }
    const step = db.prepare(
      `INSERT INTO run_steps (id, run_id, step_id, type, status, attempt, started_at, seq)
       VALUES (?, 'a', ?, ?, ?, 1, 't', 4)`,
    );
    step.run("a:f", "f", "form", "waiting");
    step.run("a:g", "g", "form", "completed");
    step.run("a:h", "h", "api_call", "failed");
    migrate(db, ["0006_metrics"]);
    expect(counters(db)).toEqual({
      runs_started: 3,
      "runs|completed": 1,
      "runs|waiting": 2,
      "steps|api_call|failed": 1,
      "steps|form|completed": 1,
    });
  });
});
