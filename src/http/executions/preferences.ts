/** `Prefer: wait=N` and `Prefer: respond-async` (RFC 7240). What is not understood is ignored. */
import { LIMITS } from "#model/limits.ts";

export interface WaitPreference {
  waitMs: number;
  /** For `Preference-Applied`; null without a preference. */
  applied: string | null;
}

export function waitPreference(header: string | undefined, defaultMs: number): WaitPreference {
  for (const preference of (header ?? "").split(/[,;]/)) {
    const [name = "", value = ""] = preference.split("=", 2).map((part) => part.trim());
    if (name.toLowerCase() === "respond-async") return { waitMs: 0, applied: "respond-async" };
    if (name.toLowerCase() === "wait" && /^\d{1,6}$/.test(value)) {
      const seconds = Math.min(Number(value), LIMITS.waitBudgetMaxS);
      return { waitMs: seconds * 1000, applied: `wait=${seconds}` };
    }
  }
  return { waitMs: defaultMs, applied: null };
}
