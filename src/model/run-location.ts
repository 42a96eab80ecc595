/**
 * Where a run object may be placed: the location hints of the platform. An object is placed when it
 * is first used, and does not move.
 */
export const RUN_LOCATIONS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;

export type RunLocation = (typeof RUN_LOCATIONS)[number];
