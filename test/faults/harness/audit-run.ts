/**
 * The audit of one run, read by the API, against everything that was acknowledged, the rows of D1,
 * the witness of effects, and the receivers of the log. Each check returns what it found.
 */
import { isDeepStrictEqual } from "node:util";
import { endsLog, type ShownEvent } from "#model/event.ts";
import type { Context, History, Run, RunStep } from "#model/run.ts";
import type { Acknowledged } from "./ledger.ts";
import type { EventWitness } from "./event-witness.ts";
import type { Row } from "./service.ts";

export type FindingKind =
  | "lost"
  | "repeated"
  | "stuck"
  | "differs"
  | "illegal log"
  | "not delivered"
  | "unexpected";

export interface Finding {
  kind: FindingKind;
  runId: string;
  what: string;
  /** The kill before the audit that found it. */
  kill?: number;
  /** The log of the run and its calls, to be read by a person. */
  evidence?: string;
}

/** A run as the API shows it. */
export interface SeenRun {
  run: Run;
  history: History;
  context: Context;
}

const ENDS = new Set(["run.completed", "run.failed", "run.canceled"]);

/** Invariants 3 and 7 of the engine, from the events alone. */
export function checkLog({ run, history: { events } }: SeenRun): Finding[] {
  const found: Finding[] = [];
  const add = (what: string, kind: FindingKind = "illegal log") =>
    found.push({ kind, runId: run.id, what });
  for (const [index, event] of events.entries()) {
    if (event.seq !== index + 1) add(`event ${index + 1} has the number ${event.seq}`);
  }
  const created = events.filter((event) => event.type === "run.created");
  if (created.length !== 1 || events[0]?.type !== "run.created") {
    add(`${created.length} times run.created, first is ${events[0]?.type}`);
  }
  const end = events.findIndex((event) => ENDS.has(event.type));
  const after = end < 0 ? [] : events.slice(end + 1).filter(({ type }) => type !== "step.late");
  if (after.length > 0) add(`after its end: ${after.map(({ type }) => type).join(", ")}`);
  const last = events.at(-1);
  if (end >= 0 && last && !endsLog(last)) add("its end names attempts without a result");
  for (const [step, count] of counted(events, "step.completed")) {
    if (count > 1) add(`step ${step} completed ${count} times`, "repeated");
  }
  return found;
}

function counted(events: readonly ShownEvent[], type: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event.type !== type || event.step_id === undefined) continue;
    counts.set(event.step_id, (counts.get(event.step_id) ?? 0) + 1);
  }
  return counts;
}

/** Everything acknowledged is there, once. */
export function checkWrites(
  { run, history: { events } }: SeenRun,
  writes: readonly Acknowledged[],
): Finding[] {
  const found: Finding[] = [];
  const check = (count: number, write: Acknowledged, what: string) => {
    if (count === 1) return;
    const kind = count === 0 ? "lost" : "repeated";
    const where = `acknowledged before kill ${write.epoch + 1}`;
    found.push({ kind, runId: run.id, what: `${what}, ${where}: ${count} times in the log` });
  };
  for (const write of writes) {
    switch (write.kind) {
      case "start":
        check(events.filter((event) => isStart(event, write)).length, write, "start");
        break;
      case "answer":
      case "decide": {
        const same = events.filter((event) => isResume(event, write));
        check(same.length, write, `${write.kind} of wait ${write.waitNumber}`);
        break;
      }
      case "cancel":
        check(events.filter(({ type }) => type === "run.canceled").length, write, "cancel");
        break;
    }
  }
  return [...found, ...checkInputs({ run, events }, writes)];
}

function isStart(event: ShownEvent, { job, key }: Acknowledged): boolean {
  if (event.type !== "run.created") return false;
  const { workflow_id, idempotency_key, tags } = event.data;
  const isOwn = workflow_id === job.workflowId && tags.includes(`job-${job.index}`);
  return isOwn && (key === null || idempotency_key === key);
}

function isResume(event: ShownEvent, write: Acknowledged): boolean {
  if (event.type !== "run.resumed" || event.step_id !== write.stepId) return false;
  const { wait_number, decision } = event.data;
  if (wait_number !== write.waitNumber) return false;
  if (write.kind === "answer") return decision === undefined;
  // Several people decide one wait.
  return decision?.approved === write.approved && write.decider === decision?.by;
}

/** The step of an answered form has the values that were sent; the sensitive ones are masked. */
function checkInputs(
  { run, events }: { run: Run; events: readonly ShownEvent[] },
  writes: readonly Acknowledged[],
): Finding[] {
  const answered = new Set(
    events.flatMap((event) => (event.type === "step.completed" ? [event.step_id] : [])),
  );
  return writes
    .filter(({ kind, stepId }) => kind === "answer" && !answered.has(stepId))
    .map(({ stepId }) => ({
      kind: "lost",
      runId: run.id,
      what: `the answers of step ${stepId} completed no step`,
    }));
}

/** Every row of the run in D1, column by column, as the API shows the object. */
export function checkRows(
  seen: SeenRun,
  row: Row | undefined,
  stepRows: readonly Row[],
  tagRows: readonly Row[],
): Finding[] {
  const { run, history } = seen;
  if (!row) return [{ kind: "lost", runId: run.id, what: "has no row in D1" }];
  const found = differences(expectedRow(seen), readRow(row)).map((what) => `runs.${what}`);
  const byId = new Map(stepRows.map((one) => [String(one["step_id"]), one]));
  for (const step of history.steps) {
    const stored = byId.get(step.step_id);
    byId.delete(step.step_id);
    if (!stored) found.push(`run_steps has no row of ${step.step_id}`);
    else {
      const all = differences(expectedStep(step), readRow(stored));
      found.push(...all.map((what) => `run_steps ${step.step_id}.${what}`));
    }
  }
  for (const id of byId.keys()) found.push(`run_steps has a row of ${id}, the object none`);
  const tags = tagRows.map(({ tag }) => String(tag)).toSorted();
  if (!isDeepStrictEqual(tags, (run.tags ?? []).toSorted()))
    found.push(`run_tags: ${String(tags)}`);
  return found.map((what) => ({ kind: "differs", runId: run.id, what }));
}

function expectedRow({ run, history, context }: SeenRun): Row {
  const created = history.events.find((event) => event.type === "run.created");
  const { usage } = run;
  const { runtime, ...fixed } = context;
  return {
    id: run.id,
    workflow_id: run.workflow_id,
    workflow_version: run.workflow_version,
    status: run.status,
    current_step: run.current_step,
    context: { ...fixed, runtime: { inputs: runtime.inputs } },
    created_at: run.started_at,
    updated_at: run.updated_at,
    ended_at: run.ended_at ?? null,
    idempotency_key: run.idempotency_key ?? null,
    created_by: created?.data.created_by.id,
    tags: run.tags ?? [],
    error: run.error ?? null,
    output: run.output ?? null,
    mock: run.mock === true ? 1 : 0,
    tokens_prompt: usage?.tokens_prompt ?? 0,
    tokens_output: usage?.tokens_output ?? 0,
    cost_usd: usage?.cost_usd ?? usage?.known_cost_usd ?? 0,
    ai_calls: usage?.ai_calls ?? 0,
    seq: history.events.length,
  };
}

function expectedStep(step: RunStep): Row {
  return { ...step, output: step.output ?? null, usage: step.usage ?? null };
}

const JSON_COLUMNS = new Set(["context", "tags", "error", "output", "usage"]);

function readRow(row: Row): Row {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    JSON_COLUMNS.has(name) && typeof value === "string" ? (JSON.parse(value) as unknown) : value,
  ]);
  return Object.fromEntries(entries) as Row;
}

function differences(expected: Row, stored: Row): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => !isDeepStrictEqual(value, stored[name]))
    .map(
      ([name, value]) =>
        `${name} is ${short(stored[name])} in D1, and ${short(value)} in the object`,
    );
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? "absent").slice(0, 160);
}

/** The stub sink's receiver has every event. */
export function checkWitness({ run, history }: SeenRun, witness: EventWitness): Finding[] {
  const received = witness.of(run.id);
  const missing = history.events.filter(({ seq, type }) => received.get(seq)?.type !== type);
  if (missing.length === 0) return [];
  const what = `events ${missing.map(({ seq }) => seq).join(", ")} of ${history.events.length}`;
  return [{ kind: "not delivered", runId: run.id, what: `the stub sink's receiver lacks ${what}` }];
}

/** The trace store has every span that the log yields. */
export function checkSpans(
  runId: string,
  expected: readonly { id: string; name: string }[],
  received: ReadonlySet<string>,
): Finding[] {
  return expected
    .filter(({ id }) => !received.has(id))
    .map(({ name }) => ({ kind: "not delivered", runId, what: `the span "${name}"` }));
}
