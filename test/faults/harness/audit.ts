/** The audit of all runs while the runtime is up, and of what their keys still do. */
import { indexWorkflow } from "#model/workflow-index.ts";
import type { WorkflowDefinition } from "#model/workflow.ts";
import { contextSchema, historySchema, runSchema } from "#model/run.ts";
import { spansOf } from "#telemetry/spans.ts";
import { traceOfRun } from "#telemetry/trace-context.ts";
import type { TraceReceiver } from "../../support/trace-receiver.ts";
import { checkEffects } from "./audit-effects.ts";
import {
  checkLog,
  checkRows,
  checkSpans,
  checkWitness,
  checkWrites,
  type Finding,
  type SeenRun,
} from "./audit-run.ts";
import type { EventWitness } from "./event-witness.ts";
import type { Acknowledged } from "./ledger.ts";
import type { Outside, OutsideCall } from "./outside.ts";
import { KEY } from "./people.ts";
import type { KillableService, Row } from "./service.ts";
import type { TrialWorkflow } from "./workflows.ts";

/** What the audit compares the runs with. */
export interface Witnesses {
  service: KillableService;
  writes: readonly Acknowledged[];
  outside: Outside;
  events: EventWitness;
  spans: TraceReceiver;
  workflows: ReadonlyMap<string, { trial: TrialWorkflow; definition: WorkflowDefinition }>;
  killedAt: readonly number[];
}

/** Requests of the audit at a time. */
const READERS = 8;

/** `audited`: `seq` by run, of those that were audited before; unchanged ones are not read again. */
export async function auditRuns(
  witnesses: Witnesses,
  audited: Map<string, number>,
): Promise<{ found: Finding[]; runs: number }> {
  const { service } = witnesses;
  // The rows first: a request that wakes a stranded object would mend them.
  const rows = await service.rows("SELECT * FROM runs");
  const fresh = rows.filter(({ id, seq }) => audited.get(String(id)) !== seq);
  const steps = Map.groupBy(await service.rows("SELECT * FROM run_steps"), byRun);
  const tags = Map.groupBy(await service.rows("SELECT * FROM run_tags"), byRun);
  const writes = Map.groupBy(witnesses.writes, ({ runId }) => runId);
  const calls = Map.groupBy(witnesses.outside.calls, ({ key }) => key.split(":")[0] ?? "");
  const received = new Set(witnesses.spans.spans.map(({ spanId }) => spanId));
  const found: Finding[] = [];
  await inParallel(fresh, async (row) => {
    const id = String(row["id"]);
    const seen = await readRun(service, id);
    if (typeof seen === "string") {
      found.push({ kind: "lost", runId: id, what: seen });
      return;
    }
    const own = [
      ...checkLog(seen),
      ...checkWrites(seen, writes.get(id) ?? []),
      ...checkRows(seen, row, steps.get(id) ?? [], tags.get(id) ?? []),
      ...checkWitness(seen, witnesses.events),
      ...checkOutside(witnesses, seen, calls.get(id) ?? []),
      ...checkSpans(id, spansIn(witnesses, seen), received),
    ];
    const [first, ...others] = own;
    if (first) {
      const evidence = evidenceOf(seen, calls.get(id) ?? [], witnesses.killedAt);
      found.push({ ...first, evidence }, ...others);
    }
    audited.set(id, Number(row["seq"]));
  });
  return { found, runs: fresh.length };
}

/** Events, calls and kills of the run's time, in their order. */
function evidenceOf(
  { run, history: { events } }: SeenRun,
  calls: readonly OutsideCall[],
  killedAt: readonly number[],
): string {
  const begun = Date.parse(run.started_at);
  const ended = Math.max(Date.parse(run.updated_at), ...calls.map(({ at }) => at));
  const lines: [number, string][] = [
    ...events.map((event): [number, string] => {
      const { at, type, step_id: step = "", attempt = "", data } = event;
      const code = "code" in data ? ` ${data.code} ${"message" in data ? data.message : ""}` : "";
      return [Date.parse(at), `${type} ${step} ${attempt}${code}`];
    }),
    ...calls.map(({ at, method, path, attempt, answer }): [number, string] => {
      const said = answer ? `${answer.status} after ${answer.at - at} ms` : "no answer";
      return [at, `witness: ${method} ${path} attempt ${attempt}: ${said}`];
    }),
    ...killedAt
      .filter((at) => at >= begun && at <= ended)
      .map((at): [number, string] => [at, "kill"]),
  ];
  return lines
    .toSorted(([a], [b]) => a - b)
    .map(([at, what]) => `+${at - begun} ms ${what}`)
    .join("\n    ");
}

function byRun(row: Row): string {
  return String(row["run_id"]);
}

function checkOutside(witnesses: Witnesses, seen: SeenRun, own: readonly OutsideCall[]): Finding[] {
  const workflow = witnesses.workflows.get(seen.run.workflow_id);
  return workflow ? checkEffects(seen, workflow.trial, own, witnesses.killedAt) : [];
}

/** Without the attributes of answers, which no id depends on. */
function spansIn({ workflows }: Witnesses, { run, history }: SeenRun) {
  const definition = workflows.get(run.workflow_id)?.definition;
  if (!definition) return [];
  const { steps } = indexWorkflow(definition);
  const trace = traceOfRun(run.id, undefined);
  const source = { runId: run.id, trace, steps, statusOf: () => undefined };
  return spansOf(source, history.events, 0).map(({ spanId, name }) => ({ id: spanId, name }));
}

/** The run, or why it cannot be read. */
async function readRun(service: KillableService, id: string): Promise<SeenRun | string> {
  const path = `/v1/executions/${id}`;
  const answers = await Promise.all(
    ["", "/history", "/context"].map((part) => service.call("GET", path + part, KEY)),
  );
  const refused = answers.find(({ status }) => status !== 200);
  if (refused) return `cannot be read: ${refused.status} ${refused.text.slice(0, 200)}`;
  const [run, history, context] = answers.map(({ text }): unknown => JSON.parse(text));
  return {
    run: runSchema.parse(run),
    history: historySchema.parse(history),
    context: contextSchema.parse(context),
  };
}

/** Each key again, with its body: it is known, finds the same run, and changes nothing. */
export async function replayKeys(
  service: KillableService,
  writes: readonly Acknowledged[],
): Promise<Finding[]> {
  const found: Finding[] = [];
  const keyed = writes.filter(({ key }) => key !== null);
  const before = await sequences(service, keyed);
  await inParallel(keyed, async (write) => {
    const add = (what: string) =>
      found.push({
        kind: "lost",
        runId: write.runId,
        what: `the key of its ${write.kind}: ${what}`,
      });
    const { path, token, body } = write;
    const headers = { "idempotency-key": write.key ?? "" };
    const same = await service.call("POST", path, token, body, headers);
    if (same.status !== 200 && same.status !== write.status) add(`${same.status} ${same.text}`);
    else if (runSchema.parse(JSON.parse(same.text)).id !== write.runId) add("it found another run");
    else if (same.headers.get("idempotent-replayed") !== "true") add("it was carried out again");
    const changed = { ...body, ...otherwise(write) };
    const other = await service.call("POST", path, token, changed, headers);
    if (!other.text.includes("idempotency_key_reused")) {
      add(`another body is answered with ${other.status} ${other.text.slice(0, 200)}`);
    }
  });
  const after = await sequences(service, keyed);
  for (const [id, seq] of before) {
    if (after.get(id) !== seq) {
      found.push({ kind: "repeated", runId: id, what: "repeated keys have added events" });
    }
  }
  return found;
}

/** The smallest change by which a request means something else. */
function otherwise({ kind, inputs, approved, stepId }: Acknowledged): object {
  switch (kind) {
    case "start":
      return { run_opts: { tags: ["another"] } };
    case "answer":
      return { inputs: { ...inputs, another: 1 } };
    case "decide":
      return { approvals: [{ step_id: stepId, approved: approved !== true, comment: "another" }] };
    case "cancel":
      return { reason: "another" };
  }
}

async function sequences(
  service: KillableService,
  writes: readonly Acknowledged[],
): Promise<Map<string, number>> {
  const ids = [...new Set(writes.map(({ runId }) => runId))];
  const lengths = new Map<string, number>();
  await inParallel(ids, async (id) => {
    const answer = await service.call("GET", `/v1/executions/${id}/history`, KEY);
    lengths.set(id, historySchema.parse(JSON.parse(answer.text)).events.length);
  });
  return lengths;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: READERS }, lane));
}
