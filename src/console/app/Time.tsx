/** A time as people say it, with the exact one beside. */
import { useSyncExternalStore } from "react";

const UNITS: readonly [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];
const TICK_MS = 30_000;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** `at`: ISO 8601. Within a week as "5 minutes ago", before as a date. */
export function timeText(at: string, nowMs: number): string {
  const distance = Date.parse(at) - nowMs;
  if (Math.abs(distance) >= 7 * 86_400_000) return exact.format(new Date(at));
  for (const [unit, ms] of UNITS) {
    if (Math.abs(distance) >= ms) return relative.format(Math.trunc(distance / ms), unit);
  }
  return "just now";
}

export function Time({ at }: { at: string }) {
  const now = useSyncExternalStore(onTick, currentTick);
  return (
    <time dateTime={at} title={exact.format(new Date(at))}>
      {timeText(at, now)}
    </time>
  );
}

function onTick(changed: () => void): () => void {
  const timer = setInterval(changed, TICK_MS);
  return () => clearInterval(timer);
}

/** The end of the present tick: the same all through it, and never before what just happened. */
function currentTick(): number {
  return Math.ceil(Date.now() / TICK_MS) * TICK_MS;
}
