/**
 * Bytes of a body, in as few steps as there are blocks. A sender chooses how small its chunks are,
 * and each one that comes to us as a promise costs as much as a kilobyte: 256 KiB in chunks of one
 * byte took seconds. So the platform collects a block, and we see only that.
 */

const BLOCK_BYTES = 64 * 1024;

/** The whole body; null when it has more than `limit` bytes. Throws when it breaks off. */
export async function readWhole(
  body: ReadableStream<Uint8Array>,
  limit: number,
): Promise<Uint8Array | null> {
  const blocks: Uint8Array[] = [];
  let size = 0;
  for await (const block of blocksOf(body)) {
    size += block.byteLength;
    if (size > limit) return null;
    blocks.push(block);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.byteLength;
  }
  return whole;
}

/**
 * The reader is released when the caller stops; what is left can be read by another. `signal` ends
 * the reading of a sender that is too slow: a block that is not full yet would be waited for.
 */
export async function* blocksOf(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader({ mode: "byob" });
  // A stream that broke off cannot be cancelled, and has ended all the same.
  signal?.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
  try {
    for (;;) {
      const { done, value } = await reader.readAtLeast(BLOCK_BYTES, new Uint8Array(BLOCK_BYTES));
      if (value !== undefined && value.byteLength > 0) yield value;
      if (done) return;
    }
  } finally {
    reader.releaseLock();
  }
}
