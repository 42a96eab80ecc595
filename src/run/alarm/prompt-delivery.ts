/**
 * Delivers to the sinks from memory, a moment after the run has settled: the caller's answer goes
 * first. Nothing rests on it: an alarm that was armed with the commit finds what this left undone,
 * and an object that is opened with a backlog begins here again.
 *
 * - Without it each settle would cost an alarm of its own: one that is set, fires and is removed,
 *   which is three writes that wait for the disk, where the run itself needs one.
 * - It never waits for long: a sink that is to be left alone for longer than the alarm takes is the
 *   alarm's, since a timer keeps the object in memory.
 */
import type { LoadedRun } from "../loaded-run.ts";
import type { Sinks } from "../sinks/sinks.ts";
import { NET_MS } from "./plan.ts";

/** The caller's answer goes first. */
const SOON_MS = 25;

interface DeliveryHost {
  load(): LoadedRun | null;
  /** Nothing is to be delivered now; something else comes back to it. */
  mustWait(run: LoadedRun): boolean;
  /** Every sink has everything. */
  delivered(run: LoadedRun): void;
  waitUntil(work: Promise<void>): void;
}

export class PromptDelivery {
  readonly #host: DeliveryHost;
  readonly #sinks: Pick<Sinks, "due" | "drain">;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(host: DeliveryHost, sinks: Pick<Sinks, "due" | "drain">) {
    this.#host = host;
    this.#sinks = sinks;
  }

  /** Called after each commit, and when the object is opened. */
  schedule(run: LoadedRun): void {
    if (this.#timer !== null || this.#host.mustWait(run)) return;
    const due = this.#sinks.due(run).filter(({ isBusy }) => !isBusy);
    if (due.length === 0) return;
    const delayMs = Math.max(SOON_MS, Math.min(...due.map(({ at }) => at)) - Date.now());
    if (delayMs > NET_MS) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#host.waitUntil(this.#deliver());
    }, delayMs);
  }

  async #deliver(): Promise<void> {
    const run = this.#host.load();
    if (!run || this.#host.mustWait(run)) return;
    await this.#sinks.drain(run, Infinity);
    const current = this.#host.load();
    if (!current) return;
    if (this.#sinks.due(current).length === 0) this.#host.delivered(current);
    else this.schedule(current);
  }
}
