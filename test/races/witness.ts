/**
 * What is outside of the service: an API and a model that take some time to answer, and remember
 * every call that reached them, so that what a run did can be compared with what it says.
 *
 * Paths of the API: `/<name>?ms=<delay>&fail=<how many attempts get 503>`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { scheduler } from "node:timers/promises";

export interface WitnessedCall {
  /** The path without its query. */
  path: string;
  /** The `Idempotency-Key`; of a call to the model: null. */
  key: string | null;
  attempt: number;
  /** The value of `X-Secret`. */
  secret: string | null;
  body: string;
  /** Epoch ms. */
  at: number;
}

const MODEL_MS = 30;

export class Witness {
  readonly host: string;
  readonly calls: WitnessedCall[] = [];
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.host = `127.0.0.1:${port}`;
  }

  static async start(): Promise<Witness> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const witness = new Witness(server, address.port);
    server.on("request", (request, response) => void witness.#serve(request, response));
    return witness;
  }

  /** Calls of the API that name this run in their key, and calls of the model that have the text. */
  callsOf(runId: string): WitnessedCall[] {
    return this.calls.filter(({ key, body }) =>
      key === null ? body.includes(runId) : key.startsWith(`${runId}:`),
    );
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now();
    const url = new URL(request.url ?? "/", "http://witness");
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const {
      "idempotency-key": key,
      "x-attempt": attempt = "1",
      "x-secret": secret,
    } = request.headers;
    this.calls.push({
      path: url.pathname,
      key: key === undefined ? null : String(key),
      attempt: Number(attempt),
      secret: secret === undefined ? null : String(secret),
      body: Buffer.concat(chunks).toString("utf8"),
      at,
    });
    if (url.pathname.endsWith("/chat/completions")) {
      await scheduler.wait(MODEL_MS);
      send(response, 200, COMPLETION);
      return;
    }
    await scheduler.wait(Number(url.searchParams.get("ms") ?? 0));
    const isFailing = Number(attempt) <= Number(url.searchParams.get("fail") ?? 0);
    send(response, isFailing ? 503 : 200, { ok: !isFailing });
  }
}

const COMPLETION = {
  id: "chatcmpl-witness",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "gpt-witness",
  choices: [
    {
      index: 0,
      finish_reason: "stop",
      message: { role: "assistant", content: '{"draft":"a draft"}', refusal: null },
    },
  ],
  usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
};

function send(response: ServerResponse, status: number, body: object): void {
  response.setHeader("content-type", "application/json");
  response.writeHead(status);
  response.end(JSON.stringify(body));
}
