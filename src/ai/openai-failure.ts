/**
 * What a failed call means: whether it may succeed later, how long to wait, and what may be said
 * about it. Messages show what the provider says, cut and without credentials; never a request.
 */
import { AISDKError, APICallError, InvalidResponseDataError } from "@ai-sdk/provider";
import { LIMITS } from "../model/limits.ts";
import { parseRetryAfter } from "../model/retry-after.ts";
import { maskSecrets, redactText } from "../security/redact.ts";
import { NoAnswer } from "./openai-transport.ts";
import type { GenerateResult } from "./provider.ts";

type Failed = Extract<GenerateResult, { ok: false }>;

/** Refused before the model worked: nothing was consumed. */
const NOTHING_USED = { tokensPrompt: 0, tokensOutput: 0 } as const;

/** The failure behind what the package threw; null for a defect. `secrets` are masked. */
export function failureOf(
  error: unknown,
  secrets: readonly string[],
  nowMs: number,
): Failed | null {
  if (error instanceof NoAnswer) return withoutAnswer(error);
  if (APICallError.isInstance(error)) {
    const { statusCode } = error;
    return statusCode === undefined || statusCode < 300
      ? unreadable()
      : refused(error, statusCode, secrets, nowMs);
  }
  if (InvalidResponseDataError.isInstance(error)) return unreadable();
  if (!AISDKError.isInstance(error)) return null;
  const message = `The provider cannot be asked this: ${presentable(error.message, secrets)}`;
  return { ...failed(message, false), ...NOTHING_USED };
}

export function failed(message: string, retryable: boolean): Failed {
  return { ok: false, code: "ai_provider_error", message, retryable };
}

function withoutAnswer({ reason }: NoAnswer): Failed {
  switch (reason) {
    case "unreachable":
      return failed(
        "The connection to the provider failed or was closed before it answered.",
        true,
      );
    case "redirected":
      return {
        ...failed("The provider answered with a redirect, which is not followed.", false),
        ...NOTHING_USED,
      };
    case "too_large":
      return failed(
        `The provider's answer has more than ${LIMITS.providerAnswerBytes} bytes.`,
        false,
      );
  }
}

/** An answer of success that is none: a gateway's page, half an answer, another protocol. */
function unreadable(): Failed {
  return failed("The provider's answer is not a chat completion.", true);
}

function refused(
  error: APICallError,
  status: number,
  secrets: readonly string[],
  nowMs: number,
): Failed {
  const said = presentable(error.message, secrets);
  const message = `The provider answered ${status}${said === "" ? "." : `: ${said}`}`;
  const retryAfterMs = retryAfterOf(error.responseHeaders ?? {}, nowMs);
  return {
    ...failed(message, mayPass(status)),
    ...NOTHING_USED,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  };
}

/** A timeout, a conflict of state, too many requests, trouble of the server's own. */
function mayPass(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

function retryAfterOf(headers: Record<string, string>, nowMs: number): number | null {
  const ms = headers["retry-after-ms"]?.trim() ?? "";
  if (/^\d{1,15}$/.test(ms)) return Math.min(Number(ms), LIMITS.retryAfterMaxMs);
  return parseRetryAfter(headers["retry-after"], nowMs);
}

/** One line, without credentials and personal data, of a length that a message can bear. */
function presentable(text: string, secrets: readonly string[]): string {
  // Cut twice: redacting megabytes takes time, and a cut secret is no longer known as one.
  const near = text.slice(0, 4 * LIMITS.providerMessageLength);
  const clean = redactText(maskSecrets(near, secrets)).replaceAll(/\s+/g, " ").trim();
  const { providerMessageLength: length } = LIMITS;
  return clean.length > length ? `${clean.slice(0, length - 1)}…` : clean;
}
