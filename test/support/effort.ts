/**
 * How much a piece of work takes: CPU time of this thread, beside a floor that is measured in the
 * same process. Neither a slow machine nor one that others use changes that much, so tests can gate
 * on it where they could not on a time.
 */

/** CPU time of this thread that the work takes, in ms. */
function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** The least of several measurements. */
export function leastCpuMs(times: number, work: () => void): number {
  return Math.min(...Array.from({ length: times }, () => cpuMs(work)));
}

/** About 10 ms on a machine of 2026: reading and writing 20,000 small objects. */
const FLOOR_TEXT = JSON.stringify(
  Array.from({ length: 20_000 }, (_, id) => ({ id, name: `name ${id}`, tags: ["a", "b"] })),
);

let floorMs: number | null = null;

/** The work in multiples of the floor. */
export function timesFloor(work: () => void): number {
  floorMs ??= measureFloorMs();
  return cpuMs(work) / floorMs;
}

/** CPU time of the floor at the moment, in ms. */
export function measureFloorMs(): number {
  return leastCpuMs(5, () => void JSON.stringify(JSON.parse(FLOOR_TEXT)));
}
