/**
 * The current state of one run: read once, then updated by its live stream. Every batch of events
 * reloads the run, so the page always shows the service's view, never a guess from events.
 */
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import type { History, Run } from "#model/run.ts";
import type { Answer } from "./answer.ts";
import type { Api } from "./api.ts";
import { followEvents, type StreamState } from "./event-stream.ts";
import { type Loaded, useLoaded } from "./use-loaded.ts";

/** A run of many quick steps is reloaded at most this often. */
const READ_AGAIN_MS = 150;

export interface RunNow {
  run: Run;
  history: History;
}

export function useRun(
  api: Api,
  id: string,
): { loaded: Loaded<RunNow>; stream: StreamState; reload: () => Promise<void> } {
  /** `seq` of the last event that was read. */
  const lastSeq = useRef(0);
  const load = useCallback(async () => {
    const answer = await readRunNow(api, id);
    if (answer.ok) lastSeq.current = answer.value.history.events.at(-1)?.seq ?? 0;
    return answer;
  }, [api, id]);
  const { loaded, reload } = useLoaded(load);
  const [stream, setStream] = useState<StreamState>("connecting");
  const isLoaded = loaded.state === "ready";
  const readAgain = useEffectEvent(() => void reload());

  useEffect(() => {
    if (!isLoaded) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const listener = {
      onState: setStream,
      onEvents: () => {
        timer ??= setTimeout(() => {
          timer = undefined;
          readAgain();
        }, READ_AGAIN_MS);
      },
    };
    void followEvents(api, id, lastSeq.current, listener, stop.signal);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [api, id, isLoaded]);

  return { loaded, stream, reload };
}

/** The history first: if the run moves on in between, the stream has the missing events. */
async function readRunNow(api: Api, id: string): Promise<Answer<RunNow>> {
  const history = await api.readHistory(id);
  if (!history.ok) return history;
  const run = await api.readRun(id);
  return run.ok ? { ok: true, value: { run: run.value, history: history.value } } : run;
}
