/**
 * The run's log. Persisted shape: every sink (history, stream, projection, log lines, spans) reads
 * these; the log is never rewritten.
 */
import type { JsonObject } from "./json.ts";

export const EVENT_TYPES = [
  "run.created",
  "run.started",
  "run.waiting",
  "run.resumed",
  "run.completed",
  "run.failed",
  "run.canceled",
  "step.started",
  "step.completed",
  "step.failed",
  "step.retrying",
  "step.late",
  "ai.request",
  "ai.response",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface RunEvent {
  /** 1, 2, 3 … without gaps within a run. */
  seq: number;
  type: EventType;
  /** ISO 8601, UTC, milliseconds. */
  at: string;
  run_id: string;
  step_id?: string;
  attempt?: number;
  data: JsonObject;
}

const END: ReadonlySet<EventType> = new Set(["run.completed", "run.failed", "run.canceled"]);

/**
 * Whether the log is complete with this event: the end of the run, or the last outcome of what was
 * running at the end. A `step.late` of another attempt can follow, but readers do not wait for it.
 */
export function endsLog({
  type,
  data,
}: {
  type: EventType;
  data: Readonly<Record<string, unknown>>;
}): boolean {
  const { under_way: left } = data;
  if (type === "step.late") return Array.isArray(left) && left.length === 0;
  return END.has(type) && (!Array.isArray(left) || left.length === 0);
}
