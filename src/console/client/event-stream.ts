/**
 * The live stream of a run, over fetch: EventSource cannot send credentials. Owns the format,
 * reconnecting with `Last-Event-ID`, and when to stop. Each event is delivered once, in order.
 */
import { endsLog, type ShownEvent } from "#model/event.ts";
import type { Api } from "./api.ts";

/** `ended`: there will be no more events. `refused`: wrong credentials, or no such run. */
export type StreamState = "connecting" | "live" | "reconnecting" | "ended" | "refused";

export interface StreamListener {
  onEvents(events: ShownEvent[]): void;
  onState(state: StreamState): void;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** Follows the run from after `seq` until it ends or the signal aborts. Never rejects. */
export async function followEvents(
  api: Api,
  runId: string,
  seq: number,
  listener: StreamListener,
  signal: AbortSignal,
): Promise<void> {
  let last = seq;
  let failures = 0;
  let hasEnded = false;
  listener.onState("connecting");
  while (!signal.aborted) {
    const outcome = await readOnce(
      api,
      runId,
      last,
      signal,
      (events) => {
        failures = 0;
        const fresh = events.filter((event) => event.seq > last);
        last = fresh.at(-1)?.seq ?? last;
        hasEnded ||= fresh.some(endsLog);
        if (fresh.length > 0) listener.onEvents(fresh);
      },
      () => listener.onState("live"),
    );
    if (signal.aborted) return;
    if (outcome === "refused") return listener.onState("refused");
    if (outcome === "ended" || hasEnded) return listener.onState("ended");
    listener.onState("reconnecting");
    failures += 1;
    await pause(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)), signal);
  }
}

type Outcome = "ended" | "refused" | "cut off";

async function readOnce(
  api: Api,
  runId: string,
  seq: number,
  signal: AbortSignal,
  onEvents: (events: ShownEvent[]) => void,
  onOpen: () => void,
): Promise<Outcome> {
  try {
    const response = await api.openEvents(runId, seq, signal);
    if (response.status === 204) return "ended";
    if (response.status >= 400 && response.status < 500) return "refused";
    if (!response.ok || !response.body) return "cut off";
    onOpen();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = createParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "cut off";
      onEvents(parser(value));
    }
  } catch {
    // The network failed, or our own signal aborted: the loop decides what to do.
    return "cut off";
  }
}

/** Text in chunks of any length → events. Comments and other fields are ignored. */
export function createParser(): (chunk: string) => ShownEvent[] {
  let partial = "";
  return (chunk) => {
    const blocks = `${partial}${chunk}`.split("\n\n");
    partial = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const data = block.split("\n").filter((line) => line.startsWith("data:"));
      const text = data.map((line) => line.slice(5).trimStart()).join("\n");
      if (text === "") return [];
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the page is of the same Worker
      return [JSON.parse(text) as ShownEvent];
    });
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
