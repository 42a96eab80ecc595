/** The service under test from outside: started, killed, asked by HTTP, and D1 read beside it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { freePort } from "../../support/free-port.ts";
import type { BuiltWorker } from "./build.ts";
import type { Query, RuntimeOptions, Told } from "./runtime.ts";

const RUNTIME = fileURLToPath(new URL("runtime.ts", import.meta.url));

export interface Answer {
  status: number;
  text: string;
  headers: Headers;
}

export type Row = Record<string, unknown>;

interface Waiting {
  resolve(rows: Row[]): void;
  reject(error: Error): void;
}

interface Spawned {
  child: ChildProcess;
  output(): string;
}

export class KillableService {
  readonly state: string;
  readonly url: string;
  readonly #folder: string;
  readonly #options: Omit<RuntimeOptions, "isFirst">;
  #child: ChildProcess | null = null;
  #next: Spawned | null = null;
  #isFirst = true;
  #queries = 0;
  readonly #waiting = new Map<number, Waiting>();

  private constructor(folder: string, options: Omit<RuntimeOptions, "isFirst">) {
    this.#folder = folder;
    this.#options = options;
    this.state = options.state;
    this.url = `http://127.0.0.1:${options.port}`;
  }

  static async create(
    folder: string,
    worker: BuiltWorker,
    bindings: Record<string, string>,
  ): Promise<KillableService> {
    const port = await freePort();
    mkdirSync(`${folder}/tmp`, { recursive: true });
    return new KillableService(folder, { worker, bindings, port, state: `${folder}/state` });
  }

  /** Resolves when requests are answered; returns how long that took, in ms. */
  async start(): Promise<number> {
    const startedAt = Date.now();
    const options: RuntimeOptions = { ...this.#options, isFirst: this.#isFirst };
    this.#isFirst = false;
    const { child, output } = this.#next ?? this.#spawn();
    this.#next = null;
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.on("message", (told: Told) => (told.kind === "ready" ? resolve() : this.#take(told)));
      child.once("exit", (code) => {
        for (const one of this.#waiting.values()) one.reject(new Error("the runtime has ended"));
        this.#waiting.clear();
        reject(new Error(`the runtime ended with ${code}:\n${output()}`));
      });
      child.send(options);
    });
    this.#next = this.#spawn();
    return Date.now() - startedAt;
  }

  /** A process that has loaded its modules by the time it is needed: that is half of a start. */
  #spawn(): Spawned {
    const child = spawn(process.execPath, [RUNTIME], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: {
        ...process.env,
        // What a killed process leaves in its temporary folder goes with that of the harness.
        TMPDIR: `${this.#folder}/tmp`,
        // Miniflare is six megabytes of source.
        NODE_COMPILE_CACHE: `${this.#folder}/cache`,
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
    }
    return { child, output: () => output };
  }

  /** kill -9 of the process group. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    await end(child);
  }

  async dispose(): Promise<void> {
    await this.kill();
    await end(this.#next?.child ?? null);
    this.#next = null;
  }

  /** Rows of D1, read past the service. */
  rows(sql: string, values: (string | number)[] = []): Promise<Row[]> {
    const child = this.#child;
    if (child?.connected !== true) return Promise.reject(new Error("the runtime is not there"));
    const id = (this.#queries += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const query: Query = { id, sql, values };
      child.send(query, (error) => {
        if (error === null || !this.#waiting.delete(id)) return;
        reject(error);
      });
    });
  }

  /** Throws when no answer came. */
  async call(
    method: string,
    path: string,
    token: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  #take(told: Exclude<Told, { kind: "ready" }>): void {
    const waiting = this.#waiting.get(told.id);
    this.#waiting.delete(told.id);
    if (told.kind === "rows") waiting?.resolve(told.rows);
    else waiting?.reject(new Error(told.message));
  }
}

async function end(child: ChildProcess | null): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  process.kill(-child.pid, "SIGKILL");
  await ended;
}
