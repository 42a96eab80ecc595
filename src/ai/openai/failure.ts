/**
 * A failed call: whether it may succeed later, how long to wait, and what may be said about it.
 * Messages show what the provider says, without credentials, and then cut; never a request.
 */
import { AISDKError } from "@ai-sdk/provider";
import { LIMITS } from "#model/limits.ts";
import { parseRetryAfter } from "#model/retry-after.ts";
import { redactText } from "#security/redact.ts";
import type { Said } from "./said.ts";
import { NoAnswer, type WireAnswer } from "./transport.ts";
import { verdictOn } from "./verdict.ts";
import type { GenerateResult } from "../provider.ts";

export type Failed = Extract<GenerateResult, { ok: false }>;

/** Refused before the model worked: nothing was consumed. */
export const NOTHING_USED = { tokensPrompt: 0, tokensOutput: 0 } as const;

/** Takes out of a text what may not be shown. */
export type Hide = (text: string) => string;

/** The failure behind what the package threw; null for a defect. */
export function failureOf(error: unknown, hide: Hide): Failed | null {
  if (error instanceof NoAnswer) return withoutAnswer(error);
  if (!AISDKError.isInstance(error)) return null;
  const message = `The request cannot be sent to the provider: ${presentable(error.message, hide)}`;
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
        isUnusable: true,
      };
    case "too_large":
      return failed(
        `The provider's answer has more than ${LIMITS.providerAnswerBytes} bytes.`,
        false,
      );
  }
}

/** An answer that says that something went wrong, by its status or inside of a 200. */
export function refused(
  { status: sent, headers }: Pick<WireAnswer, "status" | "headers">,
  said: Said,
  hide: Hide,
  nowMs: number,
): Failed {
  const isStatus = sent >= 300;
  const status = isStatus ? sent : said.status;
  const { isUnusable, ...verdict } = verdictOn(status, said);
  const words = presentable(said.message, hide);
  const code = status === null ? "with an error" : String(status);
  const start = `The provider answered ${code}`;
  const retryAfterMs = retryAfterOf(headers, nowMs) ?? said.retryAfterMs;
  return {
    ok: false,
    ...verdict,
    message: words === "" ? `${start}, without saying why.` : `${start}: ${words}`,
    ...(isUnusable ? { isUnusable } : {}),
    // Without a status, an error of no known kind may have come after the model had worked.
    ...(status !== null || verdict.code !== "ai_provider_error" ? NOTHING_USED : {}),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  };
}

function retryAfterOf(headers: WireAnswer["headers"], nowMs: number): number | null {
  const ms = headers["retry-after-ms"]?.trim() ?? "";
  if (/^\d{1,15}$/.test(ms)) return Math.min(Number(ms), LIMITS.retryAfterMaxMs);
  return parseRetryAfter(headers["retry-after"], nowMs);
}

/** What is redacted of a message before it is cut; the rest of it could not be shown anyway. */
const REDACTED_LENGTH = 16 * 1024;

/** One line, without credentials and personal data, of a length that a message can bear. */
export function presentable(text: string, hide: Hide): string {
  // Masked whole, and first: of a value that is cut, or redacted in part, the rest is no longer
  // known as one.
  const known = hide(text).slice(0, REDACTED_LENGTH);
  const clean = redactText(known).replaceAll(/\s+/g, " ").trim();
  const { providerMessageLength: length } = LIMITS;
  return clean.length > length ? `${clean.slice(0, length - 1)}…` : clean;
}
