/** Whether the page keeps up with the run by itself. */
import type { StreamState } from "../../client/event-stream.ts";

const WORDS: Readonly<Record<StreamState, string>> = {
  connecting: "",
  live: "Live",
  reconnecting: "Not live: connecting again …",
  ended: "",
  refused: "Not live: load the page anew to see changes",
};

export function LiveSign({ stream }: { stream: StreamState }) {
  return (
    <p className="wo-live" role="status" data-stream={stream}>
      {WORDS[stream]}
    </p>
  );
}
