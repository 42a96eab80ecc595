/**
 * What an error of a server means, told from its status, its codes and its words. Servers agree on
 * little: the same mistake is a 400 here and a 404 there, with a code or in prose. Pure.
 *
 * `docs/workflows.md` has the table of the codes and of what is tried again.
 */
import type { FailureCode } from "#model/failure.ts";
import type { Said } from "./said.ts";

export interface Verdict {
  code: FailureCode;
  /** Whether the same call may succeed later. */
  retryable: boolean;
  /** Another model or provider may answer; this one will not. */
  isUnusable: boolean;
}

const FINAL = { retryable: false, isUnusable: false } as const;
const UNUSABLE = { retryable: false, isUnusable: true } as const;
const PASSING = { retryable: true, isUnusable: false } as const;

/** `status`: null when neither the answer nor the error in it has one. */
export function verdictOn(status: number | null, said: Pick<Said, "codes" | "message">): Verdict {
  const isCaller = status === null || (status >= 400 && status < 500);
  if (status === 402 || (isCaller && isSaid(QUOTA, said))) {
    return { code: "ai_quota_exhausted", ...UNUSABLE };
  }
  // Some servers answer 500 to a prompt that is too long; it stays too long.
  if (status === 413 || (status !== 429 && isSaid(TOO_LONG, said))) {
    return { code: "ai_context_too_long", ...FINAL };
  }
  if (isCaller && status !== 429 && isSaid(FILTERED, said)) {
    return { code: "ai_content_filtered", ...FINAL };
  }
  if (isCaller && status !== 429 && isSaid(NO_MODEL, said)) {
    return { code: "ai_model_unknown", ...UNUSABLE };
  }
  if (status === 401 || status === 403 || (isCaller && status !== 429 && isSaid(NO_KEY, said))) {
    return { code: "ai_auth", ...UNUSABLE };
  }
  if (status === 429 || (status === null && isSaid(TOO_MANY, said))) {
    return { code: "ai_rate_limited", ...PASSING };
  }
  return { code: "ai_provider_error", ...otherwise(status, said) };
}

/** A timeout, a conflict of state, trouble of the server's own; an address that is not there. */
function otherwise(status: number | null, { codes }: Pick<Said, "codes">): Omit<Verdict, "code"> {
  if (status === null) return codes.some((code) => INVALID.test(code)) ? FINAL : PASSING;
  if (status === 404 || status === 405 || status === 410) return UNUSABLE;
  return status === 408 || status === 409 || status === 425 || status >= 500 ? PASSING : FINAL;
}

interface Signs {
  codes: RegExp;
  words: RegExp;
}

function isSaid({ codes, words }: Signs, said: Pick<Said, "codes" | "message">): boolean {
  return said.codes.some((code) => codes.test(code)) || words.test(said.message.slice(0, 4096));
}

const QUOTA: Signs = {
  codes:
    /^(?:insufficient_(?:user_)?(?:quota|balance|credits?|funds)|quota_exhausted|exceeded_current_quota_error|billing_\w+|account_deactivated|payment_required|arrearage)$/,
  words:
    /insufficient (?:account )?(?:balance|credits?|quota|funds)|requires more credits|credit balance is too low|out of credits|billing (?:hard )?limit|payment required|no credits? (?:left|remaining)/i,
};

const TOO_LONG: Signs = {
  codes:
    /^(?:context_length_exceeded|context_window_exceeded|contextwindowexceedederror|exceed_context_size_error|string_above_max_length|prompt_too_long|request_too_large)$/,
  words:
    /maximum context length|context[ _](?:length|window|size)[^\n]{0,60}(?:exceed|limit|overflow|too)|exceed[^\n]{0,60}context[ _](?:length|window|size)|(?:prompt|input|request|message)s? (?:is|are|was) too (?:long|large)|too large for model|input token count[^\n]{0,80}exceeds|reduce the length of|tokens exceed(?:s|ed)? the/i,
};

const FILTERED: Signs = {
  codes:
    /^(?:content_filter(?:ed)?|content_policy_violation|contentpolicyviolationerror|responsibleaipolicyviolation|data_inspection_failed|moderation_blocked|safety|prohibited_content)$/,
  words:
    /content management policy|content (?:filter|policy)|content exists risk|your input was flagged|flagged (?:by|as)|safety system|inappropriate content/i,
};

const NO_MODEL: Signs = {
  codes:
    /^(?:model_not_found|model_not_available|model_not_supported|model_decommissioned|invalid_model|unknown_model|deploymentnotfound|resourcenotfound|not_found_error)$/,
  words:
    /\bmodels?\b[^\n]{0,200}(?:not found|does not exist|not exist\b|no longer available|decommissioned|is not a valid|not deployed)|(?:unknown|invalid|no such) model|not a valid model|invalid model name|no endpoints found|deployment[^\n]{0,60}does not exist|unable to access model/i,
};

const NO_KEY: Signs = {
  codes:
    /^(?:invalid_api_key|api_key_invalid|authentication_error|authenticationerror|invalid_authentication(?:_error)?|unauthenticated|unauthorized|permission_denied|permission_error|permissiondeniederror|access_denied|forbidden)$/,
  words:
    /api key (?:is )?(?:not valid|invalid|missing|expired)|(?:invalid|incorrect|missing|no) (?:x-)?api[- ]key|authentication (?:failed|fails)|invalid authentication/i,
};

const TOO_MANY: Signs = {
  codes:
    /^(?:rate_?limit\w*|too_many_requests|throttl\w*|resource_exhausted|ratelimiterror|requests|tokens)$/,
  words: /rate limit|too many requests/i,
};

/** Codes of a request that is wrong, where no status says so. */
const INVALID = /^(?:invalid_|bad_request|badrequest|validation|unsupported_|unprocessable)/;
