/** The check: random sequences, the transitions that they took, and a counter-example that repeats. */
import * as fc from "fast-check";
import { playSequence, sequenceArbitrary } from "./sequence.ts";
import { Coverage } from "./transitions.ts";

export interface Checked {
  coverage: Coverage;
  /** The shortest sequence that was found to differ; null: none. */
  counterexample: { message: string; seed: number; path: string; shrinks: number } | null;
}

export interface Plan {
  sequences: number;
  seed: number;
  /** Only this one, of an earlier failure. */
  path?: string;
}

export function checkModel({ sequences, seed, path }: Plan): Checked {
  const coverage = new Coverage();
  const details = fc.check(
    fc.property(sequenceArbitrary, (sequence) => playSequence(sequence, coverage)),
    { numRuns: sequences, seed, ...(path === undefined ? {} : { path, endOnFailure: true }) },
  );
  if (!details.failed) return { coverage, counterexample: null };
  const { errorInstance, counterexamplePath, numShrinks } = details;
  const message = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const found = {
    message,
    seed: details.seed,
    path: counterexamplePath ?? "",
    shrinks: numShrinks,
  };
  return { coverage, counterexample: found };
}
