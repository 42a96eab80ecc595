/**
 * The sinks of a run object. Each has a drain of its own, and they deliver side by side: none waits
 * for another that does not respond.
 */
import type { Env } from "#env.ts";
import { traceTarget } from "#telemetry/trace-target.ts";
import type { Logger } from "#telemetry/logger.ts";
import type { Settings } from "#settings.ts";
import type { LoadedRun } from "../loaded-run.ts";
import type { RunStore } from "../store.ts";
import { Drain, type SinkDue } from "./drain.ts";
import { LogLines } from "./log-lines.ts";
import { ProjectionShards } from "./projection-port.ts";
import { ProjectionSink } from "./projection-sink.ts";
import { TraceSink } from "./trace-sink.ts";

interface Receivers {
  projections: Env["PROJECTIONS"];
  /** null: they cannot be read; no spans are sent, and there is one shard of projections. */
  settings: Settings | null;
}

export class Sinks {
  readonly #projection: Drain;
  readonly #drains: readonly Drain[];

  /** `onLate`: called when a delivery ends that the run no longer waits for; more may be due. */
  constructor(
    { projections, settings }: Receivers,
    store: RunStore,
    logger: Logger,
    onLate: () => void,
  ) {
    const target = settings && traceTarget(settings);
    const port = new ProjectionShards(projections, settings?.PROJECTION_SHARDS ?? 1);
    const projection = new ProjectionSink(port, new LogLines(logger));
    this.#projection = new Drain(projection, store, logger, onLate);
    const traces = new Drain(new TraceSink(target, logger), store, logger, onLate);
    this.#drains = [this.#projection, traces];
  }

  /** Those that are behind the log. */
  due(run: LoadedRun): SinkDue[] {
    return this.#drains.flatMap((drain) => drain.due(run) ?? []);
  }

  /** Delivers what is due. `until` (epoch ms): the run has its own work then. */
  async drain(run: LoadedRun, until: number): Promise<void> {
    await Promise.all(this.#drains.map((drain) => drain.drain(run, until)));
  }

  /** Lists show a run that is long at one step too. */
  project(run: LoadedRun): Promise<void> {
    return this.#projection.drain(run);
  }

  /** Something happened to the run: it must not wait for a receiver for more than a moment. */
  nudge(): void {
    for (const drain of this.#drains) drain.nudge();
  }
}
