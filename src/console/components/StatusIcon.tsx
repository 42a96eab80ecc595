/** Icons for the statuses of runs and steps. They accompany the text, and never replace it. */
import type { Status } from "./api-types.ts";
import { Drawing } from "./Mark.tsx";

/** The meaning of a status for the reader, which decides its colour. */
type Tone = "positive" | "negative" | "attention" | "active" | "neutral";

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
  queued: `${CIRCLE}M5 8v.01M8 8v.01M11 8v.01`,
  running: "M14.5 8A6.5 6.5 0 1 1 8 1.5",
  waiting: `${CIRCLE}M6.4 5.75v4.5M9.6 5.75v4.5`,
  completed: `${CIRCLE}M5.25 8.25l2 2 3.5-4`,
  failed: `${CIRCLE}M5.75 5.75l4.5 4.5m0-4.5-4.5 4.5`,
  canceled: `${CIRCLE}M3.4 3.4l9.2 9.2`,
};

export function StatusIcon({ status }: { status: Status }) {
  return (
    <span className="wo-tone" data-tone={TONES[status]} data-status={status}>
      <Drawing path={PATHS[status]} />
    </span>
  );
}
