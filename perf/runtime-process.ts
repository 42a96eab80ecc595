/**
 * The process of the runtime: its CPU time, the databases it has open, and its calls of fsync, as
 * the kernel counts them. Linux only; what cannot be counted is said, and not estimated.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { pause } from "./statistics.ts";

/** The child of this process that runs workerd. */
export function runtimePids(): number[] {
  const tasks = readdirSync("/proc/self/task");
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );
  return children.map(Number).filter((pid) => commandOf(pid).includes("workerd"));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

/** CPU time of the process so far, user and system, in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name is in parentheses and may have spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

const TICK_MS = 1000 / Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout);

/** How many databases of objects of this class the process has open. */
export function openDatabases(pid: number, className: string): number {
  let open = 0;
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const path = readlinkSync(`/proc/${pid}/fd/${fd}`);
      if (path.includes(className) && path.endsWith(".sqlite")) open += 1;
    } catch {
      // It was closed meanwhile.
    }
  }
  return open;
}

/** What a file belongs to, by its path. */
export type Syncs = Record<"run objects" | "alarms" | "D1" | "others", number>;

export type Counted = { ok: true; syncs: Syncs } | { ok: false; reason: string };

/** Counts the calls of fsync and fdatasync that the processes make during the work. */
export async function countSyncs(
  pids: readonly number[],
  work: () => Promise<void>,
): Promise<Counted> {
  if (spawnSync("strace", ["-V"], { stdio: "ignore" }).status !== 0) {
    return { ok: false, reason: "strace is not installed" };
  }
  const child = spawn(
    "strace",
    ["-f", "-y", "-e", "trace=fsync,fdatasync", ...pids.flatMap((pid) => ["-p", String(pid)])],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let text = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (part: string) => (text += part));
  const attached = await until(() => text.includes("attached") || child.exitCode !== null);
  if (!attached || child.exitCode !== null) {
    return { ok: false, reason: `strace cannot attach: ${text.trim()}` };
  }
  await work();
  await ended(child);
  return { ok: true, syncs: readSyncs(text) };
}

async function until(holds: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    if (holds()) return true;
    await pause(10);
  }
  return false;
}

async function ended(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGINT");
  await closed;
}

function readSyncs(text: string): Syncs {
  const syncs: Syncs = { "run objects": 0, alarms: 0, D1: 0, others: 0 };
  // A call that another thread interrupts has two lines; only the first one has the path.
  for (const [, path = ""] of text.matchAll(/f(?:data)?sync\(\d+<([^>]*)>/g)) {
    syncs[ownerOf(path)] += 1;
  }
  return syncs;
}

function ownerOf(path: string): keyof Syncs {
  // The alarms of a class are in a file beside its objects.
  if (path.includes("alarm") || path.includes("metadata")) return "alarms";
  if (path.includes("RunObject")) return "run objects";
  return path.includes("D1DatabaseObject") || path.includes("/d1/") ? "D1" : "others";
}
