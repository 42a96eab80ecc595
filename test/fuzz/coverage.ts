/** What a campaign has seen: each operation by status, and the figures that are judged. */
import type { Sent } from "./session.ts";

const NOWHERE = "(no operation)";

export class Coverage {
  readonly #seen = new Map<string, Map<number, number>>();
  readonly #slowest: { ms: number; what: string }[] = [];
  sent = 0;
  succeeded = 0;
  /** Requests with a 500, and requests with anything that is not documented. */
  crashes = 0;
  undocumented = 0;

  readonly #off: ReadonlySet<string>;

  /** `off`: those that this service does not have; what they answer is judged, not whether they do. */
  constructor(operations: readonly { id: string }[], off: readonly { id: string }[] = []) {
    this.#off = new Set(off.map(({ id }) => id));
    for (const { id } of operations) this.#seen.set(id, new Map());
  }

  add({ operation, status, faults, ms, plan }: Sent): void {
    const name = operation?.id ?? NOWHERE;
    const statuses = this.#seen.get(name) ?? new Map<number, number>();
    this.#seen.set(name, statuses.set(status, (statuses.get(status) ?? 0) + 1));
    this.sent += 1;
    if (status >= 200 && status < 300) this.succeeded += 1;
    if (status === 500) this.crashes += 1;
    else if (faults.length > 0) this.undocumented += 1;
    this.#slowest.push({ ms, what: `${name}, ${plan.changes.join("; ") || "valid"}` });
    this.#slowest.sort((a, b) => b.ms - a.ms).splice(3);
  }

  /** Operations that never succeeded. */
  neverSucceeded(): string[] {
    return [...this.#seen]
      .filter(([name]) => name !== NOWHERE && !this.#off.has(name))
      .filter(
        ([, statuses]) => ![...statuses.keys()].some((status) => status >= 200 && status < 300),
      )
      .map(([name]) => name);
  }

  get share(): number {
    return this.sent === 0 ? 0 : this.succeeded / this.sent;
  }

  table(): string {
    const rows = [...this.#seen].map(([name, statuses]) => {
      const counts = [...statuses]
        .toSorted(([a], [b]) => a - b)
        .map(([status, count]) => `${status === 0 ? "none" : status}×${count}`);
      return `${name.padEnd(24)}${counts.join("  ")}`;
    });
    const slowest = this.#slowest.map(({ ms, what }) => `${Math.round(ms)} ms ${what}`);
    return [...rows, `slowest: ${slowest.join(" | ")}`].join("\n");
  }
}
