/** The log of the service, made from its settings. */
import type { Env } from "#env.ts";
import { redactLogFields } from "#security/redact.ts";
import { readSettings } from "#settings.ts";
import { createLogger, type Logger } from "#telemetry/logger.ts";

export function createServiceLogger(env: Env): Logger {
  const settings = readSettings(env);
  return createLogger({
    level: settings.ok ? settings.settings.LOG_LEVEL : "INFO",
    redact: redactLogFields,
    // oxlint-disable-next-line no-console -- the platform's log sink
    write: (line) => console.log(line),
  });
}
