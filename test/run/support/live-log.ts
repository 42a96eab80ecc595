/** A run's log in memory, for readers without a run. */
import type { EventType, RunEvent, ShownEvent } from "#model/event.ts";
import { frameText } from "#run/live/frame.ts";
import { type LiveLimits, LiveStream } from "#run/live/stream.ts";
import { runEvent } from "../../support/run-event.ts";
import { EventStream } from "../../support/event-stream.ts";

export function event(seq: number, type: EventType = "step.started"): ShownEvent {
  return runEvent(type, {}, { seq });
}

/** A log in memory that is durable when the test says so. */
export class MemoryLog {
  readonly log: RunEvent[] = [];
  readonly defects: unknown[] = [];
  reads = 0;
  readonly live: LiveStream;
  #durable: Promise<void> = Promise.resolve();

  constructor(limits: Partial<LiveLimits> = {}) {
    this.live = new LiveStream(
      {
        events: (afterSeq) => {
          this.reads += 1;
          return this.log.filter((known) => known.seq > afterSeq);
        },
        show: (events) => events,
        sync: () => this.#durable,
      },
      (error) => this.defects.push(error),
      { gatherMs: 0, ...limits },
    );
  }

  /** What a commit does. */
  add(...events: RunEvent[]): void {
    this.log.push(...events);
    this.live.publish(events);
  }

  /** From now on nothing is durable until the function is called. */
  holdStorage(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#durable = promise;
    return resolve;
  }

  breakStorage(): void {
    this.#durable = Promise.reject(new Error("the disk is gone"));
    this.#durable.catch(() => "expected");
  }

  open(afterSeq = 0, isEnded = false): EventStream {
    return new EventStream(
      this.live.respond({ reader: crypto.randomUUID(), afterSeq, isComplete: isEnded }).body,
    );
  }

  /** A reader that has all that there is, and waits. */
  async openLive(): Promise<{ stream: EventStream; next: Promise<boolean> }> {
    const last = this.log.at(-1)?.seq ?? 0;
    const stream = await this.open().until(
      ({ seqs, retryMs }) => retryMs !== null && (last === 0 || seqs.includes(last)),
    );
    const next = stream.read();
    await scheduler.wait(1);
    return { stream, next };
  }
}

/** An event whose frame has so many bytes. */
export function sized(seq: number, bytes: number): ShownEvent {
  const late = (message: string) => runEvent("step.late", { message }, { seq });
  const empty = frameText(late(""));
  return late("x".repeat(bytes - empty.length));
}
