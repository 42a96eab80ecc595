/** What a campaign of seeds was, in lines to print. */
import type { Outcome } from "./simulate.ts";

export class Report {
  readonly #startedAt: number;
  readonly #faults = new Map<string, number>();
  readonly #looked = new Map<string, number>();
  #seeds = 0;
  #entries = 0;
  #runs = 0;
  brokenSeeds = 0;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  add({ broken, entries, faults, looked, runs }: Outcome): void {
    this.#seeds += 1;
    this.#entries += entries;
    this.#runs += runs;
    addAll(this.#faults, faults);
    addAll(this.#looked, looked);
    if (broken.length > 0) this.brokenSeeds += 1;
  }

  sentence({ seed, broken }: Outcome, parts: readonly string[]): string {
    const left = parts.length === 0 ? "" : ` --without ${parts.join(",")}`;
    const laws = broken.slice(0, 5).map((text) => `  ${text}`);
    return [
      `✗ seed ${seed}`,
      ...laws,
      `  again: npm run simulate -- --seed ${seed} --verbose${left}`,
    ].join("\n");
  }

  summary(now: number, first: number): string {
    const seconds = Math.max(0.001, (now - this.#startedAt) / 1_000);
    const cpuSeconds = Math.max(0.001, process.cpuUsage().user / 1_000_000);
    const perMinute = (spent: number) => Math.round((this.#seeds / spent) * 60);
    const faults = [...this.#faults].toSorted(([, a], [, b]) => b - a);
    const all = faults.reduce((sum, [, count]) => sum + count, 0);
    const looked = [...this.#looked].map(([law, count]) => `${law} ${count}×`).join(", ");
    return [
      `${this.#seeds} seeds from ${first}, ${this.#runs} runs, ${this.#entries} entries of the schedule, ${Math.round(seconds)} s`,
      `${all} faults: ${faults.map(([kind, count]) => `${kind} ${count}`).join(", ")}`,
      `looked at along the way: ${looked}`,
      `R13 simulation: ${perMinute(seconds)} seeds a minute (${perMinute(cpuSeconds)} a minute of CPU); ${this.brokenSeeds} with a broken law`,
    ].join("\n");
  }
}

function addAll(to: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) to.set(name, (to.get(name) ?? 0) + count);
}
