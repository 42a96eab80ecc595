/**
 * Waits until every run has settled and everything that follows from it was delivered, by the rows
 * of D1 and the receivers alone: a request would open the object, and wake one that is stranded.
 */
import type { Finding } from "./audit-run.ts";
import type { KillableService } from "./service.ts";

/** R5: after the last fault, beyond the runs' own timers. */
const SETTLED_WITHIN_MS = 10_000;
/** A call that is held, and the pauses between the tries of a step. */
const OWN_TIMERS_MS = 5_000;
/** Nothing has changed for so long: longer than the watchdog, and than any pause of a sink. */
const STILL_FOR_MS = 6_500;
const GIVEN_UP_AFTER_MS = 20_000;

interface Settled {
  found: Finding[];
  /** From the last start until the last run had settled. */
  settledMs: number;
}

/** `since`: of the last start, epoch ms. `runIds`: acknowledged. `delivered`: grows with each delivery. */
export async function untilSettled(
  service: KillableService,
  runIds: ReadonlySet<string>,
  since: number,
  delivered: () => number,
): Promise<Settled> {
  let settledAt: number | null = null;
  let seen = "";
  let changedAt = Date.now();
  for (;;) {
    const rows = await service.rows("SELECT id, status, seq FROM runs");
    const open = rows.filter(({ status }) => status === "running" || status === "queued");
    const known = new Set(rows.map(({ id }) => String(id)));
    const missing = [...runIds].filter((id) => !known.has(id));
    const now = Date.now();
    if (open.length === 0 && missing.length === 0) settledAt ??= now;
    else settledAt = null;
    const sum = rows.reduce((total, { seq }) => total + Number(seq), 0);
    const state = `${sum} ${rows.length} ${delivered()}`;
    if (state !== seen) changedAt = now;
    seen = state;
    if (settledAt !== null && now - changedAt > STILL_FOR_MS) {
      return { found: [], settledMs: settledAt - since };
    }
    if (settledAt === null && now - since > SETTLED_WITHIN_MS + OWN_TIMERS_MS) {
      const stuck = open.map(({ id, status }) => stuckOf(String(id), `still ${String(status)}`));
      const gone = missing.map((id) => stuckOf(id, "acknowledged, and without a row"));
      return { found: [...stuck, ...gone], settledMs: now - since };
    }
    if (now - since > SETTLED_WITHIN_MS + OWN_TIMERS_MS + GIVEN_UP_AFTER_MS) {
      return {
        found: [stuckOf("all", "rows and deliveries go on changing")],
        settledMs: now - since,
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function stuckOf(runId: string, what: string): Finding {
  return { kind: "stuck", runId, what };
}
