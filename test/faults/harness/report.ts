/** A trial in words: what was done, and what was found. */
import { cpus, release, type } from "node:os";
import type { Finding } from "./audit-run.ts";
import type { TrialReport } from "./trial.ts";

const SHOWN = 40;

export function reportLines(report: TrialReport): string[] {
  const { plan, kills, writes, found } = report;
  const all = writes.start + writes.answer + writes.decide + writes.cancel;
  const count = (...kinds: Finding["kind"][]) =>
    found.filter(({ kind }) => kinds.includes(kind)).length;
  const [processor] = cpus();
  return [
    `seed ${plan.seed}, ${kills} kills, and ${report.again} in a recovery, in ${report.seconds} s; ${new Date().toISOString().slice(0, 10)}, ${type()} ${release()}, ${cpus().length} cores (${processor?.model.trim() ?? "unknown"}), Node ${process.version}`,
    `acknowledged writes  ${all}: ${writes.start} starts, ${writes.answer} answers, ${writes.decide} decisions, ${writes.cancel} cancels; at least ${report.leastWrites} between two kills`,
    `effects in flight    at ${report.inFlight} kills; ${report.calls} calls at the witness, ${report.repeats} again with the same key after a kill, ${report.unknown} outcome_unknown, ${report.late} after a cancel`,
    `audited              ${report.runs} runs, ${report.events} events, ${report.replayed} keys sent again`,
    `restart              ${middle(report.restartMs)} ms (median), at most ${Math.max(0, ...report.restartMs)} ms`,
    `settled              at most ${Math.max(0, ...report.settledMs)} ms after the last restart of a round`,
    `lost                 ${count("lost")}`,
    `repeated             ${count("repeated")}`,
    `stuck                ${count("stuck")}`,
    `differing rows       ${count("differs")}`,
    `illegal logs         ${count("illegal log")}`,
    `not delivered        ${count("not delivered")}`,
    `unexpected           ${count("unexpected")}`,
    ...found.slice(0, SHOWN).map((one) => `✗ ${findingLine(report, one)}`),
    ...(found.length > SHOWN ? [`… and ${found.length - SHOWN} more`] : []),
  ];
}

/** What a harness that did its work has to have done. */
export function shortfalls({ kills, inFlight, leastWrites }: TrialReport): string[] {
  return [
    ...(leastWrites < 20 ? [`only ${leastWrites} acknowledged writes before a kill`] : []),
    ...(inFlight * 3 < kills ? [`an effect was in flight at only ${inFlight} kills`] : []),
  ];
}

function findingLine({ plan, kills }: TrialReport, { kind, runId, what, kill }: Finding): string {
  const found = `found after kill ${kill ?? kills} of ${plan.kills.length}`;
  return `seed ${plan.seed}, ${found} · ${kind} · ${runId} · ${what}`;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
