/**
 * Spans while a log is read: opened by one event, ended by another, with events in between. Does
 * not interpret the events.
 */
import type { ShownEvent } from "#model/event.ts";
import { ATTRIBUTES as A, type Attributes } from "./names.ts";
import { type SpanOf, spanIdOf } from "./trace-context.ts";

interface SpanEvent {
  name: string;
  atMs: number;
  attributes: Attributes;
}

export interface Span {
  spanId: string;
  /** null: it has no parent. */
  parentSpanId: string | null;
  name: string;
  /** client: it waits for a response of another service. server: it responds. */
  kind: "internal" | "client" | "server";
  /** Milliseconds since 1970, like all times here. */
  startMs: number;
  endMs: number;
  attributes: Attributes;
  events: SpanEvent[];
  /** Events beyond `MAX_EVENTS`. */
  droppedEvents: number;
  /** The error; null: none. */
  error: string | null;
  /** `seq` of the event that ended it. */
  seq: number;
}

/** A code, which becomes `error.type`, and a message. */
export interface SpanFailure {
  code: string;
  message: string;
}

export type OpenSpan = Omit<Span, "endMs" | "seq" | "error">;

/** Limit of the events of one span; the default of OpenTelemetry SDKs. */
const MAX_EVENTS = 128;

export class OpenSpans {
  /** In the order in which they ended. */
  readonly ended: Span[] = [];
  readonly #runId: string;
  readonly #open = new Map<string, OpenSpan>();

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** The open span of a key that its user chooses. */
  get(key: string): OpenSpan | undefined {
    return this.#open.get(key);
  }

  open(
    key: string,
    event: ShownEvent,
    identity: SpanOf,
    rest: Pick<OpenSpan, "name" | "parentSpanId" | "attributes"> & Partial<OpenSpan>,
  ): void {
    this.#open.set(key, {
      spanId: spanIdOf(this.#runId, identity),
      kind: "internal",
      startMs: Date.parse(event.at),
      events: [],
      droppedEvents: 0,
      ...rest,
      attributes: { [A.runId]: this.#runId, ...rest.attributes },
    });
  }

  /** Adds attributes to an open span. */
  note(key: string, attributes: Attributes): void {
    const span = this.#open.get(key);
    if (span) Object.assign(span.attributes, attributes);
  }

  addEvent(key: string, event: ShownEvent, attributes: Attributes): void {
    const span = this.#open.get(key);
    if (!span) return;
    if (span.events.length >= MAX_EVENTS) {
      span.droppedEvents += 1;
      return;
    }
    const place = event.step_id === undefined ? {} : { [A.stepId]: event.step_id };
    const atMs = Date.parse(event.at);
    span.events.push({ name: event.type, atMs, attributes: { ...place, ...attributes } });
  }

  close(key: string, event: ShownEvent, failure: SpanFailure | null, attributes: Attributes = {}) {
    const span = this.#open.get(key);
    if (!span) return;
    this.#open.delete(key);
    const error = failure ? { [A.errorType]: failure.code } : {};
    this.ended.push({
      ...span,
      endMs: Math.max(span.startMs, Date.parse(event.at)),
      attributes: { ...span.attributes, ...attributes, ...error },
      error: failure?.message ?? null,
      seq: event.seq,
    });
  }
}
