import type { Run } from "#model/run.ts";

/** The labels of statuses in lists; exhaustive, in the order of a run's life. */
export const STATUS_WORDS: Readonly<Record<Run["status"], string>> = {
  queued: "Queued",
  running: "Running",
  waiting: "Waiting",
  completed: "Completed",
  failed: "Failed",
  canceled: "Canceled",
};
