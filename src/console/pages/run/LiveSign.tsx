/** Whether the page receives live updates of the run. */
import type { StreamState } from "../../client/event-stream.ts";

const WORDS: Readonly<Record<StreamState, string>> = {
  connecting: "",
  live: "Live",
  reconnecting: "Not live: reconnecting …",
  ended: "",
  refused: "Not live: reload the page to see changes",
};

export function LiveSign({ stream }: { stream: StreamState }) {
  return (
    <p className="wo-live" role="status" data-stream={stream}>
      {WORDS[stream]}
    </p>
  );
}
