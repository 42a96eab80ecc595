/**
 * `npm run exit-criteria`: the seven criteria that the source ends with, each shown by commands
 * that are run here and now, with their figures in a table at the end. `docs/exit-criteria.md` has
 * a line for each. A criterion is met when every command succeeds and prints the figure that its
 * check asks for.
 */
import { spawn } from "node:child_process";
import { ROOT } from "../../src/cli/paths.ts";

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
const TESTS = /Tests\s+(\d+ passed) \(/;
const SCENARIOS = /^(\d+ scenarios? )\((?:\d+ passed)\)/m;

const vitest = (project: string, ...files: string[]): Check => ({
  command: ["vitest run --config test/vitest.config.ts --project", project, ...files].join(" "),
  figure: TESTS,
});

const features = (...names: string[]): Check => ({
  command: `cucumber-js --config features/cucumber.json --profile only ${names.map((name) => `features/${name}.feature`).join(" ")}`,
  figure: SCENARIOS,
});

export const CRITERIA: Criterion[] = [
  {
    title: "Define and validate a workflow by the API from YAML",
    checks: [
      features("workflow-creation", "workflow-versions"),
      vitest("unit", "test/workflow"),
      vitest("service", "test/service/stored-workflows.test.ts"),
    ],
  },
  {
    title: "Start → wait on form → resume → ai_generate → approval → complete",
    checks: [
      features("main-job", "run-execution", "idempotency"),
      vitest("workerd", "test/run/eviction.test.ts"),
      { command: "npm run --silent browser", figure: TESTS },
    ],
  },
  {
    title: "Mock and real AI work, schemas are enforced, retries can be seen",
    checks: [
      features("ai-schema-enforcement", "ai-retries", "ai-openai"),
      vitest("unit", "test/ai"),
      { command: "npm run --silent ai-success", figure: /(\d[\d.,]* % )/ },
    ],
  },
  {
    title: "Traces and lifecycle events with the required attributes",
    checks: [features("events"), vitest("unit", "test/telemetry")],
  },
  {
    title: "Stories mirror the fixtures of the scenarios, mocks pass the acceptance flows",
    checks: [{ command: "npm run --silent stories", figure: TESTS }],
  },
  {
    title: "CI: lint, types, tests, contract lint, audit",
    checks: [{ command: "npm test --silent", figure: /^(\d+ passed, 0 failed, 0 skipped)$/m }],
  },
  {
    title: "Dual-run parity of at least 95 % over the seed workflows",
    checks: [{ command: "npm run --silent parity", figure: /(\d[\d.]* %)/ }],
  },
];

interface Shown {
  isMet: boolean;
  figure: string;
}

/** Runs a command, shows what it prints, and reads the figure. */
async function show({ command, figure }: Check): Promise<Shown> {
  console.log(`\n── ${command}`);
  const child = spawn("bash", ["-c", command], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      PATH: `${ROOT}node_modules/.bin:${process.env["PATH"]}`,
    },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      process.stdout.write(chunk);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
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
