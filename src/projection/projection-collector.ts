/**
 * The Durable Object through which runs reach D1: one for each shard of the runs. It stores nothing
 * and sets no alarm; when it ends, the runs whose calls it had repeat them.
 */
import { DurableObject } from "cloudflare:workers";
import { isDataFault } from "#db/database.ts";
import type { Env } from "#env.ts";
import type { ProjectionReply, ProjectionRpc, RunProjection } from "#model/projection-rpc.ts";
import { writeBatch } from "./batch.ts";
import { Collector } from "./collector.ts";

export class ProjectionCollector extends DurableObject<Env> implements ProjectionRpc {
  readonly #collector: Collector;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#collector = new Collector({
      write: (projections) => writeBatch(env.DB, projections),
      isOfData: isDataFault,
    });
  }

  project(projection: RunProjection): Promise<ProjectionReply> {
    return this.#collector.project(projection);
  }
}
