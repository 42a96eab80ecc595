/**
 * `npm run exit-criteria`: the seven criteria that the source ends with, each shown by commands
 * that are run here and now, with their figures in a table at the end. `docs/exit-criteria.md` has
 * a line for each. A criterion is met when every command succeeds and prints the figure that its
 * check asks for.
 */
import { runShown } from "./shown-command.ts";

export interface Check {
  /** Run by a shell in the root of the repository, with the installed programs on its path. */
  command: string;
  /** The figure in what the command prints; the first group is shown in the table. */
  figure: RegExp;
}

export interface Criterion {
  title: string;
  checks: Check[];
}

/** Tests that vitest counted as passed, and none failed. */
const TESTS = /Tests {2}(\d+ passed) \(/;
const SCENARIOS = /^(\d+ scenarios) \(\d+ passed\)/m;
const PAIRS = /^(\d+ of \d+ pairs match: [\d.]+ %)/m;

const vitest = (project: string, ...paths: string[]): Check => ({
  command: ["npm run --silent", project, ...(paths.length === 0 ? [] : ["--", ...paths])].join(" "),
  figure: TESTS,
});

const features = (...names: string[]): Check => ({
  command: `npm run --silent features -- --profile only ${names.map((name) => `features/${name}.feature`).join(" ")}`,
  figure: SCENARIOS,
});

export const CRITERIA: Criterion[] = [
  {
    title: "A workflow is defined and validated by the API from YAML",
    checks: [
      features("workflow-creation", "workflow-versions"),
      vitest("unit", "test/workflow"),
      vitest("service", "test/service/stored-workflows.test.ts"),
    ],
  },
  {
    title: "A run starts, waits on a form, resumes, generates, is approved and completes",
    checks: [
      features("main-job", "run-execution", "idempotency", "resume-page"),
      vitest("workerd", "test/run/eviction.test.ts"),
      vitest("browser"),
    ],
  },
  {
    title: "Mock and real models work, schemas are enforced, retries can be seen",
    checks: [
      features("ai-schema-enforcement", "ai-retries", "ai-openai"),
      vitest("unit", "test/ai"),
      { command: "npm run --silent ai-success", figure: /([\d.]+ %) succeeded/ },
    ],
  },
  {
    title: "Traces and lifecycle events come with the attributes that are required",
    checks: [
      features("events"),
      vitest("unit", "test/telemetry"),
      vitest("service", "test/service/traces.test.ts", "test/service/metrics.test.ts"),
    ],
  },
  {
    title: "Stories mirror the fixtures of the scenarios, and the mocks pass the acceptance flows",
    checks: [
      vitest("stories"),
      vitest("unit", "test/mocks", "test/docs/governance.test.ts"),
      vitest("service", "test/service/mocks.test.ts"),
    ],
  },
  {
    title: "Lint, types, tests, contract lint and audit are green",
    checks: [
      { command: "npm test --silent", figure: /^(\d+ passed, 0 failed, 0 skipped)$/m },
      { command: "npm run --silent audit", figure: /^(npm audit.*)$/m },
    ],
  },
  {
    title: "Dual runs match in at least 95 % over the seed workflows",
    checks: [
      { command: "npm run --silent parity -- test/parity/service/matrix.test.ts", figure: PAIRS },
      { command: "npm run --silent parity -- test/parity/service/baseline.test.ts", figure: PAIRS },
      vitest("parity", "test/parity/service/planted.test.ts"),
    ],
  },
];

interface Shown {
  isMet: boolean;
  figure: string;
}

/** Runs a command, shows what it prints, and reads the figure. */
async function show({ command, figure }: Check): Promise<Shown> {
  const { code, printed } = await runShown(command);
  const found = figure.exec(printed)?.[1];
  if (code !== 0) return { isMet: false, figure: `failed with ${code}: ${command}` };
  if (found === undefined) return { isMet: false, figure: `no figure: ${command}` };
  return { isMet: true, figure: found };
}

async function main(numbers: readonly number[]): Promise<void> {
  const rows: string[] = [];
  for (const [index, { title, checks }] of CRITERIA.entries()) {
    if (numbers.length > 0 && !numbers.includes(index + 1)) continue;
    const shown: Shown[] = [];
    for (const check of checks) shown.push(await show(check));
    const isMet = shown.every((one) => one.isMet);
    if (!isMet) process.exitCode = 1;
    const figures = shown.map((one) => one.figure).join("; ");
    rows.push(`${index + 1}  ${isMet ? "met    " : "NOT MET"}  ${title}: ${figures}`);
  }
  console.log(`\n${rows.join("\n")}`);
}

if (import.meta.main) await main(process.argv.slice(2).map(Number));
