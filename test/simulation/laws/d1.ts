/** D1 has what the API shows, row by row, and has counted each event once. */
import { isDeepStrictEqual } from "node:util";
import type { SimulatedD1 } from "../platform/d1.ts";
import type { EndedRun } from "./ended.ts";

export function rowsLaw({ id, view, history, events }: EndedRun, d1: SimulatedD1): string[] {
  const [row] = d1.read("SELECT * FROM runs WHERE id = ?", id);
  if (!row) return [`${id} is not in D1`];
  const broken: string[] = [];
  const compare = (name: string, stored: unknown, shown: unknown) => {
    if (isDeepStrictEqual(stored, shown)) return;
    const texts = `${JSON.stringify(stored)}, the object ${JSON.stringify(shown)}`;
    broken.push(`${id}: D1 has ${name} ${texts}`);
  };
  compare("seq", row["seq"], events.length);
  compare("status", row["status"], view.status);
  compare("current_step", row["current_step"], view.current_step);
  compare("updated_at", row["updated_at"], view.updated_at);
  compare("ended_at", row["ended_at"], view.ended_at ?? null);
  compare("error", parsed(row["error"]), view.error ?? null);
  compare("output", parsed(row["output"]), view.output ?? null);
  compare("tags", parsed(row["tags"]), view.tags ?? []);
  compare("calls", row["ai_calls"], view.usage?.ai_calls ?? 0);
  const tags = d1.read("SELECT tag FROM run_tags WHERE run_id = ? ORDER BY tag", id);
  compare(
    "run_tags",
    tags.map(({ tag }) => tag),
    [...(view.tags ?? [])].toSorted(),
  );
  const steps = d1.read("SELECT * FROM run_steps WHERE run_id = ?", id);
  compare(
    "steps",
    steps.map((step) => String(step["step_id"])).toSorted(),
    history.steps.map((step) => step.step_id).toSorted(),
  );
  for (const step of steps) {
    const shown = history.steps.find(({ step_id }) => step_id === step["step_id"]);
    const name = `step ${String(step["step_id"])}`;
    compare(`${name} status`, step["status"], shown?.status);
    compare(`${name} attempt`, step["attempt"], shown?.attempt);
    compare(`${name} ended_at`, step["ended_at"], shown?.ended_at);
    compare(`${name} output`, parsed(step["output"]), shown?.output ?? null);
    compare(`${name} error`, parsed(step["error"]), shown?.error ?? null);
  }
  return broken;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "{}";
}

function parsed(text: unknown): unknown {
  return typeof text === "string" ? (JSON.parse(text) as unknown) : null;
}

/** By the logs, independently of the statement that counts. */
export function countersLaw(runs: readonly EndedRun[], d1: SimulatedD1): string[] {
  const [row] = d1.read("SELECT value FROM metrics WHERE name = 'counters'");
  const stored = JSON.parse(textOf(row?.["value"])) as Record<string, number>;
  const counted: Record<string, number> = {};
  const add = (key: string) => {
    counted[key] = (counted[key] ?? 0) + 1;
  };
  for (const { events, state, plan } of runs) {
    add(`runs|${state.status}`);
    for (const { type, step_id } of events) {
      const stepType = plan.definition.steps.find(({ id }) => id === step_id)?.type ?? "";
      if (type === "run.created") add("runs_started");
      if (type === "step.completed") add(`steps|${stepType}|completed`);
      if (type === "step.failed") add(`steps|${stepType}|failed`);
    }
  }
  const keys = [...Object.keys(counted), ...Object.keys(stored).filter(isCompared)];
  return [...new Set(keys)]
    .filter((key) => (stored[key] ?? 0) !== (counted[key] ?? 0))
    .map((key) => `D1 counts ${stored[key] ?? 0} of ${key}, the logs ${counted[key] ?? 0}`);
}

function isCompared(key: string): boolean {
  return (
    key.startsWith("runs|") || key === "runs_started" || /^steps\|.*\|(completed|failed)$/.test(key)
  );
}
