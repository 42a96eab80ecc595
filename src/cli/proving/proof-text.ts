/** The report of a proof. Shows the first few differences of each kind and counts the others. */
import type { JsonValue } from "#model/json.ts";
import { printable } from "../terminal/printable.ts";
import type { Proof, RunDifference } from "./prove.ts";

const MOST_SHOWN = 5;
const LONGEST_VALUE = 60;

export function proofText(proof: Proof, name: string): string {
  switch (proof.outcome) {
    case "unread":
      return `The proof cannot read ${name}: ${printable(proof.message)}`;
    case "equal": {
      const { runs, unreached } = proof;
      const gaps = unreached.length === 0 ? "" : ` No run reached: ${unreached.join(", ")}.`;
      return `Proved: the old and the new file mean the same, in ${runs} runs of each.${gaps}`;
    }
    case "different": {
      const { definition, differing, runs } = proof;
      return [
        "The old and the new file do not mean the same.",
        ...shown(definition.map((one) => lineOf(one))),
        ...(differing.length === 0
          ? []
          : [`${differing.length} of ${runs} runs differ:`, ...shown(differing.flatMap(runLines))]),
      ].join("\n");
    }
  }
}

function runLines({ tried, diffs, asked }: RunDifference): string[] {
  const [first] = [...diffs, ...asked.map((one) => ({ ...one, path: `asked${one.path}` }))];
  return first === undefined ? [] : [`${lineOf(first)}, with ${short(tried.inputs)}`];
}

function lineOf({ path, old, new: fresh }: { path: string; old?: JsonValue; new?: JsonValue }) {
  return `  ${printable(path)}: ${short(old)} became ${short(fresh)}`;
}

function short(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  const text = printable(JSON.stringify(value));
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function shown(lines: readonly string[]): string[] {
  const more = lines.length - MOST_SHOWN;
  return more > 0 ? [...lines.slice(0, MOST_SHOWN), `  and ${more} more`] : [...lines];
}
