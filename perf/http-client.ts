/** Requests over connections that are kept, so that what is measured is the service. */
import { Agent, request as httpRequest } from "node:http";

export const CLIENTS = 16;

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

export interface Answer {
  status: number;
  body: string;
}

export function send(url: URL, method: string, key?: string, body?: object): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const call = httpRequest(
      url,
      {
        method,
        agent,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        },
      },
      (response) => {
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (answer += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: answer }));
      },
    );
    call.once("error", (cause) => reject(new Error(`${method} ${url.href}`, { cause })));
    call.end(text);
  });
}

/** Milliseconds and the answer; another status than the expected one is a failure. */
export async function timed(
  work: () => Promise<Answer>,
  expected: number,
): Promise<[number, Answer]> {
  const startedAt = performance.now();
  const answer = await work();
  const ms = performance.now() - startedAt;
  if (answer.status !== expected)
    throw new Error(`${answer.status}: ${answer.body.slice(0, 2_000)}`);
  return [ms, answer];
}

export function closeConnections(): void {
  agent.destroy();
}
