/**
 * The Worker under test: that of development, with a run object that can be cut off after any of
 * its transactions, as an eviction or a crash would.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Env } from "#env.ts";
import { ProjectionCollector as ProductionCollector } from "#projection/projection-collector.ts";
import { RunObject as ProductionRunObject } from "#run/run-object.ts";
import { RoundTrips, watchDatabase } from "./round-trips.ts";

export { default, MeterObject } from "#development.ts";

/** Transactions of each run so far, and after which of them the object is cut off. */
export interface Interruption {
  commits: number;
  isDue(commits: number): boolean;
}

export const interruptions = new Map<string, Interruption>();

/** Settings and bindings of a run's object that differ from those of the Worker. */
export const ownSettings = new Map<string, Record<string, unknown>>();

const inAlarm = new AsyncLocalStorage<true>();

/** Round trips to D1 that objects made for a request, and not from their alarm. */
let requested = new RoundTrips();

/** Counts those from now on. */
export function countRequested(): RoundTrips {
  return (requested = new RoundTrips());
}

const living = new Map<string, RunObject>();

const collectors = new Map<string, ProjectionCollector>();

/** Ends the collector of projections, also in the middle of a batch: from within that batch. */
export function cutOffCollector(): void {
  collectors.get("0")?.end();
}

export class ProjectionCollector extends ProductionCollector {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    collectors.set(ctx.id.name ?? "", this);
  }

  end(): void {
    this.ctx.abort("interrupted by the test");
  }
}

/** Ends the object of a run at once, in the middle of its work. */
export function cutOff(runId: string): void {
  living.get(runId)?.end();
}

export class RunObject extends ProductionRunObject {
  constructor(ctx: DurableObjectState, env: Env) {
    const DB = watchDatabase(env.DB, (trip) =>
      inAlarm.getStore() === true ? trip() : requested.count(trip),
    );
    super(ctx, { ...env, DB, ...ownSettings.get(ctx.id.name ?? "") });
    living.set(ctx.id.name ?? "", this);
  }

  override alarm(...info: Parameters<ProductionRunObject["alarm"]>): Promise<void> {
    return inAlarm.run(true, () => super.alarm(...info));
  }

  end(): void {
    this.ctx.abort("interrupted by the test");
  }

  protected override async committed(): Promise<void> {
    const plan = interruptions.get(this.ctx.id.name ?? "");
    if (!plan) return;
    plan.commits += 1;
    if (!plan.isDue(plan.commits)) return;
    await this.ctx.storage.sync();
    this.end();
    // Nothing of this instance goes on.
    await new Promise(() => {});
  }
}
