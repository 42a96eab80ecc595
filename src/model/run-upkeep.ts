/**
 * What an operator's tools ask of a run object beside what callers ask (`run-rpc.ts`): a sealed copy
 * for a backup, its return, the release of a run that is held, its projection written again, and
 * what its timers and sinks look like. Plain values: it crosses RPC.
 */
import type { Reply } from "./run-rpc.ts";
import type { RunStatus } from "./run.ts";

/** Where the next piece of a copy begins: in this row, after so many UTF-16 units of its line. */
export interface CopyPlace {
  table: "doc" | "log";
  key: string | number;
  offset: number;
}

export interface CopyRequest {
  /** Id of the backup; pieces open only as part of it. */
  backup: string;
  /** Number of the first piece asked for, from 0. */
  piece: number;
  /** Where it begins; null: at the beginning. */
  from: CopyPlace | null;
  /** How many pieces at most; all of them are of one moment. */
  most: number;
}

export interface RunCopy {
  /** Sealed (`archive/backup-seal.ts`), as text. */
  pieces: string[];
  next: CopyPlace | null;
  /** Differs when the run has changed: pieces of one copy have the same. */
  revision: string;
}

export interface ImportRequest {
  backup: string;
  piece: number;
  isLast: boolean;
  sealed: string;
}

export interface ImportResult {
  /** staged: more pieces are to come. imported: the run is there, and held. */
  state: "staged" | "imported";
}

export interface RebuildResult {
  /** false: D1 did not confirm yet; it is tried again. */
  isProjected: boolean;
}

/** A run object as the doctor sees it. Times are epoch ms. */
export interface RunInspection {
  status: RunStatus;
  /** `seq` of the last event. */
  seq: number;
  updatedAt: string;
  /** Id of the backup whose release the run waits for. */
  heldBy: string | null;
  /** Whether something is due to happen without a caller. */
  hasWork: boolean;
  /** Its earliest timer; null: none. */
  nextTimerAt: number | null;
  /** It had work and no alarm when its object was opened, which has set one. Said once. */
  wasUnarmed: boolean;
  projection: { seq: number; failures: number; retryAt: number };
  errorCode: string | null;
}

/** What a run object answers to the tools of an operator. */
export interface RunUpkeepRpc {
  copy(request: CopyRequest): Promise<Reply<RunCopy>>;
  importPiece(request: ImportRequest): Promise<Reply<ImportResult>>;
  /** Ends the hold; what was due meanwhile happens at once. false: the run was not held. */
  release(): Promise<Reply<{ wasHeld: boolean }>>;
  /** Writes the rows of the run in D1 again, where they are missing or behind. */
  rebuild(): Promise<Reply<RebuildResult>>;
  /** `mend`: delivers what D1 lacks, and wakes a run that is overdue. */
  inspect(mend: boolean): Promise<Reply<RunInspection>>;
}
