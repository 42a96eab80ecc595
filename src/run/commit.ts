/** What a transaction of a run object writes, and what its storage has of the run. */
import type { RunState } from "#engine/state.ts";
import type { RunEvent } from "#model/event.ts";
import type { JsonValue } from "#model/json.ts";
import type { JsonText } from "#model/json-text.ts";
import type { RequestKey } from "#model/run-rpc.ts";
import type { StartRecord } from "#model/start-record.ts";

/** What one transaction writes. */
export interface Commit {
  start?: StartRecord;
  /** The idempotency key of the request, stored with its effect. */
  key?: RequestKey | null;
  events: readonly RunEvent[];
  outputs: Readonly<Record<string, JsonText<JsonValue>>>;
  /** Set when the run settles. */
  snapshot: RunState | null;
}

/** What a run is loaded from. */
export interface StoredRun {
  /** It is read from its archive. */
  readonly isArchived?: true;
  readStart(): StartRecord;
  readState(): RunState;
  /** Bytes of all outputs together. */
  outputBytes(): number;
  readOutput(stepId: string): JsonValue | undefined;
}
