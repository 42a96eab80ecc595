/**
 * The run's log. Persisted shape: every sink (history, stream, projection, log lines, spans) reads
 * these; the log is never rewritten.
 *
 * The types are inferred from the schemas; no schema is loaded for them.
 */
import type { z } from "zod";
import type { eventSchema } from "./event-schemas.ts";

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
] as const satisfies readonly DescribedEvent["type"][];
export type EventType = (typeof EVENT_TYPES)[number];

type DescribedEvent = z.infer<typeof eventSchema>;
type ShownData = { [E in DescribedEvent as E["type"]]: E["data"] };

/** Fields of the log that no reader of a run sees. */
interface HiddenData {
  "step.retrying": {
    /** The model's answer, which the next attempt shows to the model; absent: it was not kept. */
    said?: string;
  };
}

type LoggedData = {
  [T in EventType]: T extends keyof HiddenData ? ShownData[T] & HiddenData[T] : ShownData[T];
};

/** What `data` contains in an event of this type. */
export type EventData<T extends EventType> = LoggedData[T];

/** Where in the run an event happened, and when. */
type Place = Omit<DescribedEvent, "type" | "data">;

/**
 * An entry of the log, told apart by `type`. `seq` counts 1, 2, 3 … without gaps within a run; `at`
 * is ISO 8601, UTC, milliseconds. Distributes: `RunEvent<"a" | "b">` is one of two.
 */
export type RunEvent<T extends EventType = EventType> = {
  [K in T]: Place & { type: K; data: LoggedData[K] };
}[T];

/** An event as readers of a run see it: masked, and without what is for the next attempt alone. */
export type ShownEvent<T extends EventType = EventType> = {
  [K in T]: Place & { type: K; data: ShownData[K] };
}[T];

/** What an event says beside its place in the run. */
export type Happened = { [T in EventType]: { type: T; data: LoggedData[T] } }[EventType];

/** One attempt of one step. */
export type AttemptName = NonNullable<EventData<"step.late">["under_way"]>[number];

/** Facts of a run that are fixed at its start. */
export type RunFacts = Omit<EventData<"run.created">, "workflow_id">;

const END: ReadonlySet<EventType> = new Set(["run.completed", "run.failed", "run.canceled"]);

/**
 * Whether the log is complete with this event: the end of the run, or the last outcome of what was
 * running at the end. A `step.late` of another attempt can follow, but readers do not wait for it.
 */
export function endsLog(event: ShownEvent): boolean {
  const left = "under_way" in event.data ? event.data.under_way : undefined;
  if (event.type === "step.late") return left?.length === 0;
  return END.has(event.type) && (left === undefined || left.length === 0);
}
