/** Projections without a run. */
import type { RunProjection } from "#model/projection-rpc.ts";

const CREATED_AT = "2026-11-29T02:00:00.000Z";

/** A run that waits at its first step; D1 takes it. */
export function projectionOfRun(over: Partial<RunProjection> & { runId: string }): RunProjection {
  const { runId, seq = 1, status = "waiting" } = over;
  const row = {
    id: runId,
    workflow_id: "flow",
    workflow_version: 1,
    status,
    current_step: "ask",
    context: { static: {}, profile: {}, runtime: { inputs: {} } },
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
    ended_at: null,
    idempotency_key: null,
    created_by: "dev",
    tags: [],
    error: null,
    output: null,
    mock: 1,
    tokens_prompt: 0,
    tokens_output: 0,
    cost_usd: 0,
    ai_calls: 0,
    cost_unknown_calls: 0,
    seq,
  };
  return {
    status,
    seq,
    lastEventAt: Date.parse(CREATED_AT),
    isFirst: true,
    failures: 0,
    row: JSON.stringify(row),
    tags: null,
    steps: [],
    increments: JSON.stringify([{ seq: 1, key: "runs_started", amount: 1 }]),
    ...over,
  };
}
