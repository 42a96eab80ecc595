/** Finds an idempotency key that was used with this run, by its name or by that of earlier releases. */
import type { RequestKey } from "#model/run-rpc.ts";
import type { RunStore } from "./store.ts";

/** Where keys are looked up: the run's rows, or its archive. */
export type KeyStore = Pick<RunStore, "events" | "readKey">;

/** The fingerprint that it was used with; undefined: it was not used with this run. */
export function findKey(store: KeyStore, { name, earlier }: RequestKey): string | undefined {
  const known = store.readKey(name);
  if (known !== undefined || !earlier) return known;
  const before = store.readKey(earlier.name);
  if (before === undefined || earlier.onlyIfBy === undefined) return before;
  return hasActed(store, earlier.onlyIfBy) ? before : undefined;
}

/** Whether the log has a resume or cancel by this name. */
function hasActed(store: KeyStore, by: string): boolean {
  for (const { type, data } of store.events(0)) {
    if ((type === "run.resumed" || type === "run.canceled") && data["by"] === by) return true;
  }
  return false;
}
