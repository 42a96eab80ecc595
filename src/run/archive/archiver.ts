/**
 * Takes a run out of its object: record → written → read back → tombstone and cleanup in one
 * transaction. Cut off before that transaction, the run is as it was, and the next call begins
 * again; after it, the run is its archive. Owns when a run may leave; `archive/` owns how.
 */
import { type ArchiveMark, putArchive, rewrapArchive } from "#archive/archive.ts";
import { readRecord, type RunRecord, writeRecord } from "#archive/record.ts";
import { stillUnderWay } from "#engine/advance.ts";
import { foldLog } from "#engine/fold.ts";
import { isTerminal } from "#engine/state.ts";
import type { ArchiveRequest, ArchiveResult, Kept, Reply } from "#model/run-rpc.ts";
import { type JsonValue, parseJson } from "#model/json.ts";
import type { LoadedRun } from "../loaded-run.ts";
import { runNotFound } from "../refusals.ts";
import type { RunStore } from "../store.ts";
import { ArchivedStore } from "./archived-store.ts";
import type { Shelves } from "./shelves.ts";

/** What the archiver needs of the run object. */
interface ArchiverHost {
  load(): LoadedRun | null;
  /** The run is not here any more. */
  forget(): void;
  /** Sinks that do not have all events yet. */
  isBehind(run: LoadedRun): boolean;
  /** Clients that read the log where it is. */
  isRead(): boolean;
  /** Called after each step that lasts; tests evict the object here. */
  committed(): Promise<void>;
}

export class Archiver {
  readonly #host: ArchiverHost;
  readonly #store: RunStore;
  readonly #shelves: Shelves;
  #underWay: Promise<Reply<ArchiveResult>> | null = null;

  constructor(host: ArchiverHost, store: RunStore, shelves: Shelves) {
    this.#host = host;
    this.#store = store;
    this.#shelves = shelves;
  }

  /** Archives the run if it may leave; brings an archive under the current key. Idempotent. */
  archive(request: ArchiveRequest): Promise<Reply<ArchiveResult>> {
    // Two at the same time would each write an archive, and the tombstone name one of them.
    this.#underWay ??= this.#archive(request).finally(() => (this.#underWay = null));
    return this.#underWay;
  }

  async #archive({ endedBefore }: ArchiveRequest): Promise<Reply<ArchiveResult>> {
    if (this.#store.tombstone) return this.#refresh();
    const run = this.#host.load();
    if (!run) return runNotFound();
    const kept = this.#whyKept(run, endedBefore);
    if (kept) return { ok: true, value: { kind: "kept", because: kept } };
    const record = recordOf(run, this.#store);
    const put = await this.#shelves.tried((env, ring) => putArchive(env, ring, record));
    if (!put.ok) return put;
    await this.#host.committed();
    // Someone may have come to read meanwhile. The archive is written again when they have left.
    const since = this.#whyKept(run, endedBefore);
    if (since) return { ok: true, value: { kind: "kept", because: since } };
    this.#bury(run, record, put.value);
    await this.#host.committed();
    return this.#archived(true);
  }

  #whyKept(run: LoadedRun, endedBefore: string): Kept | null {
    const { status, ended_at: endedAt } = run.state;
    if (!isTerminal(status) || endedAt === undefined) return "not_ended";
    if (endedAt >= endedBefore) return "recent";
    if (stillUnderWay(run.state).length > 0) return "under_way";
    if (this.#host.isBehind(run)) return "not_delivered";
    return this.#host.isRead() ? "being_read" : null;
  }

  #bury(run: LoadedRun, record: RunRecord, archive: ArchiveMark): void {
    this.#store.bury({
      format: 1,
      archive,
      archivedAt: new Date().toISOString(),
      workflowId: run.state.workflow_id,
      fingerprint: record.start.fingerprint,
      keys: [...record.keys],
    });
    this.#host.forget();
  }

  /** An archive that an older key wraps is wrapped by the current one. */
  async #refresh(): Promise<Reply<ArchiveResult>> {
    const { tombstone } = this.#store;
    if (!tombstone) return runNotFound();
    const { archive } = tombstone;
    const kept = await this.#shelves.tried(async (env, ring) =>
      archive.keyVersion === ring.current
        ? { ok: true, value: archive }
        : rewrapArchive(env, ring, this.#shelves.runId, archive),
    );
    if (!kept.ok) return kept;
    if (kept.value !== archive) this.#store.bury({ ...tombstone, archive: kept.value });
    return this.#archived(false);
  }

  #archived(isNew: boolean): Reply<ArchiveResult> {
    const { tombstone } = this.#store;
    if (!tombstone) return runNotFound();
    const { archivedAt: at, archive } = tombstone;
    const { shelf, keyVersion } = archive;
    return { ok: true, value: { kind: "archived", at, shelf, keyVersion, isNew } };
  }
}

/** All of the run, and a check that the record is all of it: it must read back to the same state. */
function recordOf(run: LoadedRun, store: RunStore): RunRecord {
  const { outputs, keys } = store.contents();
  const events = [...store.events(0)];
  const state = JSON.stringify(run.state);
  const folds = JSON.stringify(foldLog(events, null)) === state;
  const snapshot: JsonValue = folds ? null : parseJson(state);
  const { start } = run;
  const record = { runId: start.runId, start, events, snapshot, outputs, keys };
  const read = readRecord(writeRecord(record));
  if (!read.ok) throw new Error(`the record cannot be read: ${read.error.kind}`);
  if (JSON.stringify(new ArchivedStore(read.value).readState()) !== state) {
    throw new Error("the record does not lead to the state of the run");
  }
  return record;
}
