/**
 * Idempotency keys of writes to what D1 owns. Of several requests with the same key and meaning,
 * one writes; the others get its answer. A different request is refused. A refused write does not
 * use up its key.
 *
 * The key's row is written in the batch of the write (`answeredKey`), so neither ever exists
 * without the other. The fingerprint is a keyed hash: with a plain one, a reader of the database
 * could guess the secret in a request.
 */
import { createMiddleware } from "hono/factory";
import { openDatabase } from "#db/database.ts";
import { type AnsweredKey, findWriteKey, type WriteKey } from "#db/write-keys.ts";
import { parseExactJson } from "#model/exact-json.ts";
import { keyedHash, toHex } from "#security/keyed-hash.ts";
import { isYaml } from "../body.ts";
import { canonicalText, idempotencyKey, meaningText } from "./key.ts";
import { ProblemError } from "../problems/problems.ts";
import type { AppContext, AppEnv, FoundUse } from "../types.ts";

/** What is stored of an answer. */
interface Remembered {
  status: number;
  body: string;
  etag?: string;
}

export const rememberWrite = createMiddleware<AppEnv>(async (c, next) => {
  const key = idempotencyKey(c.req.header("idempotency-key"), undefined);
  if (key === null) return next();
  const use = await keyUse(c, key);
  const first = await findFirst(c, use);
  if (first) return first;
  c.set("writeKey", { use, isWritten: false });
  await next();
  if (c.res.ok) {
    if (c.get("writeKey")?.isWritten === true) return;
    throw new Error(`${c.req.method} ${c.req.path} forgot its idempotency key`);
  }
  // A request with the same key may have changed the state a moment ago.
  const meanwhile = await findFirst(c, use);
  if (!meanwhile) return;
  // Without this, headers of the problem would be added to those of the answer.
  c.res = undefined;
  c.res = meanwhile;
});

/**
 * The row of this request's key, to be written in the batch of its write; null when it has none.
 * `body` is the answer of a replay, without what must not be shown twice.
 */
export function answeredKey(c: AppContext, { status, body, etag }: Remembered): AnsweredKey | null {
  const found = c.get("writeKey");
  if (!found) return null;
  found.isWritten = true;
  const { now: _, earlier: __, ...use } = found.use;
  return { ...use, status, body, etag: etag ?? null, createdAt: new Date().toISOString() };
}

export async function keyUse(c: AppContext, key: string): Promise<FoundUse> {
  const { id: principalId, workflowId } = c.get("principal");
  const text = await c.req.text();
  const request = {
    method: c.req.method,
    path: c.req.path,
    if_match: c.req.header("if-match") ?? null,
    // Another key of the principal may be limited to a workflow: for it, this is a different
    // request.
    limited_to: workflowId,
  };
  // Parsed exactly: two different large limits in a json_schema can round to the same double.
  const read = isYaml(c.req.header("content-type")) ? null : parseExactJson(text);
  const meaning = read?.ok === true ? meaningText(read.value) : text;
  const { SERVER_SECRET = "" } = c.get("settings");
  const hash = async (body: string) =>
    toHex(await keyedHash(SERVER_SECRET, "write-fingerprint", canonicalText({ ...request, body })));
  return {
    principalId,
    key,
    fingerprint: `${VERSION}:${await hash(meaning)}`,
    earlier: await hash(text),
    now: Date.now(),
  };
}

/** Version of the fingerprint, which is by meaning. Those without a version are of the raw text. */
const VERSION = 2;

/** Whether the key was used for this same request. */
export function isSameRequest(known: Pick<WriteKey, "fingerprint">, use: FoundUse): boolean {
  return known.fingerprint === use.fingerprint || known.fingerprint === use.earlier;
}

export function keyUsedElsewhere(): ProblemError {
  const detail = "The idempotency key was used with another request.";
  return new ProblemError({ code: "idempotency_key_reused", detail });
}

async function findFirst(c: AppContext, use: FoundUse): Promise<Response | null> {
  const known = await findWriteKey(openDatabase(c.env.DB), use, Date.now());
  if (!known) return null;
  if (!isSameRequest(known, use)) throw keyUsedElsewhere();
  return answerAgain(known.status, known.body, known.etag);
}

export function answerAgain(status: number, body: string, etag: string | null): Response {
  return new Response(status === 204 ? null : body, {
    status,
    headers: {
      "idempotent-replayed": "true",
      ...(status === 204 ? {} : { "content-type": "application/json" }),
      ...(etag === null ? {} : { etag }),
    },
  });
}
