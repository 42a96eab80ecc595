/**
 * A request may be refused before its body is read: no key, no such address, too large. A client
 * that is still sending then, or a proxy between, loses its connection and never sees why. So what
 * is left of the body is received and dropped before the answer, within a bound.
 */
import { createMiddleware } from "hono/factory";
import { blocksOf } from "./route/read-bytes.ts";
import type { AppEnv } from "./types.ts";

/** A sender of more than this is cut off. */
const MAX_DROPPED_BYTES = 8 * 1024 * 1024;
/** A sender that is slower than this is cut off. */
const MAX_DROPPING_MS = 2000;

export const dropUnreadBody = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  const { body, bodyUsed } = c.req.raw;
  if (body !== null && !bodyUsed && !body.locked) await drop(body);
});

async function drop(body: ReadableStream<Uint8Array>): Promise<void> {
  let bytes = 0;
  try {
    for await (const block of blocksOf(body, AbortSignal.timeout(MAX_DROPPING_MS))) {
      bytes += block.byteLength;
      if (bytes > MAX_DROPPED_BYTES) return;
    }
  } catch {
    // The sender is gone. The answer is decided already.
  }
}
