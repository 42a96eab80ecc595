/**
 * Idempotency keys of writes to workflows and templates. The same key and request get the answer of
 * the first time; another request is refused. Refused writes use up no key.
 *
 * The key is stored after the write, not with it: the writes are idempotent by themselves (the same
 * definition again changes nothing), so a crash between the two loses an answer, never a write.
 */
import { createMiddleware } from "hono/factory";
import { openDatabase } from "../db/database.ts";
import { findWriteKey, storeWriteKey } from "../db/write-keys.ts";
import { fingerprint, idempotencyKey } from "./idempotency.ts";
import { ProblemError } from "./problems.ts";
import type { AppEnv } from "./types.ts";

export const rememberWrite = createMiddleware<AppEnv>(async (c, next) => {
  const key = idempotencyKey(c.req.header("idempotency-key"), undefined);
  if (key === null) return next();
  const db = openDatabase(c.env.DB);
  const principalId = c.get("principal").id;
  const print = await fingerprint({
    method: c.req.method,
    path: c.req.path,
    if_match: c.req.header("if-match") ?? null,
    body: await c.req.text(),
  });
  const known = await findWriteKey(db, principalId, key);
  if (known) {
    if (known.fingerprint !== print) {
      const detail = "The idempotency key was used with another request.";
      throw new ProblemError({ code: "idempotency_key_reused", detail });
    }
    return new Response(known.status === 204 ? null : known.body, {
      status: known.status,
      headers: {
        "idempotent-replayed": "true",
        ...(known.status === 204 ? {} : { "content-type": "application/json" }),
        ...(known.etag === null ? {} : { etag: known.etag }),
      },
    });
  }
  await next();
  if (!c.res.ok) return;
  await storeWriteKey(db, {
    principalId,
    key,
    fingerprint: print,
    status: c.res.status,
    etag: c.res.headers.get("etag"),
    body: await c.res.clone().text(),
    createdAt: new Date().toISOString(),
  });
});
