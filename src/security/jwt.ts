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
import type { JsonObject, JsonValue } from "../model/json.ts";
import { LIMITS } from "../model/limits.ts";

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
  /** Lower case. */
  email?: string;
  /** As they stand in `scope`; not all need be known here. */
  scopes: string[];
  /** The payload without what concerns the token itself. */
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
  const { sub: subject, email, email_verified: isVerified, scope } = payload;
  if (typeof subject !== "string") return null;
  if (subject === "" || subject.length > LIMITS.subjectLength) return null;
  // An address that its issuer does not vouch for could be anybody's, an approver's too.
  if (email !== undefined && (isVerified === false || isVerified === "false")) return null;
  if (email !== undefined && !(typeof email === "string" && EMAIL_PATTERN.test(email))) return null;
  const claims = Object.entries(payload).filter(([name]) => !TOKEN_CLAIMS.has(name));
  return {
    subject,
    ...(email === undefined ? {} : { email: email.toLowerCase() }),
    scopes: typeof scope === "string" ? scope.split(" ").filter((one) => one !== "") : [],
    // A payload is parsed JSON.
    claims: Object.fromEntries(claims) as Record<string, JsonValue>,
  };
}
