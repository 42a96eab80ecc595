/**
 * One HTTP request as a test means it: the path, the headers and the body go out as they are
 * written, so that bad ones can be sent too. Knows nothing of the service but its key.
 */
import { request as httpRequest } from "node:http";

export interface Request {
  method: string;
  /** Sent as it is: nothing is normalised or encoded. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent with its length, or in chunks without one. */
  body?: string | Uint8Array;
  chunked?: boolean;
  /** null: no credentials. Absent: the key of the client. */
  key?: string | null;
}

export interface Answer {
  request: Request;
  status: number;
  headers: Headers;
  text: string;
  /** Of the answer; "" when it names none. */
  mediaType: string;
  /** The body as JSON; throws when it is none. */
  json(): unknown;
}

export interface Client {
  send(request: Request): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** A JSON body; without one, none is sent. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** A workflow as YAML. */
  yaml(
    method: "POST" | "PUT",
    path: string,
    text: string,
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

export function createClient(url: string, key: string): Client {
  const send = (request: Request) => exchange(url, key, request);
  const sendJson = (
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ) => {
    if (body === undefined) return send({ method, path, headers });
    const typed = { "content-type": "application/json", ...headers };
    return send({ method, path, headers: typed, body: JSON.stringify(body) });
  };
  return {
    send,
    get: (path) => send({ method: "GET", path }),
    post: (path, body, headers) => sendJson("POST", path, body, headers),
    put: (path, body, headers) => sendJson("PUT", path, body, headers),
    delete: (path) => send({ method: "DELETE", path }),
    yaml: (method, path, text, headers) => {
      const typed = { "content-type": "application/yaml", ...headers };
      return send({ method, path, headers: typed, body: text });
    },
  };
}

function exchange(url: string, ownKey: string, request: Request): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const { method, path, body, chunked = false, key = ownKey } = request;
  const bytes = body === undefined ? undefined : Buffer.from(body);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      hostname,
      port,
      method,
      path,
      agent: false,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(bytes === undefined || chunked ? {} : { "content-length": String(bytes.byteLength) }),
        ...request.headers,
      },
    });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("error", reject);
      incoming.once("end", () => {
        const headers = toHeaders(incoming.rawHeaders);
        resolve(toAnswer(request, incoming.statusCode ?? 0, headers, Buffer.concat(chunks)));
      });
    });
    outgoing.end(bytes);
  });
}

function toHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  }
  return headers;
}

function toAnswer(request: Request, status: number, headers: Headers, body: Buffer): Answer {
  const text = body.toString("utf8");
  const mediaType = (headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
  return { request, status, headers, text, mediaType, json: (): unknown => JSON.parse(text) };
}
