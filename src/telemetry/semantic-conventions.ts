/**
 * The names of `@opentelemetry/semantic-conventions` that libraries in the bundle use. This file
 * replaces the package there (`[alias]` in wrangler.toml): its two thousand names made up a
 * fifteenth of the bundle. A name that is missing here fails the build. Our names are in
 * `names.ts`.
 */
export const ATTR_ERROR_TYPE = "error.type";
export const ATTR_EXCEPTION_MESSAGE = "exception.message";
export const ATTR_EXCEPTION_STACKTRACE = "exception.stacktrace";
export const ATTR_EXCEPTION_TYPE = "exception.type";
export const ATTR_FAAS_CRON = "faas.cron";
export const ATTR_FAAS_TIME = "faas.time";
export const ATTR_FAAS_TRIGGER = "faas.trigger";
export const ATTR_MESSAGING_DESTINATION_NAME = "messaging.destination.name";
export const ATTR_RPC_MESSAGE_ID = "rpc.message.id";
export const ATTR_SERVICE_NAME = "service.name";
export const ATTR_TELEMETRY_SDK_LANGUAGE = "telemetry.sdk.language";
export const ATTR_TELEMETRY_SDK_NAME = "telemetry.sdk.name";
export const ATTR_TELEMETRY_SDK_VERSION = "telemetry.sdk.version";
export const FAAS_TRIGGER_VALUE_PUBSUB = "pubsub";
export const FAAS_TRIGGER_VALUE_TIMER = "timer";
export const TELEMETRY_SDK_LANGUAGE_VALUE_NODEJS = "nodejs";
export const TELEMETRY_SDK_LANGUAGE_VALUE_WEBJS = "webjs";

/** Older spellings of the same names. */
export const SEMRESATTRS_PROCESS_RUNTIME_NAME = "process.runtime.name";
export const SEMRESATTRS_SERVICE_NAME = "service.name";
export const SEMRESATTRS_TELEMETRY_SDK_LANGUAGE = "telemetry.sdk.language";
export const SEMRESATTRS_TELEMETRY_SDK_NAME = "telemetry.sdk.name";
export const SEMRESATTRS_TELEMETRY_SDK_VERSION = "telemetry.sdk.version";
export const TELEMETRYSDKLANGUAGEVALUES_WEBJS = "webjs";

/** The package's old exports of the same names. */
export const SemanticAttributes = {
  DB_NAME: "db.name",
  DB_OPERATION: "db.operation",
  DB_STATEMENT: "db.statement",
  DB_SYSTEM: "db.system",
  EXCEPTION_MESSAGE: ATTR_EXCEPTION_MESSAGE,
  EXCEPTION_STACKTRACE: ATTR_EXCEPTION_STACKTRACE,
  EXCEPTION_TYPE: ATTR_EXCEPTION_TYPE,
  FAAS_COLDSTART: "faas.coldstart",
  FAAS_TRIGGER: ATTR_FAAS_TRIGGER,
} as const;
