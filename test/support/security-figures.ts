/**
 * What the commands behind S1 to S7 print, read as figures. A command that fails, or that prints no
 * figure, is a miss: a check that quietly stopped measuring must not look like one that passed.
 */
import type { Printed } from "./shown-command.ts";

export interface Figure {
  isMet: boolean;
  figure: string;
}

export interface Check {
  command: string;
  read: (printed: string) => Figure | null;
}

export interface Row {
  id: string;
  what: string;
  target: string;
  checks: readonly Check[];
}

export function figureOf({ command, read }: Check, { code, printed }: Printed): Figure {
  const found = read(printed);
  if (found === null) return { isMet: false, figure: `no figure by ${command}` };
  return { ...found, isMet: found.isMet && code === 0 };
}

/** The first group of a line that is printed; met when the command ends well. */
export function line(pattern: RegExp): Check["read"] {
  return (printed) => {
    const figure = pattern.exec(printed)?.[1];
    return figure === undefined ? null : { isMet: true, figure };
  };
}

/** Tests that passed; a failed one fails the command. */
export const tests: Check["read"] = (printed) => {
  const passed = /Tests\s+(?:\d+ failed \| )?(\d+) passed/.exec(printed)?.[1];
  const failed = Number(/Tests\s+(\d+) failed/.exec(printed)?.[1] ?? 0);
  if (passed === undefined) return null;
  return { isMet: failed === 0, figure: `${failed} of ${Number(passed) + failed} tests failed` };
};

/** How many values were planted, all files together, and that none was found again. */
export function planted(atLeast: number): Check["read"] {
  return (printed) => {
    const counts = [...printed.matchAll(/^\D*planted: (\d+)/gm)].map(([, count]) => Number(count));
    const ran = tests(printed);
    if (counts.length === 0 || ran === null) return null;
    const sum = counts.reduce((total, count) => total + count, 0);
    const found = ran.isMet ? "0 found" : "some were found";
    return { isMet: ran.isMet && sum >= atLeast, figure: `${found}; ${sum} planted` };
  };
}

/** The table of `npm run work`: its verdict, and the worst of its hostile inputs. */
export const work: Check["read"] = (printed) => {
  const verdict = /^(\d+) of (\d+) within their gates/m.exec(printed);
  if (verdict === null) return null;
  const rows = [...printed.matchAll(/^\| ([^|]+) \| ([^|]+) \|(?: *[\d.]+ *\|){2} *([\d.]+) \|/gm)];
  const worst = rows
    .map(([, entry = "", name = "", ms = "0"]) => ({ what: `${entry}: ${name}`, ms: Number(ms) }))
    .toSorted((a, b) => b.ms - a.ms)[0];
  const figure = `${verdict[0]}${worst ? `; worst ${worst.ms} ms (${worst.what})` : ""}`;
  return { isMet: verdict[1] === verdict[2] && Number(verdict[2]) > 0, figure };
};

const GOALS = { recall: 0.98, precision: 0.95 };
const PHONE_GOALS = { recall: 0.9, precision: 0.8 };

/** The scores on the held-out texts alone: on the others the redactor was tuned. */
export const redaction: Check["read"] = (printed) => {
  const table = /^.*held out: (\d+) texts\n((?:\s+\S+\s+recall.*\n?)+)/m.exec(printed);
  if (table === null) return null;
  const rows = [
    ...(table[2] ?? "").matchAll(/^\s+(\S+)\s+recall\s+([\d.-]+).*?precision\s+([\d.-]+)/gm),
  ];
  const scores = rows.map(([, kind = "", recall = "", precision = ""]) => {
    const goals = kind === "phone" ? PHONE_GOALS : GOALS;
    const isMet = Number(recall) >= goals.recall && Number(precision) >= goals.precision;
    return { isMet, text: `${kind} ${recall}/${precision}${isMet ? "" : " (missed)"}` };
  });
  if (scores.length === 0) return null;
  const figure = `${scores.map(({ text }) => text).join(", ")}; ${table[1]} held-out texts`;
  return { isMet: scores.every(({ isMet }) => isMet), figure };
};
