/**
 * A fake of the APIs that workflows call, so that a comparison moves no money and needs no network.
 * A response depends only on the request and the number of the attempt: both sides get the same one
 * for the same request, and it can be predicted.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRandom } from "#ai/mock/prng.ts";
import type { JsonValue } from "#model/json.ts";
import { CommandError } from "../terminal/command-error.ts";

export interface StandInRequest {
  method: string;
  /** With its query. */
  path: string;
  body: string;
  /** 1 for the first attempt of the step. */
  attempt: number;
}

export interface StandInAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Most succeed; the others cover each kind of failure, temporary or permanent. */
export function standInAnswer({ method, path, body, attempt }: StandInRequest): StandInAnswer {
  const random = createRandom(`${method} ${path} ${body}`);
  const turn = random.integer(0, 19);
  if (turn === 0) return json(404, { error: "unknown" });
  if (turn === 1) return json(400, { error: "refused" });
  if (turn === 2) return json(500, { error: "broken" });
  if (turn === 3 && attempt <= 2) return json(503, { error: "busy" }, { "retry-after": "0" });
  if (turn === 4 && attempt === 1) return json(429, { error: "slow down" }, { "retry-after": "0" });
  if (turn === 5) {
    return { status: 200, headers: { "content-type": "text/plain" }, body: "  Accepted.\n" };
  }
  const status = method === "POST" ? 201 : 200;
  return json(status, {
    id: `S-${random.integer(1, 9_999)}`,
    employees: random.integer(1, 5_000),
    score: random.next(),
    echo: body,
  });
}

function json(status: number, body: JsonValue, more: Record<string, string> = {}): StandInAnswer {
  const headers = { "content-type": "application/json", ...more };
  return { status, headers, body: JSON.stringify(body) };
}

/** Serves it at `127.0.0.1:<port>`. */
export async function serveStandIn(port: number): Promise<{ close(): Promise<void> }> {
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(new CommandError(1, `Nothing can listen on 127.0.0.1:${port} (${error.message}).`));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A fixed time: the two sides call at different times, and responses go into prompts. */
const DATE = "Thu, 01 Jan 2026 00:00:00 GMT";

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url = "", headers } = request;
  const attempt = Number(headers["x-attempt"] ?? 1);
  const answer = standInAnswer({ method, path: url, body: await readBody(request), attempt });
  response.writeHead(answer.status, { ...answer.headers, date: DATE }).end(answer.body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
