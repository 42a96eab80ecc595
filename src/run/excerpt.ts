/** What the history keeps of an answer that was refused, and log lines do not. Pure. */
import type { AttemptOutcome } from "../model/attempt.ts";
import { cutToBytes } from "../model/cut.ts";
import type { RunEvent } from "../model/event.ts";
import { LIMITS } from "../model/limits.ts";
import type { LoadedRun } from "./loaded-run.ts";
import { maskOf } from "./view.ts";

/** The outcome with the beginning of the refused answer. */
export function withExcerpt(run: LoadedRun, outcome: AttemptOutcome): AttemptOutcome {
  if (outcome.kind !== "failed" || !outcome.said) return outcome;
  // Masked before it is cut: the half of a sensitive value is not known as one.
  const excerpt = cutToBytes(maskOf(run).text(outcome.said), LIMITS.excerptBytes);
  return { ...outcome, excerpt };
}

/** The event as logs may have it: they never hold what a model said. */
export function withoutExcerpt(event: RunEvent): RunEvent {
  const { excerpt: _, ...data } = event.data;
  return { ...event, data };
}
