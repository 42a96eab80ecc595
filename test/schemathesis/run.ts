/**
 * `npm run schemathesis`: the same question as `npm run fuzz`, asked by a generator that others
 * wrote. It is a Python program; where Python or the registry is not there, the command says so and
 * ends well, since nothing was found wrong.
 *
 *     npm run schemathesis -- --requests 2000 --seed 7
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { ROOT } from "#cli/paths.ts";
import { openTarget, type OpenTarget } from "../fuzz/target.ts";
import { configuration, EXCLUDED } from "./configuration.ts";
import { prepareData } from "./data.ts";

const VERSION = "4.32.5";
const VENV = `${ROOT}node_modules/.cache/schemathesis-${VERSION}`;
const PROGRAM = `${VENV}/bin/schemathesis`;
/** How many examples of each operation one run draws. */
const EXAMPLES = 100;
/** A program that keeps counting nothing must not go on for ever. */
const MOST_RUNS = 40;

interface Ended {
  code: number | null;
  output: string;
}

/** `cwd`: where it leaves what it remembers. */
function execute(program: string, args: readonly string[], cwd?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    }
    child.once("error", (error) => resolve({ code: null, output: error.message }));
    child.once("close", (code) => resolve({ code, output }));
  });
}

/** Null when the program is there; else why it is not. */
async function install(): Promise<string | null> {
  if (existsSync(PROGRAM)) return null;
  mkdirSync(VENV, { recursive: true });
  for (const [program, args] of [
    ["python3", ["-m", "venv", VENV]],
    [`${VENV}/bin/pip`, ["install", "--quiet", `schemathesis==${VERSION}`]],
  ] as const) {
    const { code, output } = await execute(program, args);
    if (code === 0) continue;
    rmSync(VENV, { recursive: true, force: true });
    return `${program} ${args.join(" ")}: ${output.trim().split("\n").at(-1) ?? ""}`;
  }
  return null;
}

interface Counted {
  requests: number;
  failures: number;
}

async function once(target: OpenTarget, folder: string, seed: number): Promise<Counted> {
  const config = `${folder}/schemathesis.toml`;
  writeFileSync(config, configuration(await prepareData(target, seed)));
  const { code, output } = await execute(
    PROGRAM,
    [
      `--config-file=${config}`,
      "run",
      `${target.url}openapi.json`,
      `--header=Authorization: Bearer ${target.key}`,
      `--max-examples=${EXAMPLES}`,
      `--seed=${seed}`,
      "--continue-on-failure",
      "--request-timeout=20",
      "--generation-database=none",
      "--no-color",
    ],
    folder,
  );
  const generated = Number(/Test cases:\s+(\d+) generated/.exec(output)?.[1] ?? 0);
  const failures = Number(/generated, (\d+) found/.exec(output)?.[1] ?? 0);
  const isWell = code === 0 && generated > 0;
  if (!isWell) console.log(output);
  // It also ends with an error when it breaks down; that is no pass.
  return { requests: generated, failures: isWell ? 0 : Math.max(1, failures) };
}

async function main(requests: number, firstSeed: number): Promise<void> {
  const missing = await install();
  if (missing !== null) {
    console.log(`S1 schemathesis: was not run: ${missing}`);
    return;
  }
  for (const { check, operation, reason } of EXCLUDED) {
    console.log(
      `not checked: ${check}${operation === undefined ? "" : ` of ${operation}`}: ${reason}`,
    );
  }
  const target = await openTarget();
  const folder = mkdtempSync(`${tmpdir()}/workflow-schemathesis-`);
  const all: Counted = { requests: 0, failures: 0 };
  try {
    for (let run = 0; run < MOST_RUNS && all.requests < requests; run += 1) {
      const counted = await once(target, folder, firstSeed + run);
      all.requests += counted.requests;
      all.failures += counted.failures;
      console.log(
        `seed ${firstSeed + run}: ${counted.requests} requests, ${counted.failures} failures`,
      );
    }
  } finally {
    await target.close();
    rmSync(folder, { recursive: true, force: true });
  }
  for (const defect of target.defects().slice(0, 10)) console.log(`logged: ${defect}`);
  console.log(
    `\nS1 schemathesis: ${all.failures} failures; ${all.requests} requests, seed ${firstSeed}, schemathesis ${VERSION}`,
  );
  process.exitCode = all.failures === 0 && all.requests >= requests ? 0 : 1;
}

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
  },
});

await main(Number(values.requests), Number(values.seed));
