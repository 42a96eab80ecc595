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
