/** The receiver of the stub sink: every event by run and `seq`, across all kills. */
import { createServer, type IncomingMessage, type Server } from "node:http";

export interface ReceivedEvent {
  run_id: string;
  seq: number;
  type: string;
  at: string;
}

export class EventWitness {
  readonly url: string;
  /** What came again as another event: `(run_id, seq)` is its identity. */
  readonly faults: string[] = [];
  readonly #events = new Map<string, Map<number, ReceivedEvent>>();
  readonly #server: Server;
  #posts = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}/events`;
  }

  static async start(): Promise<EventWitness> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const witness = new EventWitness(server, address.port);
    server.on("request", (request: IncomingMessage, response) => {
      void witness.#take(request).then((status) => response.writeHead(status).end());
    });
    return witness;
  }

  get posts(): number {
    return this.#posts;
  }

  of(runId: string): ReadonlyMap<number, ReceivedEvent> {
    return this.#events.get(runId) ?? new Map();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Each seventh delivery fails: half of those after all was taken in. */
  async #take(request: IncomingMessage): Promise<number> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      // The sender was killed in the middle of it, so it has not been told that this arrived.
      return 400;
    }
    this.#posts += 1;
    if (this.#posts % 14 === 7) return 503;
    for (const event of JSON.parse(Buffer.concat(chunks).toString()) as ReceivedEvent[]) {
      this.#keep(event);
    }
    return this.#posts % 14 === 0 ? 503 : 200;
  }

  #keep(event: ReceivedEvent): void {
    const known = this.#events.get(event.run_id) ?? new Map<number, ReceivedEvent>();
    this.#events.set(event.run_id, known);
    const earlier = known.get(event.seq);
    known.set(event.seq, event);
    if (!earlier) return;
    if (earlier.type !== event.type || earlier.at !== event.at) {
      this.faults.push(`${event.run_id} #${event.seq} was ${earlier.type}, then ${event.type}`);
    }
  }
}
