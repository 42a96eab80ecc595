/**
 * Processes of peers: each in a group of its own, so that all that it starts is stopped with it, and
 * rests while another one is measured.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { pause } from "../statistics.ts";

const READY_MS = 60_000;

export interface Started {
  pid: number;
  /** What it has written, for a message and for the port in it. */
  output(): string;
  until(holds: () => boolean | Promise<boolean>, what: string): Promise<void>;
  /** SIGSTOP and SIGCONT of the whole group. */
  rest(): void;
  goOn(): void;
  stop(): Promise<void>;
}

interface Options {
  env?: Record<string, string>;
  cwd?: string;
  /** The user that it runs as; PostgreSQL refuses root. */
  uid?: number;
  gid?: number;
}

export function startProcess(command: readonly string[], options: Options = {}): Started {
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    ...options,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (part: string) => (text = (text + part).slice(-20_000)));
  }
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} cannot be started`);
  const signal = (name: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, name);
  };
  return {
    pid,
    output: () => text,
    until: (holds, what) => until(child, () => text, holds, `${file}: ${what}`),
    rest: () => signal("SIGSTOP"),
    goOn: () => signal("SIGCONT"),
    stop: async () => {
      signal("SIGCONT");
      signal("SIGTERM");
      const ended = child.exitCode === null ? once(child, "exit") : Promise.resolve();
      await Promise.race([ended, pause(10_000)]);
      signal("SIGKILL");
    },
  };
}

/** Those that were started last first. */
export async function stopAll(processes: readonly Started[]): Promise<void> {
  for (const one of processes.toReversed()) await one.stop();
}

/** All of these, or none: when one does not start, those before it are stopped. */
export async function together<T>(work: (started: Started[]) => Promise<T>): Promise<T> {
  const started: Started[] = [];
  try {
    return await work(started);
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

async function until(
  child: ChildProcess,
  output: () => string,
  holds: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const endsAt = Date.now() + READY_MS;
  while (!(await holds())) {
    const isOver = child.exitCode !== null || Date.now() > endsAt;
    if (isOver) throw new Error(`not ready: ${what}\n${output()}`);
    await pause(50);
  }
}

/** The processes of the group that this one leads, and those that it started. */
export function processesOf(leader: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      parents.set(pid, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [leader];
  for (const one of found) {
    for (const [pid, parent] of parents) if (parent === one) found.push(pid);
  }
  return found;
}
