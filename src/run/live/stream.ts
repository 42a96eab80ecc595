/**
 * Sends the run's events to all its readers as they happen. Owns the readers; the log stays with
 * the run. In memory only: a client that loses its stream with the object connects again.
 *
 * - The run never waits for a reader. Without readers a commit costs one comparison.
 * - An event is masked and serialised once for all readers, and only after the run has moved on.
 *   Storage is read for a reader only while it catches up.
 * - All readers share one timer, and it is cleared with the last of them: a timer keeps the object
 *   from sleeping.
 */
import { endsLog, type RunEvent, type ShownEvent } from "#model/event.ts";
import { LIMITS } from "#model/limits.ts";
import { Work } from "#model/work.ts";
import { type Frame, toFrame } from "./frame.ts";
import type { LoadedRun } from "../loaded-run.ts";
import { LiveReader } from "./reader.ts";
import type { RunStore } from "../store.ts";
import { maskEvent } from "../views/run-view.ts";

/** What the streams need of the log. */
export interface LiveLog {
  /** Events later than `seq`, in order. */
  events(afterSeq: number): Iterable<RunEvent>;
  /** The same events, masked as in the history. */
  show(events: Iterable<RunEvent>): Iterable<ShownEvent>;
  /** Resolves when everything committed so far is durable. */
  sync(): Promise<void>;
}

/** `run` returns the run in memory, which knows what has to be masked by now. */
export function createLiveLog(
  storage: { sync(): Promise<void> },
  store: Pick<RunStore, "events">,
  run: () => LoadedRun | null,
): LiveLog {
  return {
    events: (afterSeq) => store.events(afterSeq),
    *show(events) {
      const loaded = run();
      if (!loaded) throw new Error("events without a run");
      const mask = loaded.masking.within(Work.ofProjection());
      for (const event of events) yield maskEvent(event, mask);
    },
    sync: () => storage.sync(),
  };
}

export interface LiveLimits {
  /** A client receives something at least this often, so a lost connection is noticed as soon. */
  keepAliveMs: number;
  /** A stream ends after this long, plus or minus a keep-alive; the client connects again. */
  longestMs: number;
  /**
   * Delay from a commit to its readers: events that come meanwhile are sent together. 0: at once.
   */
  gatherMs: number;
  readers: number;
  /** Of one principal, so that none takes the places of all others. */
  readersEach: number;
  backlogBytes: number;
}

const LIVE_LIMITS: LiveLimits = {
  keepAliveMs: 15_000,
  longestMs: 5 * 60_000,
  gatherMs: 25,
  readers: LIMITS.streamReaders,
  readersEach: LIMITS.streamReadersEach,
  backlogBytes: LIMITS.streamBacklogBytes,
};

/** What is known of a reader. */
interface Place {
  /** The principal. */
  reader: string;
  /** Epoch ms. */
  endsAt: number;
}

/** What a reader asks for. */
export interface Follow {
  /** The principal. */
  reader: string;
  /** The last event that the client has; 0: none. */
  afterSeq: number;
  /** The log is complete. */
  isComplete: boolean;
}

export class LiveStream {
  readonly #log: LiveLog;
  readonly #onDefect: (error: unknown) => void;
  readonly #limits: LiveLimits;
  readonly #readers = new Map<LiveReader, Place>();
  /** Committed, and not yet sent to the readers. */
  #pending: RunEvent[] = [];
  #isFeeding = false;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(log: LiveLog, onDefect: (error: unknown) => void, limits: Partial<LiveLimits> = {}) {
    this.#log = log;
    this.#onDefect = onDefect;
    this.#limits = { ...LIVE_LIMITS, ...limits };
  }

  /** Whether clients read the log. */
  get isRead(): boolean {
    return this.#readers.size > 0;
  }

  /** Takes what was just committed. Returns at once. */
  publish(events: readonly RunEvent[]): void {
    if (this.#readers.size === 0) return;
    this.#pending.push(...events);
    if (!this.#isFeeding) void this.#feed();
  }

  /**
   * 200 with all events after `afterSeq`, future ones too, until the log is complete; 204 when
   * there will be none; 429 when this principal has too many readers, 503 when all together have.
   */
  respond({ reader, afterSeq, isComplete }: Follow): Response {
    if (isComplete && !this.#hasEndAfter(afterSeq)) return new Response(null, { status: 204 });
    if (reader !== "" && this.#countOf(reader) >= this.#limits.readersEach) {
      return new Response(null, { status: 429 });
    }
    if (this.#readers.size >= this.#limits.readers) {
      return new Response(null, { status: 503 });
    }
    return new Response(this.#open(reader, afterSeq).stream);
  }

  #countOf(reader: string): number {
    let count = 0;
    for (const place of this.#readers.values()) if (place.reader === reader) count += 1;
    return count;
  }

  #open(principal: string, afterSeq: number): LiveReader {
    const reader = new LiveReader({
      afterSeq,
      backlogBytes: this.#limits.backlogBytes,
      read: (seq) => this.#frames(this.#log.events(seq)),
      sync: () => this.#log.sync(),
      onLeave: (defect) => {
        this.#leave(reader);
        if (defect !== undefined) this.#onDefect(defect);
      },
    });
    const endsAt = Date.now() + this.#limits.longestMs;
    this.#readers.set(reader, { reader: principal, endsAt });
    this.#timer ??= setInterval(() => this.#tick(), this.#limits.keepAliveMs);
    return reader;
  }

  #leave(reader: LiveReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /**
   * The output gate delays responses, but not the chunks of one that has begun (a test shows it):
   * without the sync a reader could receive an event whose write is then lost.
   */
  async #feed(): Promise<void> {
    const { gatherMs } = this.#limits;
    this.#isFeeding = true;
    try {
      while (this.#pending.length > 0) {
        // The caller's response goes first; and a run of many quick steps would otherwise pay for
        // each of them once per reader.
        if (gatherMs > 0) await scheduler.wait(gatherMs);
        const events = this.#pending;
        this.#pending = [];
        await this.#log.sync();
        const frames = [...this.#frames(events)];
        for (const reader of this.#readers.keys()) reader.feed(frames);
      }
    } catch (error) {
      // Readers that connect again read from the log what they were not sent.
      this.#pending = [];
      for (const reader of this.#readers.keys()) reader.end();
      this.#onDefect(error);
    } finally {
      this.#isFeeding = false;
    }
  }

  #tick(): void {
    const now = Date.now();
    for (const [reader, { endsAt }] of this.#readers) {
      if (now >= endsAt) reader.end();
      else reader.keepAlive();
    }
  }

  *#frames(events: Iterable<RunEvent>): Generator<Frame> {
    for (const event of this.#log.show(events)) yield toFrame(event);
  }

  #hasEndAfter(seq: number): boolean {
    for (const event of this.#log.events(seq)) if (endsLog(event)) return true;
    return false;
  }
}
