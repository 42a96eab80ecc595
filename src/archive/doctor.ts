/**
 * Looks for what is stuck, lagging or poisoned, and mends what can be mended: page by page over the
 * runs that D1 takes for active, then those that failed lately, oldest first; then claims of keys
 * whose call was lost. `judge.ts` decides what is wrong.
 */
import { z } from "zod";
import { openDatabase } from "#db/database.ts";
import { listByStatus, type StatusPlace } from "#db/run-ids.ts";
import { readNote } from "#db/service-state.ts";
import { forgetLostClaims, listLostClaims } from "#db/write-keys.ts";
import type { Env } from "#env.ts";
import type { Finding, KnownRun } from "#model/doctor.ts";
import { RUN_STATUSES, type RunStatus } from "#model/run.ts";
import type { Logger } from "#telemetry/logger.ts";
import type { Task } from "./cron.ts";
import { isMendable, judgeRun } from "./judge.ts";

type Bindings = Pick<Env, "DB" | "RUNS">;

/** Objects that one page opens. */
const RUNS_PER_PAGE = 50;
/** Failed runs are looked at for this long, for those that are poisoned. */
const FAILED_FOR_MS = 7 * 24 * 3600 * 1000;
const STATUSES = ["queued", "running", "waiting", "failed"] as const satisfies RunStatus[];

export interface Examination {
  examined: number;
  findings: Finding[];
  /** Where the next page begins; null: this was the last. */
  next: StatusPlace | null;
}

export async function examine(
  env: Bindings,
  { after, mend }: { after: StatusPlace | null; mend: boolean },
): Promise<Examination> {
  const db = openDatabase(env.DB);
  const now = Date.now();
  const restore = await readNote(db, "restore");
  const restoring = restore && restore.state !== "released" ? restore.backup : null;
  const status = after?.status ?? STATUSES[0];
  const since = status === "failed" ? new Date(now - FAILED_FOR_MS).toISOString() : "";
  const place = after ?? { status, created_at: "", id: "" };
  const rows = await listByStatus(db, place, since, RUNS_PER_PAGE);
  const look = { env, now, restoring, mend };
  const judged = await Promise.all(rows.map((row) => examineRun(look, row)));
  const next = nextPlace(status, rows);
  const claims = next === null ? await examineClaims(env, now, mend) : [];
  return { examined: rows.length, findings: [...judged.flat(), ...claims], next };
}

function nextPlace(status: StatusPlace["status"], rows: readonly KnownRun[]): StatusPlace | null {
  const last = rows.at(-1);
  if (last && rows.length === RUNS_PER_PAGE) {
    return { status, created_at: last.created_at, id: last.id };
  }
  const following = STATUSES[STATUSES.findIndex((one) => one === status) + 1];
  return following === undefined ? null : { status: following, created_at: "", id: "" };
}

interface Look {
  env: Bindings;
  now: number;
  restoring: string | null;
  mend: boolean;
}

async function examineRun({ env, now, restoring, mend }: Look, row: KnownRun): Promise<Finding[]> {
  const object = env.RUNS.getByName(row.id);
  const inspect = async (isMending: boolean) => {
    const reply = await object.inspect(isMending);
    return reply.ok ? reply.value : null;
  };
  const found = judgeRun(row, await inspect(false), now, restoring);
  if (!mend || !found.some(isMendable)) return found;
  await inspect(true);
  const after = await inspect(false);
  const isProjected = after !== null && after.projection.seq >= after.seq;
  return found.map((finding) => {
    const isRow = finding.kind === "row_behind" || finding.kind === "projection_failing";
    if (!isMendable(finding) || (isRow && !isProjected)) return finding;
    const advice = isRow ? "D1 has it now." : "It was woken.";
    return { ...finding, advice, is_mended: true };
  });
}

/** A claim whose lease is over blocks nothing; its key is remembered as if under way. */
async function examineClaims({ DB }: Bindings, now: number, mend: boolean): Promise<Finding[]> {
  const db = openDatabase(DB);
  const lost = await listLostClaims(db, now);
  if (mend && lost.length > 0) await forgetLostClaims(db, now);
  return lost.map(({ principalId, createdAt, leaseUntil }) => ({
    kind: "claim_hangs" as const,
    seen: `A call of ${principalId} from ${createdAt} was to end by ${leaseUntil}, and left no answer.`,
    advice: mend
      ? "The key is free again."
      : "The next request with its key makes the call again; `workflow doctor --fix` frees it.",
    is_mended: mend,
  }));
}

/** Between two walks over all that is under way. */
const PAUSE_MS = 3600 * 1000;
/** Pages of one turn. */
const PAGES = 4;

const stateSchema = z.object({
  after: z.object({ status: z.enum(RUN_STATUSES), created_at: z.string(), id: z.string() }),
});

/** The same walk in turns of a few pages, mended; what is left to do is logged. */
export const doctor: Task = {
  name: "doctor",
  async turn({ env, logger, state, until }) {
    const known = stateSchema.safeParse(state);
    let after: StatusPlace | null = known.success ? known.data.after : null;
    for (let page = 0; page < PAGES && Date.now() < until; page += 1) {
      const { findings, next } = await examine(env, { after, mend: true });
      for (const finding of findings) report(logger, finding);
      after = next;
      if (next === null) return { state: null, pauseMs: PAUSE_MS };
    }
    return { state: after && { after: { ...after } }, pauseMs: 0 };
  },
};

function report(logger: Logger, { kind, run_id, seen, advice, is_mended }: Finding): void {
  logger.log(is_mended ? "INFO" : "WARN", "doctor finding", {
    kind,
    ...(run_id === undefined ? {} : { run_id }),
    seen,
    advice,
    is_mended,
  });
}
