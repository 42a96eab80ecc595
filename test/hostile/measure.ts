/**
 * What one hostile input costs: CPU time of this thread, of inputs that were never seen before,
 * since a second look at the same one would measure caches. Scaled by a floor that is measured in
 * the same process, so that figures of two machines can be compared.
 */
import { leastCpuMs, measureFloorMs } from "../support/effort.ts";

/** An input that is ready, and the work it causes. */
export interface Prepared {
  bytes: number;
  work: () => unknown;
}

export interface HostileInput {
  /** What the input is sent to. */
  entry: string;
  name: string;
  /** Scaled ms of CPU that it may cost. */
  mostMs: number;
  /** `share` of its full size, which is the largest that the limits let through, or 256 KB. */
  prepare(share: number, salt: string): Prepared;
  /** What people send to the same place, in as many bytes. */
  ordinary(bytes: number, salt: string): Prepared;
}

/** Inputs of one entry point by their names. */
export type Cases = Record<string, HostileInput["prepare"]>;

export function under(
  entry: string,
  cases: Cases,
  ordinary: HostileInput["ordinary"],
): HostileInput[] {
  return Object.entries(cases).map(([name, prepare]) => ({
    entry,
    name,
    mostMs: 150,
    prepare,
    ordinary,
  }));
}

export interface Cost {
  input: HostileInput;
  bytes: number;
  /** Scaled ms of CPU. */
  ms: number;
  ordinaryMs: number;
  /** Against an input of half the size; null: the input itself is not larger, only what it asks for. */
  growth: number | null;
}

/** What the floor takes on the machine that the budget of 150 ms was set on. */
const FLOOR_MS = 10;
/** Shorter work is measured several times over: the clock of a thread may tick every 4 ms only. */
const LEAST_MEASURED_MS = 30;
/** Below this, growth is that of set-up and not of the input. */
const GROWTH_FROM_MS = 5;

let salts = 0;

/** How much slower this machine is at the moment than the one the budget was set on. */
export function machineScale(): number {
  return measureFloorMs() / FLOOR_MS;
}

/** The least of `times` measurements, in scaled ms of CPU. */
function costOf(times: number, scale: number, prepare: (salt: string) => Prepared): number {
  const first = once(prepare, 1);
  // What takes long is not measured often: the first figure says enough.
  if (first > 400 * scale) return first / scale;
  const copies = Math.min(60, Math.max(1, Math.ceil(LEAST_MEASURED_MS / Math.max(first, 0.01))));
  const all = Array.from({ length: times }, () => once(prepare, copies) / copies);
  return Math.min(...all) / scale;
}

function once(prepare: (salt: string) => Prepared, copies: number): number {
  const prepared = Array.from({ length: copies }, () => prepare(`s${(salts += 1)}`));
  return leastCpuMs(1, () => {
    for (const { work } of prepared) attempt(work);
  });
}

/** Refusing is an answer too, and costs what it costs. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

export function measure(input: HostileInput, scale: number, times = 3): Cost {
  const { bytes } = input.prepare(1, "size");
  const isLarger = bytes > 1.5 * input.prepare(0.5, "size").bytes;
  // The half first: it warms up what the whole needs too. In turns, since the machine has moods.
  let [halfMs, ms] = [Infinity, Infinity];
  for (let count = 0; count < times; count += 1) {
    halfMs = Math.min(
      halfMs,
      costOf(1, scale, (salt) => input.prepare(0.5, salt)),
    );
    ms = Math.min(
      ms,
      costOf(1, scale, (salt) => input.prepare(1, salt)),
    );
  }
  const growth = isLarger ? ms / Math.max(halfMs, 0.001) : null;
  const ordinaryMs = costOf(times, scale, (salt) => input.ordinary(bytes, salt));
  return { input, bytes, ms, ordinaryMs, growth };
}

/** What is wrong with a cost, or null. */
export function excess({ input, ms, growth }: Cost, mostGrowth = 2.5): string | null {
  if (ms > input.mostMs) return `costs ${ms.toFixed(0)} ms, at most ${input.mostMs}`;
  if (growth !== null && ms >= GROWTH_FROM_MS && growth > mostGrowth) {
    return `grows ${growth.toFixed(2)} × when doubled, at most ${mostGrowth}`;
  }
  return null;
}
