/**
 * One reader of a run's events: a queue of frames between the run, which never waits, and a client,
 * which may be slow. It reads the log to its end, at the client's pace, and receives new events
 * from then on.
 *
 * - Every event after its starting point is sent once, in order, up to the end of the run.
 * - Nothing is sent before it is durable.
 * - A chunk contains whole frames, so that a reader that is ended never has half an event.
 * - The queue is bounded: a client that does not keep up is disconnected, and connects again.
 */
import { type Frame, KEEP_ALIVE, RETRY_HINT } from "./frame.ts";

/** Bytes of the log that are read at a time and sent in one chunk. */
const BATCH_BYTES = 64 * 1024;

export interface ReaderOptions {
  /** The `seq` of the last event that the client has. */
  afterSeq: number;
  /** The limit of the queue, in bytes, beyond which the client is disconnected. */
  backlogBytes: number;
  /** The frames that the log has now, later than `seq`. */
  read(seq: number): Iterable<Frame>;
  /** Resolves when all that the log has now is durable. */
  sync(): Promise<void>;
  /** The reader takes no more events. `defect`: why, when the log could not be read. */
  onLeave(defect?: unknown): void;
}

export class LiveReader {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #options: ReaderOptions;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** The last event in the queue, or sent. */
  #seq: number;
  /** The log may have more events than were read. */
  #isBehind = true;
  /** Nothing comes after what is in the queue and, for a reader behind, in the log. */
  #isFinal = false;
  #isCanceled = false;
  #wake: (() => void) | null = null;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#seq = options.afterSeq;
    this.#push(RETRY_HINT);
    this.stream = new ReadableStream({
      type: "bytes",
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#cancel(),
    });
  }

  /** Takes durable events, in order. A reader that is behind reads them from the log. */
  feed(frames: readonly Frame[]): void {
    if (this.#queuedBytes > this.#options.backlogBytes) {
      this.end();
      return;
    }
    for (const frame of frames) {
      if (!this.#isBehind && frame.seq > this.#seq) this.#add(frame);
      if (frame.isEnd) {
        this.#finish();
        break;
      }
    }
    this.#wake?.();
  }

  /** A client that has not yet read earlier chunks needs no keep-alive. */
  keepAlive(): void {
    if (this.#isBehind || this.#isFinal || this.#queue.length > 0) return;
    this.#push(KEEP_ALIVE);
    this.#wake?.();
  }

  /** Ends the stream here; the client connects again for the rest. */
  end(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#isBehind = false;
    this.#finish();
    this.#wake?.();
  }

  #cancel(): void {
    this.#isCanceled = true;
    this.end();
  }

  #finish(): void {
    if (this.#isFinal) return;
    this.#isFinal = true;
    this.#options.onLeave();
  }

  #add(frame: Frame): void {
    this.#push(frame.bytes);
    this.#seq = frame.seq;
  }

  #push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.byteLength;
  }

  async #pull(controller: ReadableByteStreamController): Promise<void> {
    try {
      while (this.#queue.length === 0 && (this.#isBehind || !this.#isFinal)) {
        if (this.#isBehind) await this.#catchUp();
        else await this.#nextNotice();
      }
    } catch (error) {
      this.#options.onLeave(error);
      throw error;
    }
    if (this.#isCanceled) return;
    if (this.#queue.length > 0) controller.enqueue(this.#nextChunk());
    if (this.#queue.length === 0 && this.#isFinal && !this.#isBehind) close(controller);
  }

  /** One batch of the log. Reading its end and switching to live events is one turn: no gap. */
  async #catchUp(): Promise<void> {
    this.#isBehind = false;
    for (const frame of this.#options.read(this.#seq)) {
      this.#add(frame);
      if (frame.isEnd) {
        this.#finish();
        break;
      }
      if (this.#queuedBytes >= BATCH_BYTES) {
        this.#isBehind = true;
        break;
      }
    }
    await this.#options.sync();
  }

  #nextNotice(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise.finally(() => {
      this.#wake = null;
    });
  }

  /** A copy: the stream takes ownership of the buffer, and frames are shared. */
  #nextChunk(): Uint8Array {
    const frames: Uint8Array[] = [];
    let bytes = 0;
    for (const frame of this.#queue) {
      if (frames.length > 0 && bytes + frame.byteLength > BATCH_BYTES) break;
      frames.push(frame);
      bytes += frame.byteLength;
    }
    this.#queue.splice(0, frames.length);
    this.#queuedBytes -= bytes;
    return concatenate(frames, bytes);
  }
}

function concatenate(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

function close(controller: ReadableByteStreamController): void {
  controller.close();
  // A reader waiting with its own buffer (BYOB) learns of the end only by this.
  controller.byobRequest?.respond(0);
}
