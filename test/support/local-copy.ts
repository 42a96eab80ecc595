/** A local copy as `npm start` makes it, in a process group of its own that can be killed whole. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { runWrangler } from "#cli/wrangler.ts";
import { type Run, runSchema } from "#model/run.ts";
import { SETTING_NAMES } from "#settings.ts";
import { freePort } from "./free-port.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const COPY_KEY = `wo_faultsfaul_${"a".repeat(32)}`;

export class LocalCopy {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | null = null;
  #output = "";

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** `settings` are lines of .dev.vars. */
  static async create(settings: string[] = []): Promise<LocalCopy> {
    const folder = mkdtempSync(`${tmpdir()}/workflow-faults-`);
    const vars = [
      "ENVIRONMENT=development",
      `SERVER_SECRET=${"s".repeat(40)}`,
      `DEV_API_KEY=${COPY_KEY}`,
      ...settings,
    ];
    writeFileSync(`${folder}/dev.vars`, `${vars.join("\n")}\n`);
    return new LocalCopy(folder, await freePort());
  }

  /** What the command has printed since it was started last. */
  get output(): string {
    return this.#output;
  }

  get port(): number {
    return this.#port;
  }

  /** Resolves when the welcome has been printed. `environment`: variables that are set beside. */
  async start(environment: Record<string, string> = {}): Promise<void> {
    const child = spawn(process.execPath, [`${ROOT}src/cli/start.ts`], {
      cwd: ROOT,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...withoutSettings(),
        ...environment,
        PORT: String(this.#port),
        STATE_DIR: `${this.#folder}/state`,
        DEV_VARS: `${this.#folder}/dev.vars`,
      },
    });
    this.#child = child;
    this.#output = "";
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        this.#output += chunk.toString();
        if (this.#output.includes("Workflow Orchestrator is ready.")) resolve();
      };
      child.stdout?.on("data", read);
      child.stderr?.on("data", read);
      child.once("exit", (code) => reject(new Error(`start ended with ${code}:\n${this.#output}`)));
    });
  }

  /** kill -9 of the whole process group: the command, wrangler and workerd at once. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    // A start that failed has left no group to kill, and its "close" has come already.
    if (child?.pid === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    process.kill(-child.pid, "SIGKILL");
    await ended;
  }

  get authorization(): string {
    return `Bearer ${COPY_KEY}`;
  }

  /** Where the databases of the copy are. */
  get stateFolder(): string {
    return `${this.#folder}/state`;
  }

  /** Everything that it had stored is gone. It must not be running. */
  destroyState(): void {
    rmSync(this.stateFolder, { recursive: true, force: true });
  }

  /** An empty database of the release that had so many migrations. It must not be running. */
  async migrateTo(count: number): Promise<void> {
    const config = `${ROOT}.wrangler-${this.#port}.toml`;
    const migrations = `${this.#folder}/migrations`;
    mkdirSync(migrations);
    const files = readdirSync(`${ROOT}migrations`).filter((name) => name.endsWith(".sql"));
    for (const name of files.toSorted().slice(0, count)) {
      copyFileSync(`${ROOT}migrations/${name}`, `${migrations}/${name}`);
    }
    const text = readFileSync(`${ROOT}wrangler.toml`, "utf8");
    writeFileSync(config, text.replaceAll('"migrations"', JSON.stringify(migrations)));
    try {
      const state = ["--local", "--persist-to", this.stateFolder, "--config", config];
      await runWrangler(["d1", "migrations", "apply", "DB", ...state]);
    } finally {
      rmSync(config);
    }
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${COPY_KEY}`,
        ...(body ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  }

  async run(
    method: string,
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<Run> {
    const response = await this.call(method, path, body, headers);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return runSchema.parse(JSON.parse(text));
  }

  async untilEnded(runId: string, withinMs: number): Promise<Run> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const run = await this.run("GET", `/v1/executions/${runId}`);
      if (run.ended_at !== undefined) return run;
      if (Date.now() > deadline) throw new Error(`still ${run.status} after ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The settings of the person who runs the tests are not those of the copy. */
function withoutSettings(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => !SETTING_NAMES.includes(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}
