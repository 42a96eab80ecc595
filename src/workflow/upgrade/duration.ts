/**
 * Durations of format 0.1: a number with its unit (`30s`, `500ms`, `1.5h`), or several from the
 * largest unit to the smallest, each once (`1m30s`). A bare number has no unit and is none.
 */

const DURATION =
  /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;
const UNITS_MS = [3_600_000, 60_000, 1000, 1] as const;

/** Seconds, exact to the microsecond; null when the text is not a duration. */
export function secondsOf(duration: string): number | null {
  const parts = duration === "" ? null : DURATION.exec(duration);
  if (parts === null) return null;
  const ms = UNITS_MS.reduce((sum, unit, index) => sum + Number(parts[index + 1] ?? 0) * unit, 0);
  const seconds = Number((ms / 1000).toFixed(6));
  return Number.isFinite(seconds) ? seconds : null;
}
