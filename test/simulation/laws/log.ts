/** Laws of a run by itself: its log, its state, and that it settles. */
import { isDeepStrictEqual } from "node:util";
import { foldLog } from "#engine/fold.ts";
import { isTerminal } from "#engine/state.ts";
import type { RunEvent } from "#model/event.ts";
import type { EndedRun } from "./ended.ts";

const END: ReadonlySet<string> = new Set(["run.completed", "run.failed", "run.canceled"]);
/** How long a run may take beyond its own timers once no fault happens any more, ms. */
const SETTLING_MS = 10_000;
/** The pause of an effect that found settings it could not read. */
const BLOCKED_MS = 30_000;

export function logLaw({ id, events, state, people }: EndedRun): string[] {
  const broken = people.ledger.contradictions.map((text) => `${id}: ${text}`);
  const say = (text: string) => broken.push(`${id}: ${text}`);
  if (events.some(({ seq }, index) => seq !== index + 1)) say("the log has gaps");
  if (events.some(({ at }, index) => at < (events[index - 1]?.at ?? ""))) {
    const isLate = events.every((event) => event.type !== "step.late");
    if (isLate) say("the log goes back in time");
  }
  const types = events.map(({ type }) => type);
  if (types.lastIndexOf("run.created") !== 0) say("run.created is not first alone");
  const end = types.findIndex((type) => END.has(type));
  if (end !== -1 && types.slice(end + 1).some((type) => type !== "step.late")) {
    say(`after the end: ${types.slice(end).join(", ")}`);
  }
  for (const text of attempts(events)) say(text);
  if (!isDeepStrictEqual(foldLog(events, null), state)) say("the log does not fold to the state");
  for (const [seq, text] of people.ledger.seen) {
    if (!isSeen(events[seq - 1], text)) say(`event ${seq} was shown as ${text} and is gone`);
  }
  const lates = events.filter(({ type }) => type === "step.late");
  const names = lates.map(({ step_id, attempt }) => `${step_id} ${attempt}`);
  if (new Set(names).size < names.length) say("an attempt has two late results");
  if (state.under_way !== undefined) say("an attempt under way at the end has no late result");
  return broken;
}

/** Hidden and masked fields aside, what a reader saw is what the log has. */
function isSeen(event: RunEvent | undefined, text: string): boolean {
  if (!event) return false;
  const shown = JSON.parse(text) as RunEvent;
  return shown.type === event.type && shown.at === event.at && shown.step_id === event.step_id;
}

function attempts(events: readonly RunEvent[]): string[] {
  const broken: string[] = [];
  const last = new Map<string, number>();
  const ended = new Set<string>();
  for (const { type, step_id: step = "", attempt } of events) {
    if (type === "step.started") {
      const before = last.get(step) ?? 0;
      if (attempt !== undefined && attempt !== before + 1) {
        broken.push(`attempt ${attempt} of ${step} begins after ${before}`);
      }
      if (ended.has(step)) broken.push(`${step} begins again after its end`);
      last.set(step, attempt ?? 1);
    }
    if (type !== "step.completed" && type !== "step.failed") continue;
    if (ended.has(step)) broken.push(`${step} ends twice`);
    if (attempt !== undefined && attempt !== last.get(step)) {
      broken.push(`${step} ends with attempt ${attempt}, not ${last.get(step)}`);
    }
    ended.add(step);
  }
  return broken;
}

/** Every run is at its end or waits for people, and was at no time stuck after the last fault. */
export function settlingLaw(
  { id, plan, events, state }: EndedRun,
  calmAt: number,
  hadBadSettings: boolean,
): string[] {
  const broken: string[] = [];
  const pauseMs = hadBadSettings ? BLOCKED_MS : 0;
  if (!isTerminal(state.status) && state.status !== "waiting") broken.push(`${id} is stuck`);
  if (state.wait?.expires_at !== undefined) broken.push(`${id} waits beyond its expiry`);
  for (const [index, event] of events.entries()) {
    const next = events[index + 1];
    if (!next || Date.parse(next.at) <= calmAt || event.type === "run.waiting") continue;
    if (END.has(event.type) || next.type === "run.canceled" || next.type === "run.resumed")
      continue;
    const sinceMs = Math.max(calmAt, Date.parse(event.at));
    const gapMs = Date.parse(next.at) - sinceMs;
    const allowedMs = ownTime(event, plan.definition.steps, sinceMs) + SETTLING_MS + pauseMs;
    if (gapMs > allowedMs) {
      broken.push(`${id} is stuck for ${gapMs} ms after ${event.type} ${event.step_id ?? ""}`);
    }
  }
  return broken;
}

/** A pause before an attempt, and the time limit of one. */
function ownTime(
  event: RunEvent,
  steps: EndedRun["plan"]["definition"]["steps"],
  sinceMs: number,
): number {
  const step = steps.find(({ id }) => id === event.step_id);
  const limitMs = step && "timeout_s" in step.config ? step.config.timeout_s * 1_000 : 0;
  if (event.type !== "step.retrying") return limitMs;
  return limitMs + Math.max(0, Date.parse(event.data.retry_at) - sinceMs);
}
