/** Bindings as the platform hands them over; names as in wrangler.toml. Variables: settings.ts. */
import type { RunRpc } from "#model/run-rpc.ts";

export interface Env {
  RUNS: DurableObjectNamespace<RunRpc & Rpc.DurableObjectBranded>;
  DB: D1Database;
  ASSETS: Fetcher;
}
