/**
 * The projection of a run for D1: its row, the rows of the steps that changed after the cursor, and
 * what its events add to the counters. `db/run-projection.ts` and `projection/` own the statements.
 */
import { rowTexts } from "#db/run-projection.ts";
import type { RunRow } from "#db/schema.ts";
import type { RunProjection } from "#model/projection-rpc.ts";
import { Work } from "#model/work.ts";
import { viewContextWithoutSteps, viewRun, viewSteps } from "../views/run-view.ts";
import { type ShownRun, shownWithin } from "../views/shown-run.ts";
import { countBatch } from "./counters.ts";
import type { Batch } from "./sink.ts";

/** What brings D1 from the cursor to the run's current state. */
export function projectionOf(batch: Batch): RunProjection {
  const { run, afterSeq, failures } = batch;
  // What is beyond it is masked as a whole: D1 gets each run, and the cursor moves on.
  const shown = shownWithin(run, Work.ofProjection());
  const { increments, lastEventAt } = countBatch(batch);
  return {
    runId: run.state.run_id,
    status: run.state.status,
    seq: batch.seq,
    lastEventAt,
    isFirst: afterSeq === 0,
    failures,
    ...rowTexts(runRow(shown)),
    steps: viewSteps(shown, afterSeq).map((step) => JSON.stringify(step)),
    increments: JSON.stringify(increments),
  };
}

/** As the API shows the run, and what lists and reports need beside. */
function runRow(run: ShownRun): RunRow {
  const view = viewRun(run);
  const { usage, created_by, tags, mock, seq } = run.state;
  return {
    id: view.id,
    workflowId: view.workflow_id,
    workflowVersion: view.workflow_version,
    status: view.status,
    currentStep: view.current_step,
    context: viewContextWithoutSteps(run),
    createdAt: view.started_at,
    updatedAt: view.updated_at,
    endedAt: view.ended_at ?? null,
    idempotencyKey: view.idempotency_key ?? null,
    createdBy: created_by.id,
    tags,
    error: view.error ?? null,
    output: view.output ?? null,
    mock,
    tokensPrompt: usage.tokens_prompt,
    tokensOutput: usage.tokens_output,
    costUsd: usage.cost_usd,
    aiCalls: usage.ai_calls,
    costUnknownCalls: usage.cost_unknown_calls ?? 0,
    seq,
  };
}
