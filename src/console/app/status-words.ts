import type { Run } from "#model/run.ts";

/** What lists call a status; exhaustive, in the order in which a run takes them. */
export const STATUS_WORDS: Readonly<Record<Run["status"], string>> = {
  queued: "Queued",
  running: "Running",
  waiting: "Waiting",
  completed: "Completed",
  failed: "Failed",
  canceled: "Canceled",
};
