/**
 * Rate limits as the setting `RATE_LIMITS` writes them: `principal=3000/60,sign-in=off`. Pure.
 *
 * Windows last a minute at most: counts are kept in memory, and one that had to outlast a restart
 * would need a write for each request.
 */
import type { Result } from "./result.ts";

/**
 * - `principal`: requests with credentials, by principal.
 * - `address`: requests without any, by address.
 * - `page`: the pages of the service and their files, which need none, by address.
 * - `sign-in`: credentials that were refused, by address.
 */
export const RATE_POLICY_NAMES = ["principal", "address", "page", "sign-in"] as const;
export type RatePolicyName = (typeof RATE_POLICY_NAMES)[number];

export interface RatePolicy {
  name: RatePolicyName;
  /** Requests in a window. */
  quota: number;
  windowS: number;
}

/** null: not limited. */
export type RatePolicies = Readonly<Record<RatePolicyName, RatePolicy | null>>;

const QUOTA_MAX = 1_000_000_000;
const WINDOW_MAX_S = 60;

/** Quotas for a minute, where the setting says nothing. */
const QUOTAS = {
  production: { principal: 3_000, address: 600, page: 3_000, "sign-in": 60 },
  // More than `wrangler dev` can serve: on one's own machine nothing is in the way.
  development: { principal: 60_000, address: 60_000, page: 60_000, "sign-in": 60_000 },
} as const;

const ENTRY_PATTERN = /^([a-z-]+)=(?:(off)|(\d{1,10})\/(\d{1,3}))$/;

/** The limits of an environment, changed by the text of the setting. The error is a sentence. */
export function parseRatePolicies(
  text: string,
  environment: keyof typeof QUOTAS,
): Result<RatePolicies, string> {
  const policies = defaults(environment);
  const entries = text.split(",").map((entry) => entry.trim());
  if (entries.length === 1 && entries[0] === "off") {
    return { ok: true, value: { principal: null, address: null, page: null, "sign-in": null } };
  }
  for (const entry of entries.filter((one) => one !== "")) {
    const [, written, off, quota = "", windowS = ""] = ENTRY_PATTERN.exec(entry) ?? [];
    const name = RATE_POLICY_NAMES.find((one) => one === written);
    if (name === undefined) return { ok: false, error: FORM };
    const policy = { name, quota: Number(quota), windowS: Number(windowS) };
    if (off === undefined && !isWithin(policy)) return { ok: false, error: FORM };
    policies[name] = off === undefined ? policy : null;
  }
  return { ok: true, value: policies };
}

const FORM = `must be "off", or pairs like principal=3000/60 or sign-in=off, separated by commas: the names are ${RATE_POLICY_NAMES.join(", ")}, the window has 1 to ${WINDOW_MAX_S} seconds`;

function isWithin({ quota, windowS }: RatePolicy): boolean {
  return quota >= 1 && quota <= QUOTA_MAX && windowS >= 1 && windowS <= WINDOW_MAX_S;
}

function defaults(environment: keyof typeof QUOTAS): Record<RatePolicyName, RatePolicy | null> {
  const quotas = QUOTAS[environment];
  const policy = (name: RatePolicyName) => ({ name, quota: quotas[name], windowS: 60 });
  return {
    principal: policy("principal"),
    address: policy("address"),
    page: policy("page"),
    "sign-in": policy("sign-in"),
  };
}
