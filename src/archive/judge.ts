/**
 * What is wrong with a run, from its row in D1 and its object. Pure. Each finding says what was seen
 * and what to do, or what a mend does.
 */
import type { Finding, FindingKind, KnownRun } from "#model/doctor.ts";
import type { RunInspection } from "#model/run-upkeep.ts";

/** Work that is this late was not only delayed. */
const LATE_MS = 60_000;

/** Kinds that `mend` can end. */
const MENDABLE: ReadonlySet<FindingKind> = new Set([
  "row_behind",
  "projection_failing",
  "not_armed",
  "overdue",
  "claim_hangs",
]);

export function isMendable({ kind }: Pick<Finding, "kind">): boolean {
  return MENDABLE.has(kind);
}

/** `seen`: null where the object has no run. `restoring`: the backup whose runs are held at present. */
export function judgeRun(
  row: KnownRun,
  seen: RunInspection | null,
  now: number,
  restoring: string | null,
): Finding[] {
  const found = (kind: FindingKind, what: string, advice: string): Finding => ({
    kind,
    run_id: row.id,
    seen: what,
    advice,
    is_mended: false,
  });
  if (!seen) {
    return [
      found(
        "run_missing",
        `D1 has a row (${row.status}, event ${row.seq}), and there is no run.`,
        "Its object is lost: restore a backup into a service without runs.",
      ),
    ];
  }
  if (seen.heldBy !== null) {
    if (seen.heldBy === restoring) return [];
    const what = `It is held by the restore of ${seen.heldBy}, which is not under way.`;
    return [found("held", what, "Run `workflow restore --release`.")];
  }
  return [
    ...judgeRow(row, seen, now, found),
    ...judgeWork(seen, now, found),
    ...(seen.errorCode === "poisoned"
      ? [
          found(
            "poisoned",
            "It failed each time it was tried, and was ended.",
            "Read its history and the log lines with its id, then start it again.",
          ),
        ]
      : []),
  ];
}

type Found = (kind: FindingKind, what: string, advice: string) => Finding;

function judgeRow(row: KnownRun, seen: RunInspection, now: number, found: Found): Finding[] {
  const { seq, projection, updatedAt } = seen;
  if (row.seq > seq) {
    const what = `D1 has event ${row.seq}, the run ends with ${seq}.`;
    return [found("row_ahead", what, "The object is older than D1: restore a backup.")];
  }
  if (projection.failures > 0 && projection.seq < seq) {
    const what = `D1 has refused ${projection.failures} times in a row.`;
    return [found("projection_failing", what, "Look at D1; the run goes on trying.")];
  }
  if (row.seq === seq || now - Date.parse(updatedAt) <= LATE_MS) return [];
  const what = `D1 has event ${row.seq} (${row.status}), the run is at ${seq} (${seen.status}).`;
  return [found("row_behind", what, "Run `workflow doctor --fix`.")];
}

function judgeWork(seen: RunInspection, now: number, found: Found): Finding[] {
  const { status, hasWork, nextTimerAt, wasUnarmed } = seen;
  if (!hasWork) {
    if (status === "waiting" || isOver(status)) return [];
    const what = `It is ${status}, and nothing is due to happen.`;
    return [found("stranded", what, "A defect: cancel it, and report its history.")];
  }
  if (nextTimerAt !== null && now - nextTimerAt > LATE_MS) {
    const what = `Its timer of ${new Date(nextTimerAt).toISOString()} has not fired.`;
    return [found("overdue", what, "Run `workflow doctor --fix`.")];
  }
  if (!wasUnarmed) return [];
  const what = "Something is due, and no alarm was set.";
  return [found("not_armed", what, "Opening it has set the alarm.")];
}

function isOver(status: RunInspection["status"]): boolean {
  return status === "completed" || status === "failed" || status === "canceled";
}
