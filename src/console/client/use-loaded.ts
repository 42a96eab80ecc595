/** Data that is loaded from the API when a page shows it, and again on request. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Answer, Failure } from "./answer.ts";

export type Loaded<T> =
  | { state: "loading" }
  /** `failure`: reloading failed; the earlier value is kept. */
  | { state: "ready"; value: T; failure?: Failure }
  | { state: "failed"; failure: Failure };

/**
 * `load` must be stable (useCallback): a new one is called at once, and the earlier value stays
 * until it resolves; a `key` on the component starts over. Responses to outdated requests are
 * dropped, so an old state never replaces a newer one.
 */
export function useLoaded<T>(load: () => Promise<Answer<T>>): {
  loaded: Loaded<T>;
  reload: () => Promise<void>;
} {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  const latest = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++latest.current;
    const answer = await load();
    if (mine !== latest.current) return;
    setLoaded((before) => {
      if (answer.ok) return { state: "ready", value: answer.value };
      const { failure } = answer;
      return before.state === "ready" ? { ...before, failure } : { state: "failed", failure };
    });
  }, [load]);
  useEffect(() => {
    void reload();
    return () => {
      latest.current += 1;
    };
  }, [reload]);
  return { loaded, reload };
}
