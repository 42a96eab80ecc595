/** The smallest plan that still breaks a law: parts are left out as long as it does. */
import { type Outcome, simulate } from "./simulate.ts";
import type { Plan } from "./plan.ts";

/** A part that can be left out: `fault:3`, `run:r1`, `d1`, `cancel`, `streams`, `doubles`. */
export type Part = string;

export function without(parts: readonly Part[]): (plan: Plan) => Plan {
  const left = new Set(parts);
  return (plan) => ({
    calmAt: plan.calmAt,
    d1: left.has("d1") ? { before: 0, after: 0, hang: 0, refuse: 0 } : plan.d1,
    faults: plan.faults.filter((_, index) => !left.has(`fault:${index}`)),
    runs: plan.runs
      .filter(({ ref }) => !left.has(`run:${ref}`))
      .map((run) => ({
        ...run,
        cancelAt: left.has("cancel") ? null : run.cancelAt,
        isFollowed: run.isFollowed && !left.has("streams"),
        isDoubled: run.isDoubled && !left.has("doubles"),
        isTraced: run.isTraced && !left.has("traces"),
      })),
  });
}

function partsOf({ plan }: Outcome): Part[] {
  return [
    ...plan.runs.map(({ ref }) => `run:${ref}`),
    ...plan.faults.map((_, index) => `fault:${index}`),
    "d1",
    "cancel",
    "streams",
    "doubles",
    "traces",
  ];
}

/** What can be left out of this seed's plan together. */
export async function shrink(outcome: Outcome): Promise<{ parts: Part[]; outcome: Outcome }> {
  let smallest = { parts: [] as Part[], outcome };
  for (const part of partsOf(outcome)) {
    const parts = [...smallest.parts, part];
    const tried = await simulate(outcome.seed, { change: without(parts) });
    if (tried.broken.length > 0) smallest = { parts, outcome: tried };
  }
  return smallest;
}
