/**
 * `npm start`: everything that a local copy needs, in one command: settings, tables, pages, the
 * Worker, seeds. Its port is opened last, so that the first response already finds everything. `npm
 * run dev` (`--watch`) does the same and reloads when a source file changes. Stopping and starting
 * again keeps every run.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { createServer } from "node:net";
import { resolve as resolvePath } from "node:path";
import { buildPublic } from "./build.ts";
import { buildConsole } from "./build-console.ts";
import { readSettings, settingsWarnings } from "#settings.ts";
import { DEV_VARS_FILE, ensureDevVars, readDevVars } from "./dev-vars.ts";
import { findFreePort, openDoor } from "./front-door.ts";
import { noteLocalService } from "./local-service.ts";
import { port, ROOT, stateDir } from "./paths.ts";
import { seed } from "./seed.ts";
import { describeSettings, settingsOf, writeSettings } from "./start-settings.ts";
import { HeldLines } from "./terminal/held-lines.ts";
import { migrateLocal, runWrangler, spawnWrangler } from "./wrangler.ts";

const READY_WITHIN_MS = 60_000;
/** An editor writes several files at once. */
const CONSOLE_SETTLES_MS = 100;
/** Each copy has its own bundle. */
const BUNDLE_DIR = `${stateDir()}/bundle`;

async function main(isWatching: boolean): Promise<void> {
  if (!(await isFree(port()))) {
    console.error(portTaken(port()));
    process.exitCode = 1;
    return;
  }
  const isNew = ensureDevVars();
  if (isNew) console.log(`Wrote ${DEV_VARS_FILE} with random secrets.`);
  const given = settingsOf(process.env);
  const said = describeSettings(given, DEV_VARS_FILE);
  if (said !== null) console.log(said);
  const values = { ...readDevVars(), ...given };
  const settings = readSettings(values);
  for (const warning of settings.ok ? settingsWarnings(settings.settings) : settings.problems) {
    console.warn(`Settings: ${warning}`);
  }
  await buildPublic();
  if (isWatching) watchConsole();
  await migrateLocal();
  const lines = new HeldLines();
  const innerPort = await findFreePort();
  const envFiles = [DEV_VARS_FILE, writeSettings(given, stateDir())].filter(
    (file) => file !== null,
  );
  const worker = await startWorker({ isWatching, lines, innerPort, envFiles });
  const inner = `http://127.0.0.1:${innerPort}`;
  const key = values["DEV_API_KEY"] ?? "";
  try {
    await untilReady(inner, worker);
    const seeded = await seed({ url: inner, key });
    for (const line of seeded.filter((one) => !one.endsWith("already exists"))) console.log(line);
    await openDoor(port(), innerPort);
    const keyFile = given["DEV_API_KEY"] === undefined ? DEV_VARS_FILE : envFiles.at(-1);
    const devVars = resolvePath(keyFile ?? DEV_VARS_FILE);
    noteLocalService({ url: `http://127.0.0.1:${port()}`, devVars });
    const shownKey = given["DEV_API_KEY"] ? "DEV_API_KEY of the environment" : key;
    console.log(welcome(`http://127.0.0.1:${port()}`, shownKey));
    lines.forget();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    worker.kill("SIGTERM");
    process.exitCode = 1;
  }
}

interface WorkerOptions {
  isWatching: boolean;
  lines: HeldLines;
  /** Wrangler's port, which only this process uses. */
  innerPort: number;
  /** Files of settings; later ones take precedence. */
  envFiles: readonly string[];
}

/** `npm start` serves the minified bundle, as what is deployed; with `--watch` wrangler builds. */
async function startWorker({
  isWatching,
  lines,
  innerPort,
  envFiles,
}: WorkerOptions): Promise<ChildProcess> {
  const options = [
    `--config=${ROOT}wrangler.toml`,
    "--ip=127.0.0.1",
    `--port=${innerPort}`,
    "--inspector-port=0",
    `--persist-to=${stateDir()}`,
    ...envFiles.map((file) => `--env-file=${file}`),
    "--show-interactive-dev-session=false",
  ];
  if (!isWatching) {
    await runWrangler(["deploy", "--dry-run", "--minify", "--outdir", BUNDLE_DIR]);
    options.unshift(`${BUNDLE_DIR}/development.js`, "--no-bundle");
  }
  const worker = spawnWrangler(["dev", ...options], ["inherit", "pipe", "pipe"]);
  if (worker.stdout) lines.read(worker.stdout, process.stdout);
  if (worker.stderr) lines.read(worker.stderr, process.stderr);
  worker.once("close", (code) => {
    lines.show();
    process.exit(process.exitCode ?? code ?? 1);
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => worker.kill(signal));
  }
  return worker;
}

/** Wrangler watches only the Worker; it serves a new build of the console at once. */
function watchConsole(): void {
  let building: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const build = async () => {
    try {
      await buildConsole();
    } catch (error) {
      // A syntax error while editing must not end the watch: the old build is served until the next
      // change.
      console.error(error instanceof Error ? error.message : error);
    }
  };
  watch(`${ROOT}src/console`, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      building = building.then(build);
    }, CONSOLE_SETTLES_MS);
  });
}

/** Otherwise another copy would respond instead of this one, and get its seeds. */
async function isFree(wanted: number): Promise<boolean> {
  const server = createServer().listen(wanted, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}

function portTaken(taken: number): string {
  return `Port ${taken} is in use, perhaps by another copy. Stop that one, or start a second copy:
  PORT=${taken === 65_535 ? taken - 1 : taken + 1} STATE_DIR=.wrangler/second npm start`;
}

async function untilReady(url: string, worker: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && worker.exitCode === null) {
    const isUp = await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      // The port is not open yet.
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The service did not respond at ${url} within ${READY_WITHIN_MS / 1000} s.`);
}

function welcome(url: string, key: string): string {
  return `
Workflow Orchestrator is ready.

  Console  ${url}/
  API      ${url}/v1, described at ${url}/docs
  API key  ${key}

Sign in to the console with the key. State is kept in ${stateDir()}.
From here on come the log lines of the service. Stop with Ctrl+C.
`;
}

await main(process.argv.includes("--watch"));
