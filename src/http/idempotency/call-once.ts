/**
 * Idempotency keys of calls whose work happens outside of D1: `infer` and dual runs. The key is
 * claimed before the call and stores the answer after it, encrypted, since it may contain anything.
 *
 * 1. While a call is in progress others with its key get 409 `request_in_progress`.
 * 2. The claim has a lease of the maximum duration of a call. After it, the first caller counts as
 *    lost, and the next one repeats the call.
 * 3. A call that was refused or failed releases its key.
 */
import { openDatabase } from "#db/database.ts";
import {
  answerClaim,
  type Claim,
  claimKey,
  findWriteKey,
  releaseClaim,
  UNDER_WAY,
  type WriteKey,
} from "#db/write-keys.ts";
import { LIMITS } from "#model/limits.ts";
import { openAnswer, sealAnswer } from "#security/remembered-answer.ts";
import { secretsKeyRing } from "#settings.ts";
import { idempotencyKey } from "./key.ts";
import { ProblemError } from "../problems/problems.ts";
import { requestIds } from "../request-ids.ts";
import type { RequestBody } from "../route/request-body.ts";
import type { AppContext, FoundUse } from "../types.ts";
import { answerAgain, isSameRequest, keyUse, keyUsedElsewhere } from "./write-keys.ts";

/** Reading and writing D1 around the call. */
const AROUND_MS = 1_000;

/** A caller that retries sooner gets the same answer. */
const ASK_AGAIN_MAX_S = 5;

/**
 * Makes the call, or returns the answer of the first call with this request's key. `longestMs` is
 * the maximum duration of a call.
 */
export async function callOnce(
  c: AppContext,
  body: RequestBody,
  longestMs: number,
  call: () => Promise<Response>,
): Promise<Response> {
  const key = idempotencyKey(c.req.header("idempotency-key"));
  if (key === null) return call();
  const use = await keyUse(c, body, key);
  const known = await findWriteKey(openDatabase(c.env.DB), use, use.now);
  if (known && !isLost(known, use)) return answerKnown(c, known, use);
  // A call that was lost keeps the fingerprint of its claim: one of an earlier version means the same.
  const isTakenOver = known !== null && isSameRequest(known, use);
  const { principalId, fingerprint } = isTakenOver ? known : use;
  const held: Claim = { principalId, key, fingerprint, claim: crypto.randomUUID() };
  const times = { now: Date.now(), leaseUntil: Date.now() + longestMs + AROUND_MS };
  if (!(await claimKey(openDatabase(c.env.DB), held, times))) throw await notClaimed(c, use);
  return hold(c, held, call);
}

/** Makes the call under the claim, and stores its answer. */
async function hold(c: AppContext, held: Claim, call: () => Promise<Response>): Promise<Response> {
  const db = openDatabase(c.env.DB);
  let answer: Response;
  try {
    answer = await call();
  } catch (error) {
    await releaseClaim(db, held);
    throw error;
  }
  const body = await answer.clone().text();
  if (new TextEncoder().encode(body).byteLength > LIMITS.rememberedAnswerBytes) {
    c.get("logger").log("WARN", "answer is too long to be remembered", {
      ...requestIds(c),
    });
    await releaseClaim(db, held);
    return answer;
  }
  const { ciphertext, ...wrapped } = await sealAnswer(await keyRing(c), held, body);
  await answerClaim(db, held, { status: answer.status, body: ciphertext, ...wrapped });
  return answer;
}

/** Whether the call began so long ago that it cannot be in progress any more. */
function isLost({ status, leaseUntil }: WriteKey, { now }: FoundUse): boolean {
  return status === UNDER_WAY && leaseUntil !== null && Date.parse(leaseUntil) < now;
}

async function answerKnown(c: AppContext, known: WriteKey, use: FoundUse): Promise<Response> {
  if (!isSameRequest(known, use)) throw keyUsedElsewhere();
  if (known.status === UNDER_WAY) throw inProgress(known.leaseUntil);
  const { status, body, etag, keyVersion, wrappedKey } = known;
  if (keyVersion === null || wrappedKey === null) return answerAgain(status, body, etag);
  const sealed = { keyVersion, wrappedKey, ciphertext: body };
  const opened = await openAnswer(await keyRing(c), known, sealed);
  if (opened.ok) return answerAgain(status, opened.value, etag);
  const detail = `The stored answer for this key is encrypted with key ${keyVersion} of SECRETS_KEYS and cannot be decrypted.`;
  throw new ProblemError({ code: "not_configured", detail });
}

/** Another request with the key came first, and its call may have ended by now. */
async function notClaimed(c: AppContext, use: FoundUse): Promise<ProblemError> {
  const known = await findWriteKey(openDatabase(c.env.DB), use, use.now);
  if (known && !isSameRequest(known, use)) return keyUsedElsewhere();
  return inProgress(known?.leaseUntil ?? null);
}

function inProgress(leaseUntil: string | null): ProblemError {
  const leftMs = leaseUntil === null ? 0 : Date.parse(leaseUntil) - Date.now();
  const seconds = Math.min(Math.max(Math.ceil(leftMs / 1000), 1), ASK_AGAIN_MAX_S);
  const detail =
    "A request with this idempotency key is in progress. Send it again to get its answer.";
  return new ProblemError(
    { code: "request_in_progress", detail },
    { "retry-after": String(seconds) },
  );
}

function keyRing(c: AppContext) {
  return secretsKeyRing(c.get("settings"));
}
