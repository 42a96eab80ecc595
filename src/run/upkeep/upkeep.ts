/**
 * What an operator's tools do with one run: copy it for a backup, bring it back, hold and release
 * it, write its projection again, and look after it. The run's own behaviour stays in the object.
 *
 * 1. What leaves the object is sealed here, so that no answer in the clear leaves it.
 * 2. A run that comes back is held: nothing wakes it, and no effect leaves, until it is released.
 * 3. What it was doing when it was copied may have been sent since: such an attempt counts as begun.
 */
import { openFromBackup, sealForBackup } from "#archive/backup-seal.ts";
import type { RunRecord } from "#archive/record.ts";
import { pendingEffect, stillUnderWay, timersOf } from "#engine/advance.ts";
import type {
  CopyRequest,
  ImportRequest,
  ImportResult,
  RebuildResult,
  RunCopy,
  RunInspection,
} from "#model/run-upkeep.ts";
import type { Reply } from "#model/run-rpc.ts";
import type { Deployment } from "#ports/deployment.ts";
import type { LoadedRun } from "../loaded-run.ts";
import { refuse, runNotFound } from "../refusals.ts";
import type { RunStore } from "../store.ts";
import { BrokenCopy, checkedRows } from "./check-copy.ts";
import { Staging } from "./staging.ts";
import { type Piece, piecesOf } from "./pieces.ts";
import { recordRows, storedRows } from "./stored-rows.ts";

/** What it needs of the run object. */
interface UpkeepHost {
  runId: string;
  /** What the archive of the run has; null: the run is here. */
  archived(): Promise<Reply<RunRecord>> | null;
  load(): LoadedRun | null;
  forget(): void;
  /** Brings D1 up to date now. */
  project(run: LoadedRun): Promise<void>;
  /** As when the object is opened: settles what was lost, arms the alarm. */
  wake(): Promise<void>;
  /** Wakes the run at once. */
  ring(): Promise<void>;
  /** Whether the object was opened with work and without an alarm, since this was asked last. */
  takeUnarmed(): boolean;
}

export class Upkeep {
  readonly #host: UpkeepHost;
  readonly #storage: DurableObjectStorage;
  readonly #store: RunStore;
  readonly #deployment: Deployment;

  constructor(
    host: UpkeepHost,
    storage: DurableObjectStorage,
    store: RunStore,
    deployment: Deployment,
  ) {
    this.#host = host;
    this.#storage = storage;
    this.#store = store;
    this.#deployment = deployment;
  }

  async copy({ backup, piece, from, most }: CopyRequest): Promise<Reply<RunCopy>> {
    const archived = await this.#host.archived();
    if (archived !== null) {
      if (!archived.ok) return archived;
      const whole = [...piecesOf(recordRows(archived.value), 0)];
      return this.#sealed(whole, { backup, piece }, "archived");
    }
    const run = this.#host.load();
    if (!run) return runNotFound();
    // All of them in one turn, before anything is awaited: the run goes on meanwhile.
    const taken: Piece[] = [];
    for (const one of piecesOf(storedRows(this.#storage.sql, from), from?.offset ?? 0)) {
      taken.push(one);
      if (taken.length >= most) break;
    }
    const revision = `${run.state.seq} ${JSON.stringify(this.#store.readCarry() ?? null)}`;
    return this.#sealed(taken, { backup, piece }, revision);
  }

  async #sealed(
    taken: readonly Piece[],
    { backup, piece }: Pick<CopyRequest, "backup" | "piece">,
    revision: string,
  ): Promise<Reply<RunCopy>> {
    const ring = await this.#deployment.secretsKeyRing();
    const pieces = await Promise.all(
      taken.map(({ text }, index) => {
        const place = this.#placeOf(backup, piece + index);
        return sealForBackup(ring, place, text);
      }),
    );
    return { ok: true, value: { pieces, next: taken.at(-1)?.next ?? null, revision } };
  }

  async importPiece(request: ImportRequest): Promise<Reply<ImportResult>> {
    const { backup, piece, isLast, sealed } = request;
    if (this.#store.exists) return this.#isThere(backup);
    const ring = await this.#deployment.secretsKeyRing();
    const opened = await openFromBackup(ring, this.#placeOf(backup, piece), sealed);
    if (!opened.ok) return this.#refuse(`piece ${piece} cannot be opened: ${opened.error}`);
    const staging = new Staging(this.#storage);
    if (piece !== 0 && staging.count !== piece)
      return this.#refuse(`piece ${staging.count} is missing`);
    staging.add(piece, opened.value);
    if (!isLast) return { ok: true, value: { state: "staged" } };
    try {
      this.#accept(staging, backup);
    } catch (error) {
      this.#host.forget();
      if (error instanceof BrokenCopy) return this.#refuse(error.message);
      throw error;
    }
    const run = this.#host.load();
    // Lists show it while it is held. What fails here is tried again by the release.
    if (run) await this.#host.project(run);
    return { ok: true, value: { state: "imported" } };
  }

  #isThere(backup: string): Reply<ImportResult> {
    if (this.#store.heldBy === backup) return { ok: true, value: { state: "imported" } };
    return refuse({
      code: "restore_refused",
      detail: `${this.#host.runId}: this service has the run already. Where only D1 was lost, use workflow rebuild.`,
    });
  }

  #accept(staging: Staging, backup: string): void {
    this.#store.restore(checkedRows(this.#host.runId, staging.rows()), backup, () => {
      staging.drop();
      const run = this.#host.load();
      if (!run) throw new BrokenCopy("it has no start record");
      this.#markBegun(run);
    });
  }

  /** An attempt that was live when the copy was made may have been sent since. */
  #markBegun(run: LoadedRun): void {
    const effect = pendingEffect(run.state);
    if (!effect) return;
    const { step_id: stepId, attempt } = effect;
    const mark = this.#store.readCarry();
    if (mark?.stepId === stepId && mark.attempt === attempt) return;
    this.#store.writeCarry({ stepId, attempt, entries: 1 });
  }

  async release(): Promise<Reply<{ wasHeld: boolean }>> {
    if (!this.#store.exists) return runNotFound();
    const wasHeld = this.#store.heldBy !== null;
    if (wasHeld) {
      this.#store.release();
      await this.#host.wake();
    }
    return { ok: true, value: { wasHeld } };
  }

  async rebuild(): Promise<Reply<RebuildResult>> {
    // It cannot be written from here: it is named as behind, and is still read by its id.
    if (this.#store.tombstone) return { ok: true, value: { isProjected: false } };
    const run = this.#host.load();
    if (!run) return runNotFound();
    this.#store.repeatProjection();
    await this.#host.project(run);
    return { ok: true, value: { isProjected: this.#isProjected(run) } };
  }

  async inspect(mend: boolean): Promise<Reply<RunInspection>> {
    const run = this.#host.load();
    if (!run) return runNotFound();
    const seen = this.#seen(run);
    if (mend && seen.heldBy === null) {
      if (!this.#isProjected(run)) await this.#host.project(run);
      if (seen.hasWork) await this.#host.ring();
    }
    return { ok: true, value: seen };
  }

  #seen(run: LoadedRun): RunInspection {
    const { status, seq, updated_at: updatedAt, error } = run.state;
    const timers = timersOf(run.state).map(({ at }) => Date.parse(at));
    const { seq: projected, failures, retryAt } = this.#store.readCursor("projection");
    return {
      status,
      seq,
      updatedAt,
      heldBy: this.#store.heldBy,
      hasWork:
        run.pendingStep !== null ||
        run.isMidTurn ||
        timers.length > 0 ||
        stillUnderWay(run.state).length > 0,
      nextTimerAt: timers.length === 0 ? null : Math.min(...timers),
      wasUnarmed: this.#host.takeUnarmed(),
      projection: { seq: projected, failures, retryAt },
      errorCode: error?.code ?? null,
    };
  }

  #isProjected(run: LoadedRun): boolean {
    return this.#store.readCursor("projection").seq >= run.state.seq;
  }

  #placeOf(backup: string, piece: number) {
    return { backup, runId: this.#host.runId, piece };
  }

  #refuse(what: string) {
    return refuse({
      code: "restore_refused",
      detail: `${this.#host.runId}: ${what.replace(/\.$/, "")}.`,
    });
  }
}
