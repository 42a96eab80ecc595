/**
 * Idempotency keys of writes to what D1 owns. The same key and request get the answer of
 * the first time; another request is refused. Refused writes use up no key.
 *
 * The key is stored after the write, not with it: the writes may be made again (the same
 * definition changes nothing, the same secret is one version more), so a crash between the two
 * loses an answer, never a write. The fingerprint is a keyed hash: a plain one of a request with a
 * secret in it could be guessed at by whoever reads the database.
 */
import { createMiddleware } from "hono/factory";
import { openDatabase } from "../db/database.ts";
import { findWriteKey, storeWriteKey } from "../db/write-keys.ts";
import { keyedHash, toHex } from "../security/keyed-hash.ts";
import { canonicalText, idempotencyKey } from "./idempotency.ts";
import { ProblemError } from "./problems.ts";
import type { AppEnv } from "./types.ts";

export const rememberWrite = createMiddleware<AppEnv>(async (c, next) => {
  const key = idempotencyKey(c.req.header("idempotency-key"), undefined);
  if (key === null) return next();
  const db = openDatabase(c.env.DB);
  const { id: principalId, workflowId } = c.get("principal");
  const request = canonicalText({
    method: c.req.method,
    path: c.req.path,
    if_match: c.req.header("if-match") ?? null,
    body: await c.req.text(),
    // Another key of the principal may be limited to a workflow: to it, this is another request.
    limited_to: workflowId,
  });
  const { SERVER_SECRET = "" } = c.get("settings");
  const print = toHex(await keyedHash(SERVER_SECRET, "write-fingerprint", request));
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
    body: c.get("remembered") ?? (await c.res.clone().text()),
    createdAt: new Date().toISOString(),
  });
});
