/** Attributes of spans from events about waits, retries, failures and cancels. Pure. */
import { isJsonObject, type JsonObject } from "#model/json.ts";
import { ATTRIBUTES as A, type Attributes } from "./names.ts";
import type { SpanFailure } from "./open-spans.ts";

export function failureOf({ code, message }: JsonObject): SpanFailure {
  return {
    code: typeof code === "string" ? code : "internal",
    message: typeof message === "string" ? message : "",
  };
}

export function cancelAttributes({ by, reason }: JsonObject): Attributes {
  return known({ [A.by]: by, [A.reason]: reason });
}

export function retryAttributes({ code, reason, delay_ms: delayMs }: JsonObject): Attributes {
  return known({ [A.errorType]: code, [A.retryReason]: reason, [A.retryDelayMs]: delayMs });
}

export function waitAttributes(data: JsonObject): Attributes {
  const { wait_number: number, type, expires_at: expiresAt, by, decision } = data;
  return known({
    [A.waitNumber]: number,
    [A.waitType]: type,
    [A.waitExpiresAt]: expiresAt,
    [A.by]: by,
    [A.approved]: isJsonObject(decision) ? decision["approved"] : undefined,
  });
}

/** The attributes that are set. */
function known(values: Record<string, unknown>): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      attributes[name] = value;
    }
  }
  return attributes;
}
