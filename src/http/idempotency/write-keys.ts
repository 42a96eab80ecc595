/**
 * Idempotency keys of writes to what D1 owns. Of several requests with the same key and meaning,
 * one writes; the others get its answer. A different request is refused. A refused write does not
 * use up its key.
 *
 * The key's row is written in the batch of the write (`answeredKey`), so neither ever exists
 * without the other. The fingerprint is a keyed hash: with a plain one, a reader of the database
 * could guess the secret in a request.
 */
import { type AnsweredKey, findWriteKey, type WriteKey } from "#db/write-keys.ts";
import { keyedHash, toHex } from "#security/keyed-hash.ts";
import { serverSecrets } from "#settings.ts";
import { handleError, ProblemError } from "../problems/problems.ts";
import { isYaml, type RequestBody } from "../route/request-body.ts";
import { atPrimary } from "../sessions.ts";
import type { AppContext, FoundUse } from "../types.ts";
import { canonicalText, idempotencyKey, meaningText } from "./key.ts";

/**
 * Answers the write from its key if the key was used; otherwise writes. The handler passes what
 * `answeredKey` returns to the batch of its write.
 */
export async function rememberWrite(
  c: AppContext,
  body: RequestBody,
  write: () => Promise<Response>,
): Promise<Response> {
  const key = idempotencyKey(c.req.header("idempotency-key"));
  if (key === null) return write();
  const use = await keyUse(c, body, key);
  const first = await findFirst(c, use);
  if (first) return first;
  c.set("writeKey", { use, isWritten: false });
  const answer = await orProblem(c, write);
  if (!answer.ok) {
    // A request with the same key may have changed the state a moment ago: then its answer counts.
    return (await findFirst(c, use)) ?? answer;
  }
  if (c.get("writeKey")?.isWritten === true) return answer;
  throw new Error(`${c.req.method} ${c.req.path} forgot its idempotency key`);
}

/** The answer, or the response for what was thrown, logged if it is a defect. */
async function orProblem(c: AppContext, write: () => Promise<Response>): Promise<Response> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof Error) return handleError(error, c);
    throw error;
  }
}

/** What is stored of an answer. */
interface Remembered {
  status: number;
  /** Absent for an answer without a body. */
  body?: unknown;
  headers?: { etag?: string };
}

/**
 * The row of this request's key, to be written in the batch of its write; null when it has none.
 * `body` is the answer of a replay, without what must not be shown twice.
 */
export function answeredKey(
  c: AppContext,
  { status, body, headers }: Remembered,
): AnsweredKey | null {
  const found = c.get("writeKey");
  if (!found) return null;
  found.isWritten = true;
  const { now: _, earlier: __, ...use } = found.use;
  return {
    ...use,
    status,
    body: body === undefined ? "" : JSON.stringify(body),
    etag: headers?.etag ?? null,
    createdAt: new Date().toISOString(),
  };
}

export async function keyUse(c: AppContext, body: RequestBody, key: string): Promise<FoundUse> {
  const { id: principalId, workflowScope } = c.get("principal");
  const { text } = await body.decoded();
  const request = {
    method: c.req.method,
    path: c.req.path,
    if_match: c.req.header("if-match") ?? null,
    // Another key of the principal may be limited to a workflow: for it, this is a different
    // request.
    limited_to: workflowScope,
  };
  // Parsed exactly: two different large limits in a json_schema can round to the same double.
  const read = isYaml(body.mediaType) ? null : await body.json();
  const meaning = read?.ok === true ? meaningText(read.value) : text;
  const { current, versions } = serverSecrets(c.get("settings"));
  const hash = async (secret: string, meant: string) => {
    const whole = canonicalText({ ...request, body: meant });
    return toHex(await keyedHash(secret, "write-fingerprint", whole));
  };
  const prints = new Map<number, string>();
  for (const [version, secret] of versions) {
    prints.set(version, `${formatOf(version)}:${await hash(secret, meaning)}`);
  }
  const { [current]: fingerprint = "", ...others } = Object.fromEntries(prints);
  const first = versions.get(1);
  const ofRawText = first === undefined ? [] : [await hash(first, text)];
  const earlier = [...Object.values(others), ...ofRawText];
  return { principalId, key, fingerprint, earlier, now: Date.now() };
}

/**
 * What a fingerprint begins with: 2, since it is by meaning, and the version of the server secret
 * where that is not the first. Those without a number are of the raw text.
 */
function formatOf(secretVersion: number): string {
  return secretVersion === 1 ? "2" : `2.${secretVersion}`;
}

/** Whether the key was used for this same request. */
export function isSameRequest(known: Pick<WriteKey, "fingerprint">, use: FoundUse): boolean {
  return known.fingerprint === use.fingerprint || use.earlier.includes(known.fingerprint);
}

export function keyUsedElsewhere(): ProblemError {
  const detail = "The idempotency key was used with another request.";
  return new ProblemError({ code: "idempotency_key_reused", detail });
}

async function findFirst(c: AppContext, use: FoundUse): Promise<Response | null> {
  const known = await findWriteKey(atPrimary(c), use, Date.now());
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
