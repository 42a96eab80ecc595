/** The excerpt of a refused answer that the history keeps and log lines never contain. Pure. */
import type { AttemptOutcome } from "#model/attempt.ts";
import { cutToBytes } from "#model/cut.ts";
import type { ShownEvent } from "#model/event.ts";
import { LIMITS } from "#model/limits.ts";
import { Work } from "#model/work.ts";
import type { LoadedRun } from "../loaded-run.ts";

/** The outcome with the start of the refused answer. */
export function withExcerpt(run: LoadedRun, outcome: AttemptOutcome): AttemptOutcome {
  if (outcome.kind !== "failed" || !outcome.said) return outcome;
  // Masked before it is cut: half of a sensitive value would not be recognised.
  const excerpt = cutToBytes(
    run.masking.within(Work.ofTurn()).text(outcome.said),
    LIMITS.excerptBytes,
  );
  return { ...outcome, excerpt };
}

/** The event as it may be logged: log lines never contain a model's answer. */
export function withoutExcerpt(event: ShownEvent): ShownEvent {
  switch (event.type) {
    case "step.failed": {
      const { excerpt: _, ...data } = event.data;
      return { ...event, data };
    }
    case "step.retrying": {
      const { excerpt: _, ...data } = event.data;
      return { ...event, data };
    }
    default:
      return event;
  }
}
