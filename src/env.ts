/** Bindings as the platform hands them over; names as in wrangler.toml. Variables: settings.ts. */
import type { RunObject } from "./run/run-object.ts";

export interface Env {
  RUNS: DurableObjectNamespace<RunObject>;
  DB: D1Database;
  ASSETS: Fetcher;
}
