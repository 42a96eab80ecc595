/**
 * The projection of a run into D1: its row, and the rows of the steps that changed after the cursor.
 * `db/run-projection.ts` owns the statements.
 */
import { projectRun } from "#db/run-projection.ts";
import type { RunRow } from "#db/schema.ts";
import { Work } from "#model/work.ts";
import { viewContextWithoutSteps, viewRun, viewSteps } from "../views/run-view.ts";
import { type ShownRun, shownWithin } from "../views/shown-run.ts";
import type { Batch } from "./sink.ts";

/** The statements that bring D1 from the cursor to the run's current state. */
export function projectionStatements(
  db: D1Database,
  { run, afterSeq }: Batch,
): D1PreparedStatement[] {
  // What is beyond it is masked as a whole: D1 gets each run, and the cursor moves on.
  const shown = shownWithin(run, Work.ofProjection());
  return projectRun(db, runRow(shown), viewSteps(shown, afterSeq), afterSeq === 0);
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
