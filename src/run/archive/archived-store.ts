/** A run's rows as its archive has them, in the place of the object's own. */
import type { RunRecord } from "#archive/record.ts";
import { foldLog } from "#engine/fold.ts";
import type { RunState } from "#engine/state.ts";
import type { RunEvent } from "#model/event.ts";
import { jsonByteLength, type JsonValue } from "#model/json.ts";
import type { StartRecord } from "#model/start-record.ts";
import type { StoredRun } from "../commit.ts";

export class ArchivedStore implements StoredRun {
  readonly isArchived = true;
  readonly #record: RunRecord;

  constructor(record: RunRecord) {
    this.#record = record;
  }

  readStart(): StartRecord {
    return this.#record.start;
  }

  readState(): RunState {
    const snapshot = snapshotOf(this.#record);
    const state = foldLog(this.events(snapshot?.seq ?? 0), snapshot);
    if (!state) throw new Error("the archive has no log");
    return state;
  }

  *events(afterSeq: number): Generator<RunEvent> {
    for (const event of this.#record.events) if (event.seq > afterSeq) yield event;
  }

  readKey(name: string): string | undefined {
    return this.#record.keys.get(name);
  }

  readOutput(stepId: string): JsonValue | undefined {
    return this.#record.outputs.get(stepId);
  }

  outputBytes(): number {
    let bytes = 0;
    for (const output of this.#record.outputs.values()) bytes += jsonByteLength(output);
    return bytes;
  }
}

function snapshotOf({ snapshot }: RunRecord): RunState | null {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- archiver.ts put the state there
  return snapshot as unknown as RunState | null;
}
