/**
 * An HTTP API on this machine that does what a test tells it, path by path, and remembers each call:
 * what an api_call talks to, and the witness of what it sent.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export interface ApiCall {
  method: string;
  /** With its query, as it was sent. */
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** drop: the connection is closed without an answer. hold: no answer until `release`. */
export type Behaviour = ApiAnswer | { kind: "drop" } | { kind: "hold" };

interface ApiAnswer {
  kind: "answer";
  status: number;
  body?: string | Uint8Array;
  /** Over `content-type: application/json`; a null header is not sent. */
  headers?: Record<string, string | null>;
}

const ARRIVES_WITHIN_MS = 10_000;
const OK: ApiAnswer = { kind: "answer", status: 200, body: '{"ok":true}' };

export class FakeApi {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly #server: Server;
  readonly #calls: ApiCall[] = [];
  readonly #scripts = new Map<string, readonly Behaviour[]>();
  readonly #watchers = new Set<() => void>();
  #held: { path: string; response: ServerResponse }[] = [];

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.host = `127.0.0.1:${port}`;
  }

  static async start(): Promise<FakeApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const api = new FakeApi(server, address.port);
    server.on("request", (request, response) => void api.#serve(request, response));
    return api;
  }

  /** What the calls of a path meet, one after the other; the last one stays. */
  script(path: string, behaviours: readonly Behaviour[]): void {
    this.#scripts.set(path, behaviours);
  }

  calls(path: string): ApiCall[] {
    return this.#calls.filter((call) => call.path === path);
  }

  /** Resolves when that many calls of the path have arrived. */
  arrived(path: string, count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer);
        this.#watchers.delete(check);
        if (error) reject(error);
        else resolve();
      };
      const check = () => {
        if (this.calls(path).length >= count) settle();
      };
      const timer = setTimeout(() => {
        settle(new Error(`${this.calls(path).length} of ${count} calls of ${path} arrived`));
      }, ARRIVES_WITHIN_MS);
      this.#watchers.add(check);
      check();
    });
  }

  /** Answers everything that is held at the path. */
  release(path: string, status: number, body?: string): void {
    const held = this.#held.filter((one) => one.path === path);
    this.#held = this.#held.filter((one) => one.path !== path);
    const given = body === undefined ? {} : { body };
    for (const { response } of held) answer(response, { ...OK, status, ...given });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request);
    const script = this.#scripts.get(call.path) ?? [OK];
    const turn = Math.min(this.calls(call.path).length, script.length - 1);
    const behaviour = script[turn] ?? OK;
    this.#calls.push(call);
    if (behaviour.kind === "drop") request.socket.destroy();
    else if (behaviour.kind === "hold") this.#held.push({ path: call.path, response });
    else answer(response, behaviour);
    for (const check of this.#watchers) check();
  }
}

async function readCall(request: IncomingMessage): Promise<ApiCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = String(value);
  }
  const { method = "", url = "" } = request;
  return { method, path: url, headers, body: Buffer.concat(chunks).toString("utf8") };
}

function answer(response: ServerResponse, { status, body = "", headers = {} }: ApiAnswer): void {
  const all = Object.entries({ "content-type": "application/json", ...headers });
  for (const [name, value] of all) if (value !== null) response.setHeader(name, value);
  response.writeHead(status);
  response.end(body);
}
