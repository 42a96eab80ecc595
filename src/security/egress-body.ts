/** Reads the body of a response as text, keeping no more than a limit. */

/**
 * The body as text by the charset of its content type (UTF-8 for a missing or unknown one), or null
 * when it has more than `maxBytes` bytes; the rest is then not read. Throws what the stream throws
 * when the connection breaks.
 */
export async function readText(response: Response, maxBytes: number): Promise<string | null> {
  if (response.body === null) return "";
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a body has bytes; its type is any
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const decoder = decoderFor(response.headers.get("content-type"));
  const parts: string[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value: chunk } = await reader.read();
    if (done) break;
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      return null;
    }
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}

function decoderFor(contentType: string | null): TextDecoder {
  const charset = /;\s{0,8}charset="?([\w.:-]{1,40})/i.exec(contentType ?? "")?.[1];
  try {
    return new TextDecoder(charset ?? "utf-8");
  } catch (error) {
    if (error instanceof RangeError) return new TextDecoder();
    throw error;
  }
}
