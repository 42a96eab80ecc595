/**
 * `npm run security`: the rows S1 to S7 of the scoreboard, each measured here and now by the
 * commands that anyone can run alone, with targets and sample sizes. Ends with 1 when one is missed.
 * `npm run security -- S4 S7` measures those. The rows are also written to
 * dist/reports/security.json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { ROOT } from "#cli/paths.ts";
import { figureOf, line, planted, redaction, type Row, tests, work } from "./security-figures.ts";
import { runShown } from "./shown-command.ts";

const PLANTS = 1_000;
const FOLDER = `${ROOT}dist/reports`;

export const ROWS: readonly Row[] = [
  {
    id: "S1",
    what: "requests made from the API description and naughty texts",
    target: "0 of 500; 0 undocumented; 20,000 each; ≥ 30 % succeed, each operation does",
    checks: [
      { command: "npm run --silent fuzz", read: line(/^S1 (fuzz: .*)$/m) },
      { command: "npm run --silent schemathesis", read: line(/^S1 (schemathesis: .*)$/m) },
    ],
  },
  {
    id: "S2",
    what: "each operation with each kind of credentials",
    target: "the right status everywhere, nothing leaked",
    checks: [{ command: "npm run --silent service -- test/service/access.test.ts", read: tests }],
  },
  {
    id: "S3",
    what: "forged, replayed, stale and foreign resume tokens",
    target: "0 accepted",
    checks: [
      { command: "npm run --silent unit -- test/security/resume-token.test.ts", read: tests },
      { command: "npm run --silent service -- test/service/resume-tokens.test.ts", read: tests },
    ],
  },
  {
    id: "S4",
    what: "spellings of private addresses that reach a witness; ordinary URLs blocked",
    target: "0 of ≥ 150; 0 of ≥ 100",
    checks: [
      {
        command: "npm run --silent unit -- test/security/ssrf.test.ts",
        read: line(/^S4 (ssrf: .*)$/m),
      },
      { command: "npm run --silent service -- test/service/ssrf.test.ts", read: tests },
    ],
  },
  {
    id: "S5",
    what: "CPU of one hostile input within the limits, and its growth when doubled",
    target: "≤ 150 ms (YAML 300); growth ≤ 2.5",
    checks: [{ command: "npm run --silent work", read: work }],
  },
  {
    id: "S6",
    what: "planted credentials, secrets and sensitive answers found where they must not be",
    target: `0 of ≥ ${PLANTS}`,
    checks: [{ command: "npm run --silent service -- canary.test.ts", read: planted(PLANTS) }],
  },
  {
    id: "S7",
    what: "redaction: recall / precision on texts that it was not tuned on",
    target: "≥ 0.98 / ≥ 0.95; phone ≥ 0.9 / ≥ 0.8",
    checks: [{ command: "npm run --silent redaction", read: redaction }],
  },
];

interface Measured extends Pick<Row, "id" | "what" | "target"> {
  isMet: boolean;
  figure: string;
}

async function measure({ id, what, target, checks }: Row): Promise<Measured> {
  const figures = [];
  for (const check of checks) figures.push(figureOf(check, await runShown(check.command)));
  return {
    id,
    what,
    target,
    isMet: figures.every(({ isMet }) => isMet),
    figure: figures.map(({ figure }) => figure).join("; "),
  };
}

async function main(ids: readonly string[]): Promise<void> {
  const unknown = ids.filter((id) => !ROWS.some((row) => row.id === id));
  if (unknown.length > 0) throw new Error(`no row is called ${unknown.join(", ")}`);
  const measured: Measured[] = [];
  for (const row of ROWS.filter(({ id }) => ids.length === 0 || ids.includes(id))) {
    measured.push(await measure(row));
  }
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const date = new Date().toISOString().slice(0, 10);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(
    `${FOLDER}/security.json`,
    `${JSON.stringify({ date, machine, rows: measured }, null, 2)}\n`,
  );
  console.log(`\n${date}, ${machine}\n`);
  for (const { id, isMet, what, figure, target } of measured) {
    console.log(
      `${id}  ${isMet ? "met   " : "MISSED"}  ${what}\n    ${figure}\n    target: ${target}`,
    );
  }
  const missed = measured.filter(({ isMet }) => !isMet).map(({ id }) => id);
  console.log(missed.length === 0 ? "\nall met" : `\nmissed: ${missed.join(", ")}`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

if (import.meta.main) await main(process.argv.slice(2));
