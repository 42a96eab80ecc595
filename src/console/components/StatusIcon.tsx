/** Marks for the statuses of runs and steps. They stand beside the words, never in their place. */
import type { Run, RunStep } from "../../model/run.ts";

export type Status = Run["status"] | RunStep["status"];
/** What a status means for the reader; decides its colour. */
export type Tone = "positive" | "negative" | "attention" | "active" | "neutral";

const TONES: Readonly<Record<Status, Tone>> = {
  queued: "neutral",
  running: "active",
  waiting: "attention",
  completed: "positive",
  failed: "negative",
  canceled: "neutral",
};

const CIRCLE = "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z";
const PATHS: Readonly<Record<Status, string>> = {
  queued:
    "M8 1.5v0m3.25.87v0m2.38 2.38v0M14.5 8v0m-.87 3.25v0m-2.38 2.38v0M8 14.5v0m-3.25-.87v0m-2.38-2.38v0M1.5 8v0m.87-3.25v0m2.38-2.38v0",
  running: "M14.5 8A6.5 6.5 0 1 1 8 1.5",
  waiting: `${CIRCLE}M6.25 5.5v5m3.5-5v5`,
  completed: `${CIRCLE}m-2.75 6.75 2 2 3.5-4`,
  failed: `${CIRCLE}M5.75 5.75l4.5 4.5m0-4.5-4.5 4.5`,
  canceled: `${CIRCLE}M3.5 3.5l9 9`,
};

function toneOf(status: Status): Tone {
  return TONES[status];
}

export function StatusIcon({ status }: { status: Status }) {
  return (
    <svg
      className="wo-icon wo-tone"
      data-tone={toneOf(status)}
      data-moving={status === "running" ? "" : undefined}
      viewBox="0 0 16 16"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[status]} />
    </svg>
  );
}
