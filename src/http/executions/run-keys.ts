/**
 * The name under which a run stores an idempotency key: route, owner and key, as a JSON array after
 * the version of the format.
 *
 * Parts are never joined by a character that they may contain: until version 0.4 a colon separated
 * them, so `user:ns` with the key `sa:K1` had the same name as `user:ns:sa` with the key `K1`, and
 * the second decision was answered as a replay and lost. Names in that format are still looked up,
 * so that an older key finds its effect.
 */
import type { ResumeClaims } from "#model/resume-claims.ts";
import { type Caller, deciderName, jwtPrincipal } from "#model/caller.ts";
import type { EarlierName, RequestKey } from "#model/run-rpc.ts";
import { fingerprint, idempotencyKey, type Sortable } from "../idempotency/key.ts";
import type { AppContext } from "../types.ts";

export type RunRoute = "resume" | "cancel";

/** The owner of the key: a caller with credentials, or the holder of a token. */
export type KeyOwner = { caller: Caller } | { token: ResumeClaims };

const VERSION = 2;

/** The key of a request that changes a run, as the run stores it; null when none was sent. */
export async function requestKey(
  c: AppContext,
  route: RunRoute,
  owner: KeyOwner,
  body: Sortable,
): Promise<RequestKey | null> {
  const key = idempotencyKey(c.req.header("idempotency-key"));
  if (key === null) return null;
  const print = await fingerprint(body);
  return {
    name: nameOf(route, owner, key),
    fingerprint: print,
    earlier: earlierName(route, owner, key),
  };
}

function nameOf(route: RunRoute, owner: KeyOwner, key: string): string {
  const parts =
    "token" in owner
      ? [route, "token", owner.token.waitNumber, owner.token.approverIndex, key]
      : [route, "principal", owner.caller.id, key];
  return `${VERSION}:${JSON.stringify(parts)}`;
}

/** The name that the releases before 0.4 stored. */
function earlierName(route: RunRoute, owner: KeyOwner, key: string): EarlierName {
  if ("token" in owner) {
    const { waitNumber, approverIndex } = owner.token;
    return { name: `${route}:token:${waitNumber}:${approverIndex ?? "form"}:${key}` };
  }
  const { caller } = owner;
  const name = `${route}:${caller.id}:${key}`;
  // Ids of keys have no colon, those of JWTs have one. With more, another caller may have the same
  // name.
  const isJwt = jwtPrincipal(caller) !== null;
  const mayBeAnothers = isJwt ? name.split(":").length > 4 : caller.id.includes(":");
  return mayBeAnothers ? { name, onlyIfBy: deciderName(caller) } : { name };
}
