/**
 * Rate limits at the door. A request is decided from what this isolate knows (`RateCounter`). What
 * others have counted comes from the meter of the principal, asked behind the response; requests
 * without credentials are counted for a location by the platform's own limiter, where it is bound.
 *
 * A limiter that does not answer lets pass, and is logged and counted.
 */
import type { MeterRpc } from "#model/meter-rpc.ts";
import type { RatePolicyName } from "#model/rate-policy.ts";
import { RateCounter, type Verdict } from "#metering/rate-counter.ts";
import { keyedHash, toHex } from "#security/keyed-hash.ts";
import { runIdSecret } from "#settings.ts";
import { ProblemError } from "../problems/problems.ts";
import { requestIds } from "../request-ids.ts";
import type { AppContext } from "../types.ts";
import { clientAddress } from "./client-address.ts";
import { countAtDoor } from "./counts.ts";

const counter = new RateCounter();

/** Counts a request with credentials, or refuses it. */
export function limitPrincipal(c: AppContext): void {
  const key = c.get("principal").id;
  const verdict = judge(c, "principal", key, "take");
  if (!verdict) return;
  c.set("rateVerdict", verdict);
  if (!verdict.isAllowed) throw refuse(c, verdict);
  const report = counter.report(verdict.policy, key);
  if (report === null) return;
  const share = async () => {
    const meter = await meterOf(c, key);
    counter.share(verdict.policy, key, await meter.count(report));
  };
  c.executionCtx.waitUntil(share().catch((error: unknown) => failOpen(c, error)));
}

/** Counts a request without credentials, or refuses it. */
export async function limitAddress(c: AppContext): Promise<void> {
  const key = clientAddress(c);
  const verdict = judge(c, "address", key, "take");
  if (!verdict) return;
  c.set("rateVerdict", verdict);
  if (!verdict.isAllowed || !(await isAllowedByPlatform(c, key))) throw refuse(c, verdict);
}

/**
 * Counts a request for a page or one of its files, or refuses it. By this isolate alone: one costs
 * less than asking the platform's limiter would.
 */
export function limitPage(c: AppContext): void {
  const verdict = judge(c, "page", clientAddress(c), "take");
  if (!verdict) return;
  c.set("rateVerdict", verdict);
  if (!verdict.isAllowed) throw refuse(c, verdict);
}

/** The verdict on an address that has sent too many credentials that were refused; null: it may. */
export function signInBlock(c: AppContext): Verdict | null {
  const verdict = judge(c, "sign-in", clientAddress(c), "look");
  return verdict && !verdict.isAllowed ? verdict : null;
}

/** Counts credentials that were refused. */
export function countFailedSignIn(c: AppContext): void {
  const verdict = judge(c, "sign-in", clientAddress(c), "take");
  if (verdict) c.set("rateVerdict", verdict);
}

/** The problem of a request that is beyond the limit. */
export function refuse(c: AppContext, verdict: Verdict): ProblemError {
  const { policy, retryAfterS } = verdict;
  c.set("rateVerdict", verdict);
  countAtDoor(c, `rate_limited|${policy.name}`);
  const seconds = Math.max(1, retryAfterS);
  const detail = `${WHAT[policy.name]} at most ${policy.quota} in ${policy.windowS} s. Try again in ${seconds} s.`;
  return new ProblemError({ code: "rate_limited", detail }, { "retry-after": String(seconds) });
}

const WHAT: Readonly<Record<RatePolicyName, string>> = {
  principal: "These credentials may make",
  address: "An address may make, without credentials,",
  page: "An address may ask for pages and their files",
  "sign-in": "An address may send credentials that are refused",
};

/** null: there is no such limit here. */
function judge(
  c: AppContext,
  name: RatePolicyName,
  key: string,
  how: "look" | "take",
): Verdict | null {
  const policy = c.get("settings").RATE_LIMITS[name];
  if (!policy) return null;
  return counter[how](policy, key, Date.now());
}

/** Named by a hash, so that the name of an object shows no subject of a token. */
export async function meterOf(c: AppContext, principalId: string): Promise<MeterRpc> {
  const name = await keyedHash(runIdSecret(c.get("settings")), "meter", principalId);
  return c.env.METERS.getByName(toHex(name));
}

async function isAllowedByPlatform(c: AppContext, key: string): Promise<boolean> {
  if (!c.env.ADDRESS_LIMIT) return true;
  try {
    return (await c.env.ADDRESS_LIMIT.limit({ key })).success;
  } catch (error) {
    failOpen(c, error);
    return true;
  }
}

function failOpen(c: AppContext, error: unknown): void {
  countAtDoor(c, "limiter_failures");
  c.get("logger").defect("a rate limit could not be shared", error, requestIds(c));
}

/**
 * `RateLimit-Policy` and `RateLimit`, by draft-ietf-httpapi-ratelimit-headers-10: the limit that
 * this request was counted under.
 */
export function showRateLimit(c: AppContext): void {
  const verdict = c.get("rateVerdict");
  if (!verdict) return;
  const { policy, remaining, resetS } = verdict;
  c.res.headers.set("ratelimit-policy", `"${policy.name}";q=${policy.quota};w=${policy.windowS}`);
  c.res.headers.set("ratelimit", `"${policy.name}";r=${remaining};t=${resetS}`);
}
