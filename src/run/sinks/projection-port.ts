/** Where projections go: the collector of the run's shard, a Durable Object that many runs share. */
import type { Env } from "#env.ts";
import type { ProjectionReply, RunProjection } from "#model/projection-rpc.ts";

export interface ProjectionPort {
  /** Never rejects: a collector that ended in the middle of the call is a failure like D1's. */
  project(projection: RunProjection): Promise<ProjectionReply>;
}

/** D1 has one writer, so one shard serves until its own calls are too many for one object. */
export class ProjectionShards implements ProjectionPort {
  readonly #namespace: Pick<Env["PROJECTIONS"], "getByName">;
  readonly #shards: number;

  constructor(namespace: Pick<Env["PROJECTIONS"], "getByName">, shards: number) {
    this.#namespace = namespace;
    this.#shards = shards;
  }

  async project(projection: RunProjection): Promise<ProjectionReply> {
    const name = String(shardOf(projection.runId, this.#shards));
    try {
      return await this.#namespace.getByName(name).project(projection);
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** FNV-1a. Runs may change their shard with the setting: D1's rows order what two shards write. */
export function shardOf(runId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < runId.length; index += 1) {
    hash = Math.imul(hash ^ runId.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % shards;
}
