/** Bindings as the platform hands them over; names as in wrangler.toml. Variables: settings.ts. */
import type { MeterRpc } from "#model/meter-rpc.ts";
import type { ProjectionRpc } from "#model/projection-rpc.ts";
import type { RunRpc } from "#model/run-rpc.ts";
import type { RunUpkeepRpc } from "#model/run-upkeep.ts";

export interface Env {
  RUNS: DurableObjectNamespace<RunRpc & RunUpkeepRpc & Rpc.DurableObjectBranded>;
  METERS: DurableObjectNamespace<MeterRpc & Rpc.DurableObjectBranded>;
  /** Collectors through which runs reach D1, by shard. */
  PROJECTIONS: DurableObjectNamespace<ProjectionRpc & Rpc.DurableObjectBranded>;
  /** The platform's own limiter of requests, for a location; absent where it is not bound. */
  ADDRESS_LIMIT?: RateLimit;
  DB: D1Database;
  /** Where finished runs go; absent: to D1. */
  ARCHIVE?: R2Bucket;
  ASSETS: Fetcher;
}
