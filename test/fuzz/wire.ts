/**
 * One request as bytes on a socket of its own, and the answer as it came. No client in between
 * repairs, refuses or normalises anything.
 */
import { connect } from "node:net";
import type { Answer, Request } from "../support/http.ts";

/** Characters are bytes (latin1), so that any sequence of bytes can be written. */
export interface WireRequest {
  method: string;
  target: string;
  headers: readonly (readonly [name: string, value: string])[];
  body?: Buffer;
  /** How the body goes out; chunks end early, lengths lie. Default: with its true length. */
  framing?: Framing;
}

export type Framing =
  | { kind: "chunks"; sizes: number }
  | { kind: "broken_chunks" }
  | { kind: "length"; length: string }
  | { kind: "length_and_chunks" }
  | { kind: "none" };

/** closed: the connection ended without an answer. */
export type Exchange = { kind: "answer"; answer: Answer } | { kind: "closed" } | { kind: "silent" };

const SILENT_AFTER_MS = 20_000;
/** A stream of events is read for this long after its headers. */
const STREAM_MS = 60;
/** How long an answer may take that the request, by its length, has not yet deserved. */
const UNFINISHED_MS = 250;

export function exchange(url: string, request: WireRequest): Promise<Exchange> {
  const { hostname, port } = new URL(url);
  const isUnfinished = request.framing?.kind === "length";
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const chunks: Buffer[] = [];
    let reading: NodeJS.Timeout | undefined;
    const end = (kind: "closed" | "silent") => {
      clearTimeout(limit);
      clearTimeout(reading);
      socket.destroy();
      const answer = readAnswer(request, Buffer.concat(chunks));
      resolve(answer === null ? { kind } : { kind: "answer", answer });
    };
    const limit = setTimeout(
      () => end(isUnfinished ? "closed" : "silent"),
      isUnfinished ? UNFINISHED_MS : SILENT_AFTER_MS,
    );
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      const isStream =
        reading === undefined &&
        /^content-type: text\/event-stream/im.test(chunk.toString("latin1"));
      if (isStream) reading = setTimeout(() => end("closed"), STREAM_MS);
    });
    socket.once("close", () => end("closed"));
    // What was received until then is the answer: a refusal may arrive before the body is sent.
    socket.on("error", () => end("closed"));
    socket.write(toBytes(request, hostname));
  });
}

export function toBytes(request: WireRequest, host: string): Buffer {
  const { method, target, headers, body, framing } = request;
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...(names.has("host") ? [] : [`host: ${host}`]),
    "connection: close",
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...framingOf(body, framing),
  ];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return Buffer.concat([head, framed(body ?? Buffer.alloc(0), framing)]);
}

function framingOf(body: Buffer | undefined, framing: Framing | undefined): string[] {
  const length = `content-length: ${body?.byteLength ?? 0}`;
  switch (framing?.kind) {
    case undefined:
      return body === undefined ? [] : [length];
    case "none":
      return [];
    case "length":
      return [`content-length: ${framing.length}`];
    case "length_and_chunks":
      return [length, "transfer-encoding: chunked"];
    case "chunks":
    case "broken_chunks":
      return ["transfer-encoding: chunked"];
  }
}

function framed(body: Buffer, framing: Framing | undefined): Buffer {
  if (framing?.kind === "broken_chunks") {
    return Buffer.concat([Buffer.from("5\r\nabcde\r\nZZ\r\n"), body]);
  }
  if (framing?.kind !== "chunks" && framing?.kind !== "length_and_chunks") return body;
  const size = framing.kind === "chunks" ? Math.max(1, framing.sizes) : Math.max(1, body.length);
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

/** Null when no complete head has arrived. */
function readAnswer(request: WireRequest, bytes: Buffer): Answer | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0);
  // 100 Continue: the answer is after it.
  if (status === 100) return readAnswer(request, bytes.subarray(end + 4));
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const raw = bytes.subarray(end + 4);
  const body = headers.get("transfer-encoding") === "chunked" ? unchunked(raw) : raw;
  const text = body.toString("utf8");
  const mediaType = (headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const asked: Request = { method: request.method, path: request.target };
  return {
    request: asked,
    status,
    headers,
    text,
    mediaType,
    json: (): unknown => JSON.parse(text),
  };
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.subarray(at, end).toString("latin1"), 16);
    if (end < 0 || !(size > 0)) break;
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
