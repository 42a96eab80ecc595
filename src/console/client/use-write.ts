/**
 * A write by a person: one at a time, with an idempotency key. When its result is unknown, the same
 * content is sent again with the same key, so it takes effect once.
 */
import { useCallback, useRef, useState } from "react";
import { type Answer, statusOf } from "./answer.ts";
import { newKey } from "./api.ts";

export function useWrite<Body, T>(
  send: (body: Body, key: string) => Promise<Answer<T>>,
): {
  isBusy: boolean;
  /** null: another one is running. */
  write: (body: Body) => Promise<Answer<T> | null>;
} {
  const [isBusy, setBusy] = useState(false);
  const busy = useRef(false);
  const open = useRef<{ content: string; key: string } | null>(null);
  const write = useCallback(
    async (body: Body) => {
      if (busy.current) return null;
      busy.current = true;
      setBusy(true);
      const content = JSON.stringify(body);
      const key = open.current?.content === content ? open.current.key : newKey();
      const answer = await send(body, key);
      const status = answer.ok ? 200 : statusOf(answer.failure);
      const isSettled = status > 0 && status < 500;
      open.current = isSettled ? null : { content, key };
      busy.current = false;
      setBusy(false);
      return answer;
    },
    [send],
  );
  return { isBusy, write };
}
