import { useNow } from "../components/use-now.ts";
import { exactTime, timeText } from "./time-text.ts";

const TICK_MS = 15_000;

/** A relative time, with the exact one as its title. */
export function Time({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      {timeText(at, useNow(TICK_MS))}
    </time>
  );
}
