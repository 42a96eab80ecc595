/** Attributes of spans from events about waits, retries, failures and cancels. Pure. */
import type { EventData } from "#model/event.ts";
import { ATTRIBUTES as A, type Attributes } from "./names.ts";

export function cancelAttributes({ by, reason }: EventData<"run.canceled">): Attributes {
  return known({ [A.by]: by, [A.reason]: reason });
}

export function retryAttributes(data: EventData<"step.retrying">): Attributes {
  const { code, reason, delay_ms: delayMs } = data;
  return { [A.errorType]: code, [A.retryReason]: reason, [A.retryDelayMs]: delayMs };
}

export function waitAttributes(data: EventData<"run.waiting">): Attributes {
  const { wait_number: number, type, expires_at: expiresAt } = data;
  return known({ [A.waitNumber]: number, [A.waitType]: type, [A.waitExpiresAt]: expiresAt });
}

export function resumeAttributes(data: EventData<"run.resumed">): Attributes {
  const { wait_number: number, by, decision } = data;
  return known({ [A.waitNumber]: number, [A.by]: by, [A.approved]: decision?.approved });
}

/** The attributes that are set. */
function known(values: Record<string, Attributes[string] | undefined>): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}
