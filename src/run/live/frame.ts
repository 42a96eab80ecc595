/**
 * Events as server-sent events (WHATWG HTML, "Server-sent events"). Pure. A frame is made once
 * and sent to every reader.
 */
import { endsLog, type ShownEvent } from "#model/event.ts";

/**
 * One event on the wire. Its bytes are shared by all readers: never write to them or transfer them.
 */
export interface Frame {
  seq: number;
  /** After this event the log is complete. */
  isEnd: boolean;
  bytes: Uint8Array;
}

const encoder = new TextEncoder();

/** The first frame of a stream: how long to wait before connecting again, in ms. */
export const RETRY_HINT = encoder.encode("retry: 2000\n\n");

/** A comment: shows both ends that the connection is alive. */
export const KEEP_ALIVE = encoder.encode(": keep-alive\n\n");

/** JSON text has no line breaks of its own, so one `data` line holds any event. */
export function frameText(event: ShownEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

export function toFrame(event: ShownEvent): Frame {
  return { seq: event.seq, isEnd: endsLog(event), bytes: encoder.encode(frameText(event)) };
}
