/**
 * The API that the workflows call: the witness of every effect. It is in the process of the harness,
 * so it remembers across kills what was called with which key, and what it answered. How it answers
 * depends on the seed and the key alone.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRandom } from "#ai/mock/prng.ts";

export interface OutsideCall {
  /** `<run_id>:<step_id>`: the `Idempotency-Key`. */
  key: string;
  method: string;
  path: string;
  attempt: number;
  /** How many kills there had been. */
  epoch: number;
  at: number;
  /** What was sent, and when; null: nothing was. */
  answer: { status: number; at: number } | null;
}

/** A held call is answered after this time, if nothing kills its caller before. */
const HOLD_MS = 2_500;

type Manner =
  | { kind: "now"; status: number }
  | { kind: "slow"; ms: number }
  | { kind: "hold" }
  /** Until the caller ends the call. */
  | { kind: "never" };

export class Outside {
  readonly calls: OutsideCall[] = [];
  readonly host: string;
  epoch = 0;
  /** Nothing is held any more: the runs are to settle. */
  isQuiet = false;
  readonly #server: Server;
  readonly #seed: string;
  readonly #open = new Set<OutsideCall>();

  private constructor(server: Server, host: string, seed: string) {
    this.#server = server;
    this.host = host;
    this.#seed = seed;
  }

  static async start(seed: string): Promise<Outside> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const outside = new Outside(server, `127.0.0.1:${address.port}`, seed);
    server.on("request", (request, response) => void outside.#serve(request, response));
    return outside;
  }

  /** Calls without an answer at present. */
  get inFlight(): number {
    return this.#open.size;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { "idempotency-key": key = "", "x-attempt": attempt = "0" } = request.headers;
    const call: OutsideCall = {
      key: String(key),
      method: request.method ?? "",
      path: request.url ?? "",
      attempt: Number(attempt),
      epoch: this.epoch,
      at: Date.now(),
      answer: null,
    };
    this.calls.push(call);
    this.#open.add(call);
    response.once("close", () => this.#open.delete(call));
    request.resume();
    const manner = this.#mannerOf(call);
    const status = manner.kind === "now" ? manner.status : 200;
    // A timer of a call whose caller was killed would keep the harness from ending.
    const wait = waitOf(manner);
    if (wait === null) return;
    setTimeout(() => this.#answer(call, response, status), wait).unref();
  }

  #answer(call: OutsideCall, response: ServerResponse, status: number): void {
    if (response.destroyed) return;
    call.answer = { status, at: Date.now() };
    response.setHeader("content-type", "application/json");
    if (status === 503) response.setHeader("retry-after", "0");
    response.writeHead(status).end(
      JSON.stringify({
        id: `S-${call.key.slice(-20)}`,
        score: call.key.length,
        call: call.attempt,
      }),
    );
  }

  #mannerOf({ key, path, attempt }: OutsideCall): Manner {
    const random = createRandom(`${this.#seed}/${key}/${attempt}`);
    const turn = random.integer(0, 99);
    const asked = /[?&]manner=([a-z]+)/.exec(path)?.[1];
    if (asked === "late" && attempt === 1) return { kind: "never" };
    if (asked === "busy" && attempt <= 2) return { kind: "now", status: 503 };
    if (this.isQuiet) return { kind: "now", status: 200 };
    if (asked === "slow") return { kind: "slow", ms: random.integer(350, 900) };
    if (asked === "hold" && turn < 60) return { kind: "hold" };
    if (turn < 25) return { kind: "slow", ms: random.integer(5, 400) };
    if (turn < 40) return { kind: "hold" };
    if (turn < 50) return { kind: "now", status: 503 };
    if (turn < 53) return { kind: "now", status: 404 };
    return { kind: "now", status: 200 };
  }
}

function waitOf(manner: Manner): number | null {
  switch (manner.kind) {
    case "now":
      return 0;
    case "slow":
      return manner.ms;
    case "hold":
      return HOLD_MS;
    case "never":
      return null;
  }
}
