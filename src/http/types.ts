/** The context variables of every handler. */
import type { Context } from "hono";
import type { Sessions } from "#db/sessions.ts";
import type { KeyUse } from "#db/write-keys.ts";
import type { Env } from "#env.ts";
import type { Settings } from "#settings.ts";
import type { Verdict } from "#metering/rate-counter.ts";
import type { Principal } from "#model/access.ts";
import type { Work } from "#model/work.ts";
import type { Logger } from "#telemetry/logger.ts";

/** The owner of the key, and its request. */
export interface FoundUse extends KeyUse {
  /** Fingerprints of this same request by other versions of the secret, and by releases before 0.4. */
  earlier: readonly string[];
  /** When the request arrived, epoch ms. */
  now: number;
}

export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** Ours, never chosen by the caller: what the audit and the logs are found by. */
    requestId: string;
    /** The caller's own id of the request, if it sent a usable one; shown back to it. */
    clientRequestId?: string;
    /** The rate limit that the request was counted under. */
    rateVerdict?: Verdict;
    settings: Settings;
    principal: Principal;
    logger: Logger;
    /** What the request may still spend on loops over what the caller wrote. */
    work: Work;
    /** With D1, once the request has begun them. */
    sessions?: Sessions;
    /** The idempotency key of a write, and whether the write's batch included it. */
    writeKey?: { use: FoundUse; isWritten: boolean };
  };
}

export type AppContext = Context<AppEnv>;
