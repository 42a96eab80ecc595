/**
 * An HTTP API on this machine that does what a test tells it, path by path, and remembers each call:
 * what an api_call talks to, and the witness of what it sent.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface ApiCall {
  method: string;
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
  body?: string;
  headers?: Record<string, string>;
}

export interface FakeApi {
  /** `127.0.0.1:<port>` */
  host: string;
  /** What the calls of a path meet, one after the other; the last one stays. */
  script(path: string, behaviours: readonly Behaviour[]): void;
  calls(path: string): ApiCall[];
  /** Resolves when that many calls of the path have arrived. */
  arrived(path: string, count: number): Promise<ApiCall[]>;
  /** Answers everything that is held at the path. */
  release(path: string, status: number): void;
  close(): Promise<void>;
}

const ARRIVES_WITHIN_MS = 10_000;
const OK: ApiAnswer = { kind: "answer", status: 200, body: '{"ok":true}' };

export async function startFakeApi(): Promise<FakeApi> {
  const scripts = new Map<string, readonly Behaviour[]>();
  const held: { path: string; response: ServerResponse }[] = [];
  const calls: ApiCall[] = [];
  const waiting = new Set<() => void>();
  const callsTo = (path: string) => calls.filter((call) => call.path === path);

  const server = createServer((request, response) => {
    void readCall(request).then((call) => {
      const script = scripts.get(call.path) ?? [OK];
      const behaviour = script[Math.min(callsTo(call.path).length, script.length - 1)] ?? OK;
      calls.push(call);
      if (behaviour.kind === "drop") request.socket.destroy();
      else if (behaviour.kind === "hold") held.push({ path: call.path, response });
      else answer(response, behaviour);
      for (const check of waiting) check();
    });
  });
  const port = await listen(server);

  return {
    host: `127.0.0.1:${port}`,
    script: (path, behaviours) => scripts.set(path, behaviours),
    calls: callsTo,
    arrived: (path, count) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (callsTo(path).length < count) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(callsTo(path));
        };
        const timer = setTimeout(() => {
          waiting.delete(check);
          const seen = callsTo(path).length;
          reject(new Error(`${seen} of ${count} calls of ${path} arrived`));
        }, ARRIVES_WITHIN_MS);
        waiting.add(check);
        check();
      }),
    release: (path, status) => {
      for (const one of held.filter((other) => other.path === path)) {
        answer(one.response, { ...OK, status });
        held.splice(held.indexOf(one), 1);
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body);
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
