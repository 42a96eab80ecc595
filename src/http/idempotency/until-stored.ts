/**
 * Writes that may lose a race: read again, and write the next version. A caller that did not name
 * the version it changes does not conflict with another one that stored a version in between.
 */
import { LIMITS } from "#model/limits.ts";
import { ProblemError } from "../problems/problems.ts";

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 320;

/**
 * Retries until a write is stored; `attempt` reads, writes and returns null where another one came
 * first. Pauses are random and grow, so that concurrent writers spread out.
 */
export async function untilStored<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (let tries = 1; tries <= LIMITS.writeTries; tries++) {
    const stored = await attempt();
    if (stored !== null) return stored;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
    await new Promise((resolve) => setTimeout(resolve, pause * Math.random()));
  }
  const detail = `Others stored new versions at the same time, ${LIMITS.writeTries} times. Nothing was written; try again.`;
  throw new ProblemError({ code: "overloaded", detail });
}
