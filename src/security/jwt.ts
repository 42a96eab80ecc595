/**
 * JSON Web Tokens: whether one is ours to believe, and what it says. Owns the verification; what a
 * caller may do with it is decided elsewhere.
 *
 * 1. The algorithm is from a fixed list, and decides which key is asked: HS256 the shared secret
 *    only, the others the key set only. So a public key is never taken for a secret.
 * 2. `exp` and `sub` must be there; issuer and audience must be the configured ones.
 * 3. Why a token is refused is not told: whoever made it up learns nothing.
 */
import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from "jose";
import { isPrintableAscii, lowerAscii } from "#model/address.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";

const SECRET_ALGORITHM = "HS256";
const KEY_SET_ALGORITHMS = ["RS256", "ES256", "EdDSA"];

/** What a token is checked by; with neither secret nor key set, none is believed. */
export interface JwtTrust {
  /** For HS256. */
  secret?: string;
  /** A JWKS, for RS256, ES256 and EdDSA. */
  keySetUrl?: string;
  issuer?: string;
  audience?: string;
}

/** What a believed token says of its caller. */
interface JwtCaller {
  subject: string;
  /** Lower case by ASCII rules; absent when there is none that can be relied on. */
  email?: string;
  /** As they stand in `scope`; not all need be known here. */
  scopes: string[];
  /** The payload without what concerns the token itself, and without an address that is none. */
  claims: JsonObject;
}

/** unavailable: the key set cannot be had, so nothing can be said of the token. */
export type JwtResult =
  | { ok: true; caller: JwtCaller }
  | { ok: false; reason: "refused" | "unavailable" };

const COMPACT_PATTERN = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Whether it has the form of a signed token. */
export function isJwt(credentials: string): boolean {
  return COMPACT_PATTERN.test(credentials);
}

/** Checks a token now. Never throws for what a token holds. */
export async function verifyJwt(token: string, trust: JwtTrust): Promise<JwtResult> {
  const key = keyFor(token, trust);
  if (!key) return REFUSED;
  try {
    const { payload } = await jwtVerify(token, key.get, {
      algorithms: key.algorithms,
      requiredClaims: ["exp", "sub"],
      clockTolerance: LIMITS.clockToleranceS,
      ...(trust.issuer === undefined ? {} : { issuer: trust.issuer }),
      ...(trust.audience === undefined ? {} : { audience: trust.audience }),
    });
    const caller = readCaller(payload);
    return caller ? { ok: true, caller } : REFUSED;
  } catch (error) {
    // Whatever else goes wrong while a token is checked, it is not believed.
    return error instanceof KeySetUnavailable ? { ok: false, reason: "unavailable" } : REFUSED;
  }
}

const REFUSED = { ok: false, reason: "refused" } as const;

interface KeySource {
  algorithms: string[];
  get: JWTVerifyGetKey;
}

/** The one source of keys for the token's algorithm. */
function keyFor(token: string, { secret, keySetUrl }: JwtTrust): KeySource | null {
  const algorithm = algorithmOf(token);
  if (algorithm === SECRET_ALGORITHM && secret !== undefined) {
    const bytes = new TextEncoder().encode(secret);
    return { algorithms: [SECRET_ALGORITHM], get: () => bytes };
  }
  if (KEY_SET_ALGORITHMS.includes(algorithm) && keySetUrl !== undefined) {
    return { algorithms: KEY_SET_ALGORITHMS, get: keySet(keySetUrl) };
  }
  return null;
}

/** "" where it cannot be read. */
function algorithmOf(token: string): string {
  try {
    return decodeProtectedHeader(token).alg ?? "";
  } catch (error) {
    if (error instanceof TypeError) return "";
    throw error;
  }
}

/** The key set did not answer, or with something else. */
class KeySetUnavailable extends Error {
  override readonly name = "KeySetUnavailable";
}

const keySets = new Map<string, JWTVerifyGetKey>();

/** Keys are kept for ten minutes; an unknown one is looked for again at most every 30 seconds. */
function keySet(url: string): JWTVerifyGetKey {
  let known = keySets.get(url);
  if (!known) {
    const remote = createRemoteJWKSet(new URL(url));
    known = async (header, token) => {
      try {
        return await remote(header, token);
      } catch (error) {
        if (isAboutToken(error)) throw error;
        throw new KeySetUnavailable("the key set cannot be had", { cause: error });
      }
    };
    keySets.set(url, known);
  }
  return known;
}

/** Whether the key set is there and has no one key for this token. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
  );
}

/** Claims about the token rather than about whom it is for. */
const TOKEN_CLAIMS: ReadonlySet<string> = new Set("iss aud exp nbf iat jti scope".split(" "));

const EMAIL_PATTERN = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

/** null when the claims are not what they should be. */
function readCaller(payload: JWTPayload): JwtCaller | null {
  const { sub: subject, scope } = payload;
  // Halves of surrogate pairs all become U+FFFD in UTF-8: two subjects would own the same keys.
  if (typeof subject !== "string" || !subject.isWellFormed()) return null;
  if (subject === "" || subject.length > LIMITS.subjectLength) return null;
  const address = readAddress(payload);
  if (!address.ok) return null;
  const { email } = address;
  // The claims become the profile of runs: an address that is not believed is not passed on there.
  const isLeftOut = (name: string) =>
    TOKEN_CLAIMS.has(name) || (name === "email" && email === undefined);
  const claims = Object.entries(payload).filter(([name]) => !isLeftOut(name));
  return {
    subject,
    ...(email === undefined ? {} : { email: lowerAscii(email) }),
    scopes: typeof scope === "string" ? scope.split(" ").filter((one) => one !== "") : [],
    // A payload is parsed JSON.
    claims: Object.fromEntries(claims) as Record<string, JsonValue>,
  };
}

/**
 * The address of the token's person, as it is written. There is none where the issuer does not
 * vouch for it, since it could be anybody's, an approver's too; and none where it is not printable
 * ASCII, since what looks like an approver's may be another. What is no address at all is a fault.
 */
function readAddress({
  email,
  email_verified: verified,
}: JWTPayload): { ok: true; email?: string } | { ok: false } {
  if (email === undefined) return { ok: true };
  if (verified !== undefined && verified !== true && verified !== "true") return { ok: true };
  if (typeof email !== "string") return { ok: false };
  if (!isPrintableAscii(email)) return { ok: true };
  return EMAIL_PATTERN.test(email) ? { ok: true, email } : { ok: false };
}
