/** The providers of an AI step, for the engine that counts them and the executor that calls one. */
import type { AiGenerateStep } from "./workflow.ts";

interface Candidate {
  provider: string;
  model?: string;
}

/**
 * Its own provider, or the default, then its fallback. A run that asked for the mock always gets
 * the mock; the number of candidates stays, so that budgets are the same.
 */
export function candidatesOf(
  { config }: AiGenerateStep,
  { provider, isMock }: { provider: string; isMock: boolean },
): Candidate[] {
  const own = {
    provider: config.provider ?? provider,
    ...(config.model === undefined ? {} : { model: config.model }),
  };
  const all: Candidate[] = [own, ...(config.fallback ?? [])];
  return isMock ? all.map((candidate) => ({ ...candidate, provider: "mock" })) : all;
}
