/** Times and durations as text. Pure: now is passed in. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "120 ms", "2.5 s", "4 min 3 s", "3 h 20 min", "2 d 4 h"; below 0 counts as 0. */
export function durationWords(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1).replace(/\.0$/, "")} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return twoUnits(ms, MINUTE, "min", SECOND, "s");
  if (ms < DAY) return twoUnits(ms, HOUR, "h", MINUTE, "min");
  return twoUnits(ms, DAY, "d", HOUR, "h");
}

function twoUnits(ms: number, large: number, name: string, small: number, rest: string): string {
  const over = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${name}${over === 0 ? "" : ` ${over} ${rest}`}`;
}

/** "in 3 days", "in 5 minutes"; rounded down, so that the text never promises too much time. */
export function remainingWords(untilMs: number): string {
  if (untilMs < MINUTE) return "in less than a minute";
  if (untilMs < HOUR) return inUnits(untilMs, MINUTE, "minute");
  return untilMs < 2 * DAY ? inUnits(untilMs, HOUR, "hour") : inUnits(untilMs, DAY, "day");
}

function inUnits(ms: number, size: number, unit: string): string {
  const count = Math.floor(ms / size);
  return `in ${count} ${unit}${count === 1 ? "" : "s"}`;
}

const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** The reader's own clock and language: "Monday, November 23, 2026 at 9:30 AM". */
export function fullTime(iso: string): string {
  return FULL.format(new Date(iso));
}

/** "Nov 23, 2026, 9:30:00 AM". */
export function shortTime(iso: string): string {
  return SHORT.format(new Date(iso));
}
