/**
 * A list of runs: the first page is reloaded every few seconds while the tab is visible, further
 * pages on request.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import type { RunSummary } from "#model/run.ts";
import type { Failure } from "./answer.ts";
import type { Api, RunFilter } from "./api.ts";

const REFRESH_MS = 10_000;

export interface RunList {
  /** null until the first page is loaded. */
  items: RunSummary[] | null;
  failure: Failure | null;
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore(): Promise<void>;
  reload(): Promise<void>;
}

interface State {
  items: RunSummary[] | null;
  cursor: string | null;
  failure: Failure | null;
}

const NOTHING: State = { items: null, cursor: null, failure: null };

/** Set the component's `key` to the filter: another filter is another list. */
export function useRunList(api: Api, { status, workflow_id }: RunFilter): RunList {
  const [{ items, cursor, failure }, setState] = useState(NOTHING);
  const [isLoadingMore, setLoadingMore] = useState(false);
  /** Counts requests, so that an outdated response is dropped. */
  const latest = useRef(0);
  /** With further pages on the screen, reloading would move rows while people read them. */
  const isExtended = useRef(false);

  const load = useCallback(
    async (from: string | null) => {
      const mine = ++latest.current;
      const page = from === null ? {} : { cursor: from };
      const answer = await api.listRuns({ status, workflow_id, ...page });
      if (mine !== latest.current) return;
      isExtended.current = from !== null;
      setState((before) => {
        if (!answer.ok) return { ...before, failure: answer.failure };
        const { items: found, next_cursor: next } = answer.value;
        const shown = from === null ? [] : (before.items ?? []);
        return { items: [...shown, ...found], cursor: next, failure: null };
      });
    },
    [api, status, workflow_id],
  );

  useEffect(() => {
    void load(null);
    const refresh = () => {
      if (document.visibilityState === "visible" && !isExtended.current) void load(null);
    };
    const timer = setInterval(refresh, REFRESH_MS);
    document.addEventListener("visibilitychange", refresh);
    return () => {
      latest.current += 1;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", refresh);
    };
  }, [load]);

  const loadMore = async () => {
    setLoadingMore(true);
    await load(cursor);
    setLoadingMore(false);
  };
  return {
    items,
    failure,
    hasMore: cursor !== null,
    isLoadingMore,
    loadMore,
    reload: () => load(null),
  };
}
