/** The figures of a comparison as a table, and the differences. */
import type { Paint } from "../terminal/terminal.ts";
import { printable } from "../terminal/printable.ts";
import type { WorkflowResult } from "./matrix.ts";

/** How many differing pairs of a workflow are shown, and differences of each. */
const SHOWN = 3;
const SHOWN_DIFFS = 5;
const SHOWN_LENGTH = 120;

/** At least this share of the pairs has to match, in percent. */
const NEEDED_PERCENT = 95;

export interface Totals {
  pairs: number;
  matches: number;
  completed: number;
  notTaken: number;
}

export function totalsOf(results: readonly WorkflowResult[]): Totals {
  const sum = (count: (result: WorkflowResult) => number) =>
    results.reduce((total, result) => total + count(result), 0);
  return {
    pairs: sum(({ pairs }) => pairs),
    matches: sum(({ matches }) => matches),
    completed: sum(({ completed }) => completed),
    notTaken: sum(({ notTaken }) => notTaken.length),
  };
}

/** Whether enough pairs matched and every branch was taken. */
export function isEnough({ pairs, matches, notTaken }: Totals): boolean {
  return pairs > 0 && matches * 100 >= pairs * NEEDED_PERCENT && notTaken === 0;
}

export function tableOf(results: readonly WorkflowResult[]): string {
  const rows = results.map(({ id, inputs, pairs, matches, completed, branches, notTaken }) => [
    id,
    String(inputs),
    String(pairs),
    String(matches),
    String(completed),
    `${branches - notTaken.length}/${branches}`,
  ]);
  const head = ["workflow", "inputs", "pairs", "match", "completed", "branches"];
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  "),
    )
    .join("\n");
}

export function totalLine({ pairs, matches, completed }: Totals): string {
  const percent = (part: number) => (pairs === 0 ? "0.0" : ((part * 100) / pairs).toFixed(1));
  const matched = `${matches} of ${pairs} pairs match: ${percent(matches)} %`;
  return `${matched} (${NEEDED_PERCENT} % required); ${completed} runs completed (${percent(completed)} %)`;
}

/** The differences, and the branches that no run took. */
export function findings(results: readonly WorkflowResult[], paint: Paint): string[] {
  return results.flatMap(({ id, notTaken, differences }) => [
    ...notTaken.map((branch) => paint("red", `${id}: no run took the branch ${branch}`)),
    ...differences
      .slice(0, SHOWN)
      .flatMap(({ mode, inputs, diffs }) => [
        paint("red", `${id}, mode ${mode}, inputs ${short(inputs)}`),
        ...diffs
          .slice(0, SHOWN_DIFFS)
          .map(({ path, old, new: fresh }) => `  ${path}: old ${short(old)}, new ${short(fresh)}`),
        ...more(diffs.length, SHOWN_DIFFS, "  diffs"),
      ]),
    ...more(differences.length, SHOWN, `pairs of ${id} that differ`),
  ]);
}

function more(count: number, shown: number, what: string): string[] {
  return count > shown ? [`… and ${count - shown} more ${what.trim()}`] : [];
}

function short(value: unknown): string {
  const text = printable(JSON.stringify(value));
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
