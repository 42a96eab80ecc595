/** What every handler finds in its context. */
import type { Context } from "hono";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import type { Principal } from "../model/access.ts";
import type { Logger } from "../telemetry/logger.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    settings: Settings;
    principal: Principal;
    logger: Logger;
    /** What is remembered for an idempotency key instead of the answer. */
    remembered?: string;
  };
}

export type AppContext = Context<AppEnv>;
