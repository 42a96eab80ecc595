/**
 * Archives runs that ended before the cutoff: walks the rows of runs in D1 and asks each object to
 * let its run go. The object decides, and does it; here is the walk.
 *
 * 1. A turn is bounded in rows read, objects asked and time, and goes on where the last one ended.
 * 2. A run that cannot be archived is logged and counted, and passed: it comes again in the next
 *    walk, and keeps no other waiting.
 * 3. Everything may happen twice: an object that was asked before answers the same.
 */
import { type EndedRun, markArchived, pageOfEnded, type WalkPosition } from "#db/retention.ts";
import type { JsonObject } from "#model/json.ts";
import type { ArchiveResult, Reply } from "#model/run-rpc.ts";
import { secretsKeyRing } from "#settings.ts";
import type { Task, Turn } from "./cron.ts";

const DAY_MS = 24 * 3600 * 1000;
/** Rows of a page. With two pages in one turn, objects asked stay below 1,000 calls. */
const PAGE = 300;
/** Objects that a turn asks before it ends. */
const MOST_ASKED = 300;
/** Rows that a turn reads before it ends. */
const MOST_READ = 6_000;
/** Objects asked at the same time: the platform has six connections for a Worker. */
const SIDE_BY_SIDE = 6;
/** From the end of a walk to the next. */
const PAUSE_MS = 3600 * 1000;

/** By which the walk goes, one after the other. */
const STATUSES = ["completed", "failed", "canceled"] as const;

export const retention: Task = {
  name: "retention",
  async turn(turn) {
    const days = turn.settings.RETENTION_DAYS;
    if (days === 0) return { state: null, pauseMs: PAUSE_MS };
    const ring = await secretsKeyRing(turn.settings);
    const endedBefore = new Date(turn.now - days * DAY_MS).toISOString();
    const walk = new Walk(turn, { endedBefore, keyVersion: ring.current });
    const position = await walk.from(readPosition(turn.state));
    return {
      state: position && { ...position },
      pauseMs: position ? 0 : PAUSE_MS,
      counts: walk.counts,
    };
  },
};

class Walk {
  readonly #turn: Turn;
  readonly #endedBefore: string;
  readonly #keyVersion: number;
  readonly counts = { "runs_archived|r2": 0, "runs_archived|d1": 0, archive_failures: 0 };
  #asked = 0;
  #read = 0;

  constructor(
    turn: Turn,
    { endedBefore, keyVersion }: { endedBefore: string; keyVersion: number },
  ) {
    this.#turn = turn;
    this.#endedBefore = endedBefore;
    this.#keyVersion = keyVersion;
  }

  /** Where the next turn goes on; null: the walk is at its end. */
  async from(start: WalkPosition): Promise<WalkPosition | null> {
    let position: WalkPosition | null = start;
    while (position && !this.#isSpent) position = await this.#page(position);
    return position;
  }

  get #isSpent(): boolean {
    return this.#asked >= MOST_ASKED || this.#read >= MOST_READ || Date.now() >= this.#turn.until;
  }

  async #page(position: WalkPosition): Promise<WalkPosition | null> {
    const rows = await pageOfEnded(this.#turn.db, position, this.#endedBefore, PAGE);
    this.#read += rows.length;
    const last = await this.#archiveAll(rows.filter((row) => this.#isDue(row)));
    // The time was up in the middle of the page.
    if (last) return { ...position, createdAt: last.createdAt, id: last.id };
    const end = rows.length < PAGE ? undefined : rows.at(-1);
    if (end) return { ...position, createdAt: end.createdAt, id: end.id };
    const next = STATUSES[STATUSES.indexOf(position.status) + 1];
    return next ? { status: next, createdAt: "", id: "" } : null;
  }

  #isDue({ endedAt, archivedAt, archiveKeyVersion }: EndedRun): boolean {
    if (archivedAt !== null) return archiveKeyVersion !== this.#keyVersion;
    return endedAt !== null && endedAt < this.#endedBefore;
  }

  /** The last run that was asked, where the time was up before all were. */
  async #archiveAll(due: readonly EndedRun[]): Promise<EndedRun | null> {
    for (let at = 0; at < due.length; at += SIDE_BY_SIDE) {
      const some = due.slice(at, at + SIDE_BY_SIDE);
      const archived = await Promise.all(some.map((run) => this.#archive(run)));
      await markArchived(
        this.#turn.db,
        archived.flatMap((mark) => mark ?? []),
      );
      const rest = at + SIDE_BY_SIDE < due.length;
      if (rest && Date.now() >= this.#turn.until) return some.at(-1) ?? null;
    }
    return null;
  }

  async #archive({ id }: EndedRun) {
    this.#asked += 1;
    const { env, logger } = this.#turn;
    try {
      const object = env.RUNS.getByName(id);
      const reply = await object.archive({ endedBefore: this.#endedBefore });
      return this.#note(id, reply);
    } catch (error) {
      this.counts.archive_failures += 1;
      logger.defect("run not archived", error, { run_id: id });
      return null;
    }
  }

  #note(id: string, reply: Reply<ArchiveResult>) {
    if (!reply.ok) {
      this.counts.archive_failures += 1;
      const { code, detail } = reply.problem;
      this.#turn.logger.log("ERROR", "run not archived", { run_id: id, code, detail });
      return null;
    }
    const result = reply.value;
    if (result.kind === "kept") return null;
    if (result.isNew) this.counts[`runs_archived|${result.shelf}`] += 1;
    return { id, archivedAt: result.at, keyVersion: result.keyVersion };
  }
}

/** Null, or of another form: from the beginning. */
function readPosition(state: JsonObject | null): WalkPosition {
  const { status, createdAt, id } = state ?? {};
  const known = STATUSES.find((one) => one === status);
  return known && typeof createdAt === "string" && typeof id === "string"
    ? { status: known, createdAt, id }
    : { status: STATUSES[0], createdAt: "", id: "" };
}
