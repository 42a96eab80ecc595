/**
 * Structured logs: one JSON line each, redacted before it is written. Log lines of a run are made
 * from its events; nothing is logged that is not in the run's log first.
 */
import type { EventType, ShownEvent } from "#model/event.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";

const LOG_LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Logger {
  log(level: LogLevel, message: string, fields?: JsonObject): void;
  /**
   * A line of each request, whose fields are our own words or redacted already: looking for
   * credentials in every field takes longer than the rest of a short request.
   */
  request(fields: JsonObject): void;
  /** A defect: the error is logged, and the caller gets no details. */
  defect(message: string, error: unknown, fields?: JsonObject): void;
  /** One line for a lifecycle event of a run. `traceId`: the trace that has its spans. */
  event(event: ShownEvent, workflowId: string, traceId?: string): void;
}

/** `redact` cleans a whole JSON value; `write` takes one line. */
export function createLogger(options: {
  level: LogLevel;
  redact: (fields: JsonObject) => JsonValue;
  write: (line: string) => void;
  now?: () => Date;
}): Logger {
  const threshold = LOG_LEVELS.indexOf(options.level);
  const now = options.now ?? (() => new Date());

  const isWritten = (level: LogLevel) => LOG_LEVELS.indexOf(level) >= threshold;

  function log(level: LogLevel, message: string, fields: JsonObject = {}): void {
    if (!isWritten(level)) return;
    const line = options.redact({ level, time: now().toISOString(), message, ...fields });
    options.write(JSON.stringify(line));
  }

  return {
    log,
    request(fields) {
      if (!isWritten("INFO")) return;
      const line = { level: "INFO", time: now().toISOString(), message: "request", ...fields };
      options.write(JSON.stringify(line));
    },
    defect(message, error, fields = {}) {
      const shown =
        error instanceof Error
          ? { name: error.name, message: error.message, stack: error.stack ?? "" }
          : { message: String(error) };
      log("ERROR", message, { ...fields, error: shown });
    },
    event(event, workflowId, traceId) {
      const { type, run_id, seq, at, step_id, attempt } = event;
      // The result of a late call stays in the run, like the outputs of its steps.
      const { output: _, ...data }: JsonObject = event.data;
      log(levelOf(type), type, {
        run_id,
        workflow_id: workflowId,
        ...(traceId === undefined ? {} : { trace_id: traceId }),
        seq,
        at,
        ...(step_id === undefined ? {} : { step_id }),
        ...(attempt === undefined ? {} : { attempt }),
        data,
      });
    },
  };
}

function levelOf(type: EventType): LogLevel {
  switch (type) {
    case "run.failed":
    case "step.failed":
      return "ERROR";
    case "step.retrying":
    case "step.late":
      return "WARN";
    case "run.created":
    case "run.started":
    case "run.waiting":
    case "run.resumed":
    case "run.completed":
    case "run.canceled":
    case "step.started":
    case "step.completed":
    case "ai.request":
    case "ai.response":
      return "INFO";
  }
}
