/** Times as text for people. Pure: now is passed in. */

const UNITS: readonly [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];
const WEEK_MS = 7 * 86_400_000;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** In the reader's time zone and locale. */
export function exactTime(at: string): string {
  return exact.format(new Date(at));
}

/** `at`: ISO 8601. Up to a week ago as "5 minutes ago", else as a date. */
export function timeText(at: string, nowMs: number): string {
  const distance = Date.parse(at) - nowMs;
  if (Math.abs(distance) >= WEEK_MS) return exactTime(at);
  for (const [unit, ms] of UNITS) {
    if (Math.abs(distance) >= ms) return relative.format(Math.trunc(distance / ms), unit);
  }
  return "just now";
}
