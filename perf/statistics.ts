/** Percentiles and rates of a measurement. */
import { cpus } from "node:os";
import { CLIENTS } from "./http-client.ts";

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Calls a second at so many clients. */
export async function measureRate(work: () => Promise<unknown>, calls: number): Promise<number> {
  let left = calls;
  const startedAt = performance.now();
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return calls / ((performance.now() - startedAt) / 1000);
}

/** What a figure was measured on. */
export function machine(): string {
  return `${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}`;
}
