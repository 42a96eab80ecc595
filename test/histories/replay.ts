/**
 * The commands that a recorded log was the answer to, one for each of its transactions, and what
 * the engine of today decides on each.
 */
import type { Command } from "#engine/command.ts";
import type { RunState } from "#engine/state.ts";
import type { AttemptOutcome } from "#model/attempt.ts";
import type { Caller } from "#model/caller.ts";
import type { RunEvent } from "#model/event.ts";
import { isJsonObject } from "#model/json.ts";
import { LoadedRun } from "#run/loaded-run.ts";
import { type History, outputOf } from "./history.ts";

export interface Replayed {
  transactions: RunEvent[][];
  state: RunState;
}

export function replay(history: History): Replayed {
  const run = new LoadedRun(history.doc.start, null);
  const transactions: RunEvent[][] = [];
  for (const events of history.log) {
    const command = commandOf(history, events, transactions.length === 0 ? null : run.state);
    const planned = run.plan(command);
    if (!planned.ok) throw new Error(`${history.name}: refused as ${planned.refusal.reason}`);
    run.accept(planned.plan);
    transactions.push([...planned.plan.commit.events]);
  }
  return { transactions, state: run.state };
}

function commandOf(history: History, events: RunEvent[], state: RunState | null): Command {
  const [first] = events;
  if (!first) throw new Error("a transaction without events");
  const { at } = first;
  switch (first.type) {
    case "run.created": {
      const { workflow_id: _, ...facts } = first.data;
      return { kind: "start", at, run_id: first.run_id, facts };
    }
    case "run.resumed": {
      const { decision, wait_number: waitNumber } = first.data;
      const by = callerOf(first.data.by);
      const step_id = stepOf(first);
      if (decision) {
        const { approved, comment } = decision;
        const said = comment === undefined ? {} : { comment };
        return { kind: "decide", at, by, wait_number: waitNumber, step_id, approved, ...said };
      }
      const output = outputOf(history, step_id) ?? null;
      return { kind: "answer", at, by, wait_number: waitNumber, output };
    }
    case "run.canceled": {
      const { by, reason, under_way: underWay = [] } = first.data;
      const isBegun = underWay.length > 0;
      const why = reason === undefined ? {} : { reason };
      return { kind: "cancel", at, by: callerOf(by), isBegun, ...why };
    }
    case "step.started": {
      const attempt = (first.attempt ?? 1) - 1;
      return { kind: "timer", at, timer: { kind: "retry", step_id: stepOf(first), attempt, at } };
    }
    case "step.late": {
      const { outcome, output = null, response, code, message } = first.data as LateData;
      const usage = response ? { response } : {};
      const result =
        outcome === "completed"
          ? { outcome, output, ...usage }
          : outcome === "failed"
            ? { outcome, failure: { code, message }, ...usage }
            : { outcome, ...usage };
      return {
        kind: "late",
        at,
        step_id: stepOf(first),
        attempt: first.attempt ?? 1,
        result,
      } as Command;
    }
    default:
      return outcomeOf(history, events, state);
  }
}

/** What the log says of it, with any outcome. */
type LateData = Record<string, never> & { outcome: "completed" | "failed" };

function outcomeOf(history: History, events: RunEvent[], state: RunState | null): Command {
  const [first] = events;
  const response = first?.type === "ai.response" ? { response: first.data } : {};
  const end = events.find(({ type }) => /^step\.(completed|failed|retrying)$/.test(type));
  if (!first || !end) throw new Error(`${first?.type} begins a transaction that has no outcome`);
  const { at } = first;
  const step_id = stepOf(end);
  if (end.type === "step.failed" && end.data.code === "wait_expired") {
    const wait_number = state?.wait?.number ?? 0;
    return { kind: "timer", at, timer: { kind: "expire", wait_number, at } };
  }
  const common = { kind: "outcome", at, step_id, attempt: end.attempt ?? 1 } as const;
  if (end.type === "step.completed") {
    const output = outputOf(history, step_id) ?? null;
    return { ...common, outcome: { kind: "completed", output, ...response } };
  }
  return { ...common, outcome: { ...failureOf(history, end), ...response } };
}

/** Its class is that of the tries before it, by which the engine decides that there is no other. */
function failureOf(history: History, end: RunEvent): Extract<AttemptOutcome, { kind: "failed" }> {
  if (end.type !== "step.failed" && end.type !== "step.retrying") throw new Error(end.type);
  const { code, message, http_status: status } = end.data;
  const failure = { code, message, ...(status === undefined ? {} : { http_status: status }) };
  const kind = "failed";
  if (end.type === "step.retrying") {
    const { reason, feedback, said, excerpt } = end.data;
    const told = reason === "schema" ? { feedback } : {};
    return {
      kind,
      failure,
      class: reason === "schema" ? "schema" : reason === "transport" ? "transport" : "unusable",
      ...told,
      ...(said === undefined ? {} : { said }),
      ...(excerpt === undefined ? {} : { excerpt }),
    };
  }
  const before = history.log
    .flat()
    .findLast((event) => event.type === "step.retrying" && event.step_id === end.step_id);
  const reason = before?.type === "step.retrying" ? before.data.reason : null;
  const answer = outputOf(history, stepOf(end));
  return {
    kind,
    failure,
    class: reason === "schema" ? "schema" : reason === "transport" ? "transport" : "terminal",
    ...(isJsonObject(answer) ? { answer } : {}),
    ...("excerpt" in end.data ? { excerpt: end.data.excerpt } : {}),
  } as Extract<AttemptOutcome, { kind: "failed" }>;
}

function stepOf({ type, step_id: stepId }: RunEvent): string {
  if (stepId === undefined) throw new Error(`${type} without a step`);
  return stepId;
}

function callerOf(by: string): Caller {
  if (by.startsWith("key:")) return { id: by.slice(4), kind: "key" };
  return by === "resume_token" ? { id: by, via: by } : { id: `user:${by}`, email: by };
}
