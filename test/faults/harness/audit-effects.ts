/** The audit of what a run did outside, from the calls that the witness saw. */
import type { ShownEvent } from "#model/event.ts";
import type { Finding, FindingKind, SeenRun } from "./audit-run.ts";
import type { OutsideCall } from "./outside.ts";
import type { TrialStep, TrialWorkflow } from "./workflows.ts";

/** An answer that was sent so long before a kill may not have been committed. */
const ANSWER_LOST_MS = 3_000;

/** `killedAt`: of all kills, epoch ms. */
export function checkEffects(
  { run, history: { events } }: SeenRun,
  workflow: TrialWorkflow,
  calls: readonly OutsideCall[],
  killedAt: readonly number[],
): Finding[] {
  const found: Finding[] = [];
  for (const step of workflow.steps.filter(({ type }) => type === "api_call")) {
    const key = `${run.id}:${step.id}`;
    const own = calls.filter((call) => call.key === key);
    const add = (kind: FindingKind, what: string) =>
      found.push({ kind, runId: run.id, what: `step ${step.id}: ${what}` });
    const limitMs = Number(step.config["timeout_s"]) * 1000;
    const timedOut = timedOutAttempts(events, step.id, limitMs);
    const wasOpen = (call: OutsideCall) => isOpen(call, killedAt) || timedOut.has(call.attempt);
    if (isUnkeyed(step)) checkUnkeyed(own, add);
    else checkKeyed(own, wasOpen, add);
    checkOutcome(events, step, own, wasOpen, add);
  }
  return found;
}

/**
 * Over all calls: one key for one step of one run, which the paths of the harness's own workflows
 * name; and no call of a run that nothing is known of.
 */
export function checkKeys(
  calls: readonly OutsideCall[],
  isKnown: (runId: string) => boolean,
): Finding[] {
  const found: Finding[] = [];
  const keys = new Map<string, string>();
  for (const { key, path } of calls) {
    const runId = key.split(":")[0] ?? "";
    if (!isKnown(runId)) found.push({ kind: "unexpected", runId, what: `called ${path}` });
    if (!path.startsWith("/own/")) continue;
    const known = keys.get(path) ?? key;
    keys.set(path, known);
    if (known === key) continue;
    found.push({ kind: "repeated", runId, what: `${path} has a second key beside ${known}` });
  }
  return found;
}

/** Calls that were made again with their key, since a kill took the answer. */
export function countRepeats(calls: readonly OutsideCall[]): number {
  const seen = new Map<string, OutsideCall>();
  let repeats = 0;
  for (const call of calls) {
    const name = `${call.key}/${call.attempt}`;
    const earlier = seen.get(name);
    if (earlier && earlier.epoch < call.epoch) repeats += 1;
    seen.set(name, call);
  }
  return repeats;
}

type Add = (kind: FindingKind, what: string) => void;

function isUnkeyed({ config }: TrialStep): boolean {
  const { method, idempotent } = config;
  return (method === "POST" || method === "PATCH") && idempotent !== true;
}

/**
 * Whether the caller may not have the answer: none was sent, or it was killed during the call or
 * right after. What was sent to a caller that had just been killed counts as sent here.
 */
function isOpen({ at, answer }: OutsideCall, killedAt: readonly number[]): boolean {
  if (answer === null) return true;
  return killedAt.some((kill) => kill >= at && kill - answer.at < ANSWER_LOST_MS);
}

/** Attempts that had all of their time, and whose answer was not read within it. */
function timedOutAttempts(
  events: readonly ShownEvent[],
  stepId: string,
  limitMs: number,
): ReadonlySet<number | undefined> {
  const own = events.filter(({ step_id }) => step_id === stepId);
  const starts = own.filter(({ type }) => type === "step.started");
  const begun = new Map(starts.map(({ attempt, at }) => [attempt, at]));
  const ended = own.filter(
    ({ data, attempt, at }) =>
      "code" in data &&
      (data.code === "timeout" || data.code === "outcome_unknown") &&
      Date.parse(at) - Date.parse(begun.get(attempt) ?? at) >= limitMs,
  );
  return new Set(ended.map(({ attempt }) => attempt));
}

/** Refused before it was carried out: such a call may be tried again. */
function wasRefused({ answer }: OutsideCall): boolean {
  return answer?.status === 429 || answer?.status === 503;
}

function checkUnkeyed(calls: readonly OutsideCall[], add: Add): void {
  const carriedOut = calls.filter((call) => !wasRefused(call));
  if (carriedOut.length > 1) {
    add("repeated", `a call without a key was made ${carriedOut.length} times`);
  }
}

function checkKeyed(
  calls: readonly OutsideCall[],
  wasOpen: (call: OutsideCall) => boolean,
  add: Add,
): void {
  for (const [index, call] of calls.entries()) {
    const before = calls[index - 1];
    if (!before || wasOpen(before) || (before.answer?.status ?? 0) >= 429) continue;
    const { status, at = 0 } = before.answer ?? {};
    const after = `${status}, ${at - before.at} ms after attempt ${before.attempt} arrived`;
    add("repeated", `called again, as attempt ${call.attempt}, after the answer ${after}`);
  }
}

function checkOutcome(
  events: readonly ShownEvent[],
  step: TrialStep,
  calls: readonly OutsideCall[],
  wasOpen: (call: OutsideCall) => boolean,
  add: Add,
): void {
  const own = events.filter(({ step_id }) => step_id === step.id);
  const completed = own.find(({ type }) => type === "step.completed");
  const isAnswered = calls.some(
    ({ attempt, answer }) =>
      attempt === completed?.attempt && answer !== null && answer.status < 300,
  );
  if (completed && !isAnswered) {
    add("unexpected", `completed by attempt ${completed.attempt}, which got no such answer`);
  }
  const unknown = own.find(isUnknown);
  const last = calls.at(-1);
  if (isUnkeyed(step) && last?.answer === null && !unknown) {
    add("lost", "a call without a key and without an answer did not end in outcome_unknown");
  }
  const late = own.find((event) => event.type === "step.late" && event.attempt === last?.attempt);
  if (late?.type === "step.late" && last?.answer === null) {
    const { outcome } = late.data;
    const isSafe = step.config["method"] === "GET";
    if (isSafe === (outcome === "outcome_unknown") || outcome === "completed") {
      add("unexpected", `${outcome} is recorded of a ${last.method} without an answer`);
    }
  }
  if (unknown && last && !wasOpen(last) && !isTooLate(unknown, last)) {
    const when = `at ${new Date(last.answer?.at ?? 0).toISOString()}, recorded at ${unknown.at}`;
    add("unexpected", `outcome_unknown, although ${last.answer?.status} had been sent ${when}`);
  }
}

/** A cancel leaves a call some time; an answer that is sent as that ends may not be read. */
function isTooLate(event: ShownEvent, { answer }: OutsideCall): boolean {
  if (event.type !== "step.late" || answer === null) return false;
  return Math.abs(Date.parse(event.at) - answer.at) < ANSWER_LOST_MS;
}

/** Whether the step ends, or its late result says, that the outcome of its call is unknown. */
export function isUnknown(event: ShownEvent): boolean {
  if (event.type === "step.failed") return event.data.code === "outcome_unknown";
  return event.type === "step.late" && event.data.outcome === "outcome_unknown";
}
