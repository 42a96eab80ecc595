/**
 * The layers of `npm test`: what each one runs and how its checks are counted. A layer without
 * tests of its own counts as one check.
 */
import { readFileSync } from "node:fs";
import { ROOT } from "../config/folders.ts";

/** Holds the reports and the output of the last run; CI uploads it when a step fails. */
export const REPORTS = `${ROOT}dist/reports`;

export interface Count {
  passed: number;
  failed: number;
  skipped: number;
  /** The names of the failed tests, each with the first lines of its message. */
  failures?: readonly string[];
}

export interface Layer {
  name: string;
  command: string[];
  /** What it took when it was measured last, on 2 cores: the longest layers start first. */
  seconds: number;
  /** Runs after all others and beside none, because it fails when it is starved. */
  isAlone?: boolean;
  /** Reads the counts; absent: the exit code is the one check. */
  count?: () => Count;
  /** A line that says that the check could not be run here; it counts as nothing then. */
  notRun?: RegExp;
}

export const LAYERS: readonly Layer[] = [
  script("lint", 20),
  script("types", 20, { script: "type" }),
  script("spec-check", 10),
  vitest("unit", 60),
  vitest("workerd", 180),
  vitest("service", 300),
  vitest("stories", 30),
  vitest("browser", 120),
  features(50),
  vitest("parity", 80),
  vitest("faults", 120, { isAlone: true }),
  { ...script("audit", 5), notRun: /was not run/ },
];

function script(name: string, seconds: number, { script: called = name } = {}): Layer {
  return { name, seconds, command: ["npm", "run", "--silent", called] };
}

function vitest(name: string, seconds: number, { isAlone = false } = {}): Layer {
  const report = `${REPORTS}/${name}.json`;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  return {
    name,
    seconds,
    isAlone,
    command: ["vitest", "run", "--config", `test/config/${name}.ts`, ...reporters],
    count: () => countTests(readFileSync(report, "utf8")),
  };
}

function features(seconds: number): Layer {
  const report = `${REPORTS}/features.ndjson`;
  return {
    name: "features",
    seconds,
    command: [
      "cucumber-js",
      "--config=features/cucumber.json",
      "--format=progress",
      `--format=message:${report}`,
    ],
    count: () => countScenarios(readFileSync(report, "utf8")),
  };
}

/** What is read of vitest's report. */
interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

/** Tests by status, from vitest's report. */
function countTests(text: string): Count {
  const report = JSON.parse(text) as TestReport;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: report.testResults.flatMap(failuresOf),
  };
}

/** A file that failed as a whole, by an import or a hook, has no failed test of its own. */
function failuresOf({ name, status, message, assertionResults }: TestReport["testResults"][0]) {
  const file = name.replace(ROOT, "");
  const failed = assertionResults
    .filter((one) => one.status === "failed")
    .map((one) => `${file}: ${one.fullName}\n${beginning(one.failureMessages.join("\n"))}`);
  return failed.length === 0 && status === "failed" ? [`${file}\n${beginning(message)}`] : failed;
}

function beginning(message: string): string {
  const lines = message.split("\n").slice(0, 12);
  return lines.map((line) => `    ${line.slice(0, 300)}`).join("\n");
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
