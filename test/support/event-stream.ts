/** A client of `text/event-stream` that reads strictly: what the service does not promise, throws. */
import { type History, historySchema } from "#model/run.ts";

export type ReceivedEvent = History["events"][number];

const eventSchema = historySchema.shape.events.element;
const FRAME = /^id: (\d+)\nevent: (\S+)\ndata: (.*)$/;

export class EventStream {
  readonly events: ReceivedEvent[] = [];
  retryMs: number | null = null;
  keepAlives = 0;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  /** What came of a frame whose end has not come yet. */
  #partial = "";
  #isDone = false;

  constructor(stream: ReadableStream<Uint8Array> | null) {
    if (!stream) throw new Error("no stream");
    this.#reader = stream.getReader();
  }

  get seqs(): number[] {
    return this.events.map((event) => event.seq);
  }

  get types(): string[] {
    return this.events.map((event) => event.type);
  }

  /** One chunk, however the network cut it; false at the end of the stream. */
  async read(): Promise<boolean> {
    if (this.#isDone) return false;
    const { done, value } = await this.#reader.read();
    this.#isDone = done;
    if (done && this.#partial !== "") throw new Error(`ended within ${this.#partial}`);
    if (!done) this.#parse(this.#decoder.decode(value, { stream: true }));
    return !done;
  }

  /** Reads until the condition holds; throws when the stream ends before. */
  async until(holds: (stream: EventStream) => boolean): Promise<this> {
    while (!holds(this)) {
      if (!(await this.read())) throw new Error(`ended after ${this.types.join(", ")}`);
    }
    return this;
  }

  /** Reads to the end of the stream. */
  async rest(): Promise<this> {
    while (await this.read());
    return this;
  }

  async cancel(): Promise<void> {
    this.#isDone = true;
    await this.#reader.cancel();
  }

  #parse(text: string): void {
    const blocks = `${this.#partial}${text}`.split("\n\n");
    this.#partial = blocks.pop() ?? "";
    for (const block of blocks) {
      const retry = /^retry: (\d+)$/.exec(block)?.[1];
      if (retry !== undefined) this.retryMs = Number(retry);
      else if (block === ": keep-alive") this.keepAlives += 1;
      else this.events.push(toEvent(block));
    }
  }
}

function toEvent(block: string): ReceivedEvent {
  const [, id = "", type = "", data = ""] = FRAME.exec(block) ?? [];
  const event = eventSchema.parse(JSON.parse(data));
  if (String(event.seq) !== id || event.type !== type) throw new Error(`not in step: ${block}`);
  return event;
}
