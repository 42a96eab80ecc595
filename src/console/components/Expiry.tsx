import { Mark } from "./Mark.tsx";
import { fullTime, remainingWords } from "./time-words.ts";
import { useNow } from "./use-now.ts";

/** The deadline of a wait as text. The service decides by its own clock. */
export function Expiry({ at }: { at: string }) {
  const left = Date.parse(at) - useNow(15_000);
  const isOver = left <= 0;
  return (
    <p className="wo-expiry" data-urgent={left < 3_600_000 ? "" : undefined}>
      <Mark name="clock" />
      <span>
        {isOver ? "Expired" : `Expires ${remainingWords(left)}`},{" "}
        <time dateTime={at}>{fullTime(at)}</time>
      </span>
    </p>
  );
}
