/**
 * The globals of an isolate by the simulation: the clock, timers, randomness, the network. They are
 * put in place before the code under test is loaded and serve one simulation at a time.
 *
 * Digests and signatures are computed at once: the platform's own come from other threads, in an
 * order that no seed decides.
 */
import { createHash, createHmac } from "node:crypto";
import type { Random } from "../random.ts";
import type { Entry, Timeline } from "../timeline.ts";
import { running } from "./instance.ts";

export interface Isolate {
  readonly timeline: Timeline;
  readonly random: Random;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** A line that the service logged. */
  log(line: string): void;
}

let current: Isolate | null = null;
const timers = new Map<number, Entry>();
let lastTimer = 0;

const real = {
  Date: globalThis.Date,
  log: console.log.bind(console),
};

/** What the simulation itself prints. */
export const print = real.log;
export const realNow = (): number => real.Date.now();

export function enterIsolate(next: Isolate): void {
  current = next;
  timers.clear();
  lastTimer = 0;
}

function isolate(): Isolate {
  if (!current) throw new Error("used outside of a simulation");
  return current;
}

class SimulatedDate extends real.Date {
  constructor(...parts: [] | [number | string | Date]) {
    super(...((parts.length === 0 ? [SimulatedDate.now()] : parts) as [number]));
  }

  static override now(): number {
    if (!current) return real.Date.now();
    return current.timeline.now + (running.getStore()?.skewMs ?? 0);
  }
}

function startTimer(delayMs: number | undefined, go: () => void, isRepeated: boolean): number {
  const { timeline } = isolate();
  const id = (lastTimer += 1);
  const instance = running.getStore();
  const wait = Math.max(isRepeated ? 1 : 0, delayMs ?? 0);
  const start = () => {
    const due = () => {
      if (isRepeated) start();
      else timers.delete(id);
      go();
    };
    const entry = instance
      ? instance.setTimer(wait, "timer", due)
      : timeline.after(wait, "timer", due);
    timers.set(id, entry);
  };
  start();
  return id;
}

function stopTimer(id: number | null | undefined): void {
  const entry = timers.get(id ?? 0);
  if (!entry) return;
  entry.isCanceled = true;
  timers.delete(id ?? 0);
  running.getStore()?.timers.delete(entry);
}

type Callback = (...values: unknown[]) => void;

const keys = new WeakMap<object, Uint8Array>();

const subtle = {
  async digest(_algorithm: string, data: Uint8Array): Promise<ArrayBuffer> {
    return copied(createHash("sha256").update(data).digest());
  },
  async sign(_algorithm: string, key: object, data: Uint8Array): Promise<ArrayBuffer> {
    const bytes = keys.get(key);
    if (!bytes) throw new Error("a key that is not simulated");
    return copied(createHmac("sha256", bytes).update(data).digest());
  },
  async importKey(_format: "raw", bytes: Uint8Array): Promise<object> {
    const key = {};
    keys.set(key, new Uint8Array(bytes));
    return key;
  },
};

function copied(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

const simulatedCrypto = {
  subtle,
  getRandomValues<T extends Uint8Array | Uint32Array>(array: T): T {
    const { random } = isolate();
    for (let at = 0; at < array.length; at += 1) array[at] = random.int(2 ** 32);
    return array;
  },
  randomUUID: () => {
    const { random } = isolate();
    const digits = Array.from({ length: 32 }, () => random.int(16).toString(16)).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  },
};

/** Replaces the globals, for the rest of the process. */
export function installGlobals(): void {
  const globals = {
    Date: SimulatedDate,
    setTimeout: (go: Callback, delayMs?: number, ...values: unknown[]) =>
      startTimer(delayMs, () => go(...values), false),
    clearTimeout: stopTimer,
    setInterval: (go: Callback, delayMs?: number, ...values: unknown[]) =>
      startTimer(delayMs, () => go(...values), true),
    clearInterval: stopTimer,
    scheduler: {
      wait: (delayMs: number) =>
        new Promise<void>((resolve) => void startTimer(delayMs, resolve, false)),
    },
    fetch: (url: string, init: RequestInit = {}) => isolate().fetch(url, init),
    crypto: simulatedCrypto,
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  Math.random = () => isolate().random.next();
  console.log = (line: unknown) => {
    if (current) current.log(String(line));
    else real.log(line);
  };
}
