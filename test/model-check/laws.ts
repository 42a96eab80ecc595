/**
 * The seven laws of the engine (header of src/engine/advance.ts), said over what was seen: one
 * command, and the log so far. A broken one is returned by its number, with what broke it.
 */
import { isDeepStrictEqual } from "node:util";
import { type Advance, pendingEffect, stillUnderWay, timersOf } from "#engine/advance.ts";
import type { Command } from "#engine/command.ts";
import { foldLog } from "#engine/fold.ts";
import type { RunState } from "#engine/state.ts";
import { endsLog, type RunEvent } from "#model/event.ts";

const ENDS: ReadonlySet<string> = new Set(["run.completed", "run.failed", "run.canceled"]);
const hasEnded = (state: RunState) => ["completed", "failed", "canceled"].includes(state.status);
const nameOf = ({ step_id = "", attempt = 0 }: { step_id?: string; attempt?: number }) =>
  `${step_id}/${attempt}`;

export interface Step {
  before: RunState | null;
  command: Command;
  result: Advance;
  after: RunState;
}

/** The laws that one command can break. */
export function brokenByCommand({ before, command, result, after }: Step): string | null {
  if (before && hasEnded(before)) {
    const still = after.status === before.status && after.ended_at === before.ended_at;
    const outputs = result.ok ? Object.keys(result.outputs) : [];
    if (!still || outputs.length > 0) return "1: a run that has ended went on";
  }
  if (before && command.kind === "outcome" && result.ok) {
    const live = pendingEffect(before);
    const isLive = live !== null && nameOf(live) === nameOf(command);
    const others = result.events.filter(({ type }) => (type === "step.late") === isLive);
    if (others.length > 0) return `2: ${others[0]?.type} after an outcome, live: ${isLive}`;
  }
  if (!hasEnded(after)) {
    const waits = after.status === "waiting" && after.wait !== undefined;
    const isAlive = pendingEffect(after) !== null || timersOf(after).length > 0 || waits;
    if (!isAlive) return "5: nothing will wake the run";
  }
  if (before?.status === "canceled") {
    const isQuiet = pendingEffect(after) === null && timersOf(after).length === 0 && !after.wait;
    if (!isQuiet || (result.ok && result.effect)) return "6: an effect after the cancel";
  }
  return null;
}

/** The laws over the whole log, after each command. */
export function brokenByLog(log: readonly RunEvent[], state: RunState): string | null {
  return brokenSteps(log) ?? brokenSentence(log) ?? brokenEnd(log, state);
}

/** Law 4, over the log from empty, and over what was stored of its first half. */
export function brokenFold(log: readonly RunEvent[], state: RunState): string | null {
  const bytes = JSON.stringify(state);
  if (JSON.stringify(foldLog(log, null)) !== bytes) return "4: the fold of the log differs";
  const half = Math.floor(log.length / 2);
  const kept = JSON.stringify(foldLog(log.slice(0, half), null));
  const tail = JSON.parse(JSON.stringify(log.slice(half))) as RunEvent[];
  const again = foldLog(tail, JSON.parse(kept) as RunState | null);
  const isSame = isDeepStrictEqual(again, JSON.parse(bytes));
  return isSame ? null : "4: the fold of the tail over a snapshot differs";
}

function brokenSteps(log: readonly RunEvent[]): string | null {
  const completed = new Set<string>();
  for (const { type, step_id = "" } of log) {
    if (type !== "step.started" && type !== "step.completed") continue;
    if (completed.has(step_id)) return `3: ${type} of ${step_id}, which completed before`;
    if (type === "step.completed") completed.add(step_id);
  }
  return null;
}

function brokenSentence(log: readonly RunEvent[]): string | null {
  if (log.some((event, index) => event.seq !== index + 1)) return "7: a gap in the numbers";
  const created = log.filter(({ type }) => type === "run.created").length;
  if (log[0]?.type !== "run.created" || created !== 1) return "7: run.created is not the one first";
  const end = log.findIndex(({ type }) => ENDS.has(type));
  const after = end < 0 ? [] : log.slice(end + 1).filter(({ type }) => type !== "step.late");
  if (after.length > 0) return `7: ${after[0]?.type} after the end`;
  const started = new Map<string, number>();
  for (const { type, step_id = "", attempt = 0 } of log) {
    if (step_id === "") continue;
    const made = started.get(step_id) ?? 0;
    if (type === "step.started") {
      if (attempt !== made + 1) return `7: attempt ${attempt} of ${step_id} after ${made}`;
      started.set(step_id, attempt);
    } else if (attempt > made || (made === 0 && type !== "run.failed")) {
      return `7: ${type} of an attempt of ${step_id} that was not made`;
    }
  }
  const times = log.filter(({ type }) => type !== "step.late").map(({ at }) => at);
  return times.some((at, index) => at < (times[index - 1] ?? "")) ? "7: time runs backward" : null;
}

function brokenEnd(log: readonly RunEvent[], state: RunState): string | null {
  const late = log.filter(({ type }) => type === "step.late").map(nameOf);
  const known = new Set(late);
  if (known.size !== late.length) return "7: two step.late of one attempt";
  const end = log.find(({ type }) => type === "run.canceled" || type === "run.failed");
  const begun = end && "under_way" in end.data ? (end.data.under_way ?? []) : [];
  const open = begun.filter((name) => !known.has(nameOf(name)));
  if (JSON.stringify(stillUnderWay(state)) !== JSON.stringify(open)) return "7: what is under way";
  const isComplete = hasEnded(state) && open.length === 0;
  return isComplete === log.some((event) => endsLog(event)) ? null : "7: the end of the log";
}
