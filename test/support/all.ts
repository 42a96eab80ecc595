/**
 * `npm test`: every check there is, one after the other, with one line at the end that adds them
 * up. Each layer says how many checks passed, failed and were skipped; a layer without tests of
 * its own counts as one.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const REPORTS = mkdtempSync(`${tmpdir()}/workflow-reports-`);
/** What workerd prints when an object is cut off on purpose. */
const NOISE = /^(uncaught exception|stack:|workerd\/)/;

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

interface Layer {
  name: string;
  command: string[];
  /** Reads the counts; absent: the exit code is the one check. */
  count?: () => Count;
  /** A line that says that the check could not be run here; it counts as nothing then. */
  notRun?: RegExp;
}

function vitest(project: string): Layer {
  const report = `${REPORTS}/${project}.json`;
  const options = ["--config", "test/vitest.config.ts", "--project", project];
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  return {
    name: project,
    command: ["vitest", "run", ...options, ...reporters],
    count: () => {
      const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
        readFileSync(report, "utf8"),
      ) as Record<string, number>;
      return {
        passed: numPassedTests ?? 0,
        failed: numFailedTests ?? 0,
        skipped: (numPendingTests ?? 0) + (numTodoTests ?? 0),
      };
    },
  };
}

function features(): Layer {
  const report = `${REPORTS}/features.ndjson`;
  return {
    name: "features",
    command: [
      "cucumber-js",
      "--config=features/cucumber.json",
      "--format=progress",
      `--format=message:${report}`,
    ],
    count: () => countScenarios(readFileSync(report, "utf8")),
  };
}

/** Scenarios by the worst status of their steps, from Cucumber's message stream. */
function countScenarios(messages: string): Count {
  const worst = new Map<string, string>();
  for (const line of messages.split("\n").filter((one) => one !== "")) {
    const message = JSON.parse(line) as {
      testCaseStarted?: { id: string };
      testStepFinished?: { testCaseStartedId: string; testStepResult: { status: string } };
    };
    if (message.testCaseStarted) worst.set(message.testCaseStarted.id, "PASSED");
    const step = message.testStepFinished;
    if (step && step.testStepResult.status !== "PASSED") {
      const known = worst.get(step.testCaseStartedId);
      if (known !== "FAILED") worst.set(step.testCaseStartedId, step.testStepResult.status);
    }
  }
  const statuses = [...worst.values()];
  const passed = statuses.filter((status) => status === "PASSED").length;
  const skipped = statuses.filter((status) => status === "SKIPPED").length;
  return { passed, skipped, failed: statuses.length - passed - skipped };
}

const LAYERS: Layer[] = [
  { name: "lint", command: ["npm", "run", "--silent", "lint"] },
  { name: "types", command: ["npm", "run", "--silent", "type"] },
  { name: "spec-check", command: ["npm", "run", "--silent", "spec-check"] },
  vitest("unit"),
  vitest("workerd"),
  vitest("service"),
  vitest("stories"),
  vitest("browser"),
  features(),
  vitest("parity"),
  vitest("faults"),
  { name: "audit", command: ["npm", "run", "--silent", "audit"], notRun: /was not run/ },
];

interface Ended {
  code: number;
  isRun: boolean;
}

async function run({ command: [program = "", ...args], notRun }: Layer): Promise<Ended> {
  let isRun = true;
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: `${ROOT}node_modules/.bin:${process.env["PATH"]}` },
  });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (notRun?.test(line)) isRun = false;
        if (!NOISE.test(line)) console.log(line);
      }
    });
    stream.on("end", () => void (rest !== "" && console.log(rest)));
  }
  const code = await new Promise<number>((resolve) =>
    child.once("close", (ended) => resolve(ended ?? 1)),
  );
  return { code, isRun };
}

function counted(layer: Layer, { code, isRun }: Ended): Count {
  if (!isRun) return { passed: 0, failed: 0, skipped: 0 };
  const one = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  if (!layer.count) return one;
  try {
    const count = layer.count();
    // A runner that failed without a failed test broke down outside of them.
    return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
  } catch {
    // No report: the runner did not get that far.
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const total: Count = { passed: 0, failed: 0, skipped: 0 };
const summary: string[] = [];
for (const layer of LAYERS) {
  console.log(`\n── ${layer.name}`);
  const startedAt = Date.now();
  const count = counted(layer, await run(layer));
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
  summary.push(
    `${layer.name.padEnd(12)}${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped (${seconds} s)`,
  );
}
rmSync(REPORTS, { recursive: true, force: true });
console.log(`\n${summary.join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
