/**
 * Reads the body of a response as bytes, decompressed, keeping no more than a limit. Owns the
 * Content-Encoding; the caller interprets the bytes.
 *
 * The platform decodes `gzip` and `br` when they are spelt exactly so, and returns everything else
 * undecoded: read as text, that would be characters that the server never sent.
 */

export interface UndecodableBody {
  kind: "undecodable";
  /** The encoding, as the server spelt it. */
  encoding: string;
  /** Whether the encoding is supported, so that only the body was malformed. */
  isKnown: boolean;
}

type ReadBody = { kind: "bytes"; bytes: Uint8Array } | { kind: "too_large" } | UndecodableBody;

/** Throws what the stream throws when the connection breaks. */
export async function readBody(response: Response, maxBytes: number): Promise<ReadBody> {
  const { body, headers } = response;
  // Some servers name an encoding for an empty body, which no decoder accepts.
  if (body === null || headers.get("content-length") === "0") return whole([], 0);
  const written = headers.get("content-encoding") ?? "";
  const codings = codingsOf(written);
  if (codings.length === 0) return readAll(body, maxBytes);
  const encoding = written.slice(0, 40);
  const decoded = decodedBy(body, written, codings);
  if (decoded === null) return (await isEmpty(body)) ? whole([], 0) : unknown(encoding);
  try {
    return await readAll(decoded, maxBytes);
  } catch (error) {
    if (isBrokenConnection(error)) throw error;
    return { kind: "undecodable", encoding, isKnown: true };
  }
}

/** The decoded body; null: the encoding is not supported. */
function decodedBy(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  written: string,
  codings: readonly string[],
): ReadableStream<Uint8Array> | null {
  if (written === "gzip" || written === "br") return body;
  const isGzip = codings.length === 1 && (codings[0] === "gzip" || codings[0] === "x-gzip");
  return isGzip ? body.pipeThrough(new DecompressionStream("gzip")) : null;
}

function codingsOf(written: string): string[] {
  return written
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity");
}

async function readAll(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<ReadBody> {
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value: chunk } = await reader.read();
    if (done) return whole(parts, bytes);
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      return { kind: "too_large" };
    }
    parts.push(chunk);
  }
}

async function isEmpty(body: ReadableStream<Uint8Array>): Promise<boolean> {
  const reader = body.getReader();
  for (;;) {
    const { done, value: chunk } = await reader.read();
    if (done) return true;
    if (chunk.byteLength === 0) continue;
    await reader.cancel();
    return false;
  }
}

function whole(parts: readonly Uint8Array[], length: number): ReadBody {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return { kind: "bytes", bytes };
}

function unknown(encoding: string): ReadBody {
  return { kind: "undecodable", encoding, isKnown: false };
}

/**
 * The platform sets `retryable` on errors of connections and no others. A response that was cut off
 * in transit must not count as one that the server encoded wrongly.
 */
function isBrokenConnection(error: unknown): boolean {
  return !(error instanceof Error) || Object.hasOwn(error, "retryable");
}
