/**
 * The audit of the objects themselves, from their files once the runtime has ended: folding the whole
 * log yields the run, every sink has all of it, no object is without a row, and the counters in D1
 * are those of the logs.
 */
import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import { foldLog } from "#engine/fold.ts";
import type { RunState } from "#engine/state.ts";
import type { RunEvent } from "#model/event.ts";
import { isUnknown } from "./audit-effects.ts";
import type { Finding } from "./audit-run.ts";

interface StoredObject {
  events: RunEvent[];
  docs: ReadonlyMap<string, unknown>;
}

interface ObjectsAudit {
  objects: number;
  events: number;
  /** Steps whose call may or may not have been carried out, as the logs say. */
  unknown: number;
  /** Results after the end of a run. */
  late: number;
  found: Finding[];
}

const SINKS = ["projection", "trace", "witness"] as const;

/** `state`: the folder of the runtime. `rows`: status by run id, of D1. */
export function auditObjects(
  state: string,
  rows: ReadonlyMap<string, string>,
  counters: Readonly<Record<string, number>>,
): ObjectsAudit {
  const found: Finding[] = [];
  const counts = new Map<string, number>();
  const missing = new Set(rows.keys());
  let objects = 0;
  let events = 0;
  let unknown = 0;
  for (const file of objectFiles(state)) {
    const stored = readObject(file);
    if (!stored) continue;
    const folded = foldLog(stored.events, null);
    if (!folded) throw new Error(`${file} has an empty log`);
    objects += 1;
    events += stored.events.length;
    unknown += stored.events.filter(isUnknown).length;
    if (!missing.delete(folded.run_id)) {
      found.push({ kind: "lost", runId: folded.run_id, what: "the object has no row in D1" });
    }
    found.push(...auditObject(stored, folded, rows.get(folded.run_id)));
    count(counts, stored.events, folded);
  }
  for (const runId of missing) {
    found.push({ kind: "lost", runId, what: "a row in D1, and no object" });
  }
  for (const [name, expected] of counts) {
    const stored = countersLike(counters, name);
    if (stored === expected) continue;
    found.push({
      kind: "differs",
      runId: "metrics",
      what: `${name} counts ${stored}, the logs have ${expected}`,
    });
  }
  return { objects, events, unknown, late: counts.get("late_results|") ?? 0, found };
}

function auditObject(
  { events, docs }: StoredObject,
  folded: RunState,
  status: string | undefined,
): Finding[] {
  const found: Finding[] = [];
  const runId = folded.run_id;
  const snapshot = docs.get("snapshot") as RunState | undefined;
  if (snapshot) {
    const tail = events.filter(({ seq }) => seq > snapshot.seq);
    if (!isDeepStrictEqual(foldLog(tail, snapshot), folded)) {
      found.push({ kind: "illegal log", runId, what: "its log folds to another state" });
    }
  }
  if (status !== undefined && status !== folded.status) {
    found.push({ kind: "differs", runId, what: `${status} in D1, folded it is ${folded.status}` });
  }
  for (const name of SINKS) {
    const cursor = docs.get(name) as { seq: number } | undefined;
    if (cursor?.seq === folded.seq) continue;
    const what = `the ${name} has it up to event ${cursor?.seq ?? 0} of ${folded.seq}`;
    found.push({ kind: "not delivered", runId, what });
  }
  return found;
}

function objectFiles(state: string): string[] {
  return readdirSync(state, { recursive: true, encoding: "utf8" })
    .filter((path) => /RunObject[^/]*\/[0-9a-f]{64}\.sqlite$/.test(path))
    .map((path) => `${state}/${path}`);
}

/** null: an object that was looked up, and never started. */
function readObject(file: string): StoredObject | null {
  const database = new DatabaseSync(file);
  try {
    const hasLog = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'log'").get();
    if (!hasLog) return null;
    const logged = database.prepare("SELECT events FROM log ORDER BY seq").all();
    const docs = database.prepare("SELECT name, value FROM doc").all();
    return {
      events: logged.flatMap(({ events }) => JSON.parse(String(events)) as RunEvent[]),
      docs: new Map(docs.map(({ name, value }) => [String(name), parsed(String(value))])),
    };
  } finally {
    database.close();
  }
}

function parsed(text: string): unknown {
  return JSON.parse(text);
}

/** What a repeated or a half-written batch would count wrong. */
function count(counts: Map<string, number>, events: readonly RunEvent[], state: RunState): void {
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  add(`runs|${state.status}`);
  for (const { type } of events) {
    if (type === "run.created") add("runs_started");
    if (type === "run.failed") add("run_failures|");
    if (type === "step.completed") add("steps||completed");
    if (type === "step.failed") add("steps||failed");
    if (type === "step.retrying") add("retries|");
    if (type === "step.late") add("late_results|");
  }
}

/** The sum over the labels that the name leaves out. */
function countersLike(counters: Readonly<Record<string, number>>, name: string): number {
  const [counter = "", ...labels] = name.split("|");
  return Object.entries(counters)
    .filter(([key]) => {
      const [own, ...parts] = key.split("|");
      return own === counter && labels.every((label, at) => label === "" || label === parts[at]);
    })
    .reduce((sum, [, amount]) => sum + amount, 0);
}
