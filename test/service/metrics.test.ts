/** The metrics as Prometheus gets them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePrometheus, samplesOf } from "../support/prometheus.ts";
import { type Service, startService } from "../support/service.ts";
import { createRuns, start } from "./runs.ts";

const ANY_NUMBER: unknown = expect.any(Number);

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service.close());

async function scrape(): Promise<Record<string, number>> {
  const answer = await service.get("/metrics");
  expect(answer.status).toBe(200);
  return samplesOf(answer.text);
}

describe("GET /metrics", () => {
  test("is text in the format that Prometheus asks for", async () => {
    const answer = await service.get("/metrics");
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(parsePrometheus(answer.text).get("workflow_runs_total")).toMatchObject({
      type: "counter",
      help: "Runs that have ended, by final status.",
    });
  });

  test("counts runs, steps, tokens and failures", async () => {
    const before = await scrape();
    // One that waits for its form, one for its approval, one of each end.
    await createRuns(service);
    const after = await scrape();
    const added = Object.fromEntries(
      Object.entries(after)
        .map(([series, value]): [string, number] => [series, value - (before[series] ?? 0)])
        .filter(([series, value]) => value !== 0 && !series.includes("projection")),
    );
    expect(added).toEqual({
      workflow_runs_started_total: 5,
      'workflow_runs_active{status="waiting"}': 2,
      'workflow_runs_total{status="completed"}': 1,
      'workflow_runs_total{status="failed"}': 1,
      'workflow_runs_total{status="canceled"}': 1,
      'workflow_run_failures_total{code="approval_rejected"}': 1,
      'workflow_steps_total{type="form",status="completed"}': 3,
      'workflow_steps_total{type="form",status="canceled"}': 1,
      'workflow_steps_total{type="ai_generate",status="completed"}': 3,
      'workflow_steps_total{type="approval",status="completed"}': 1,
      'workflow_steps_total{type="approval",status="failed"}': 1,
      'workflow_step_failures_total{type="approval",code="approval_rejected"}': 1,
      'workflow_ai_calls_total{provider="mock",model="mock"}': 3,
      'workflow_ai_call_seconds_total{provider="mock",model="mock"}': ANY_NUMBER,
      'workflow_ai_tokens_total{provider="mock",model="mock",direction="input"}': ANY_NUMBER,
      'workflow_ai_tokens_total{provider="mock",model="mock",direction="output"}': ANY_NUMBER,
    });
  });

  test("tells how often and how late the database was written", async () => {
    const before = await scrape();
    const runId = await start(service);
    for (let stored = false; !stored;) {
      stored = (await service.stored()).runs.some((run) => run.id === runId);
    }
    const after = await scrape();
    const added = (series: string) => (after[series] ?? 0) - (before[series] ?? 0);
    expect(added("workflow_projections_total")).toBe(1);
    expect(added("workflow_projection_lag_seconds_total")).toBeGreaterThan(0.02);
    expect(added("workflow_projection_retries_total")).toBe(0);
  });
});
