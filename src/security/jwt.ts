/**
 * JSON Web Tokens: verifies them and reads their claims. What a caller may do is decided elsewhere.
 *
 * 1. The algorithm is from a fixed list, and determines the key: HS256 the shared secret only, the
 *    others the key set only. So a public key is never used as a shared secret.
 * 2. `exp` and `sub` must be there; issuer and audience must be the configured ones.
 * 3. The reason for a refusal is not revealed, so that a forger learns nothing.
 */
import type { Result } from "#model/result.ts";
import { decodeProtectedHeader, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from "jose";
import { isPrintableAscii, lowerAscii } from "#model/address.ts";
import type { JsonObject, JsonValue } from "#model/json.ts";
import { LIMITS } from "#model/limits.ts";
import { KeySetUnavailable, keySetAt } from "./key-set.ts";

const SECRET_ALGORITHM = "HS256";
const KEY_SET_ALGORITHMS = ["RS256", "ES256", "EdDSA"];

/** The settings for verifying tokens; with neither secret nor key set, none is accepted. */
export interface JwtTrust {
  /** For HS256. */
  secret?: string;
  /** A JWKS, for RS256, ES256 and EdDSA. */
  keySetUrl?: string;
  issuer?: string;
  audience?: string;
}

/** The caller, from the claims of a verified token. */
interface JwtCaller {
  subject: string;
  /** Lower case by ASCII rules; absent when there is no verified address. */
  email?: string;
  /** The scopes in `scope`; some may be unknown here. */
  scopes: string[];
  /** The payload without claims about the token itself, and without an unverified address. */
  claims: JsonObject;
}

/** unavailable: the key set cannot be loaded, so the token cannot be judged. */
export type JwtResult = Result<JwtCaller, "refused" | "unavailable">;

const COMPACT_PATTERN = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Whether it has the form of a signed token. */
export function isJwt(credentials: string): boolean {
  return COMPACT_PATTERN.test(credentials);
}

/** Checks a token now. Never throws because of a token's content. */
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
    return caller ? { ok: true, value: caller } : REFUSED;
  } catch (error) {
    // A token whose check fails in any other way must not be accepted.
    return error instanceof KeySetUnavailable ? { ok: false, error: "unavailable" } : REFUSED;
  }
}

const REFUSED = { ok: false, error: "refused" } as const;

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
    return { algorithms: KEY_SET_ALGORITHMS, get: keySetAt(keySetUrl) };
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

/** Claims about the token rather than about its subject. */
const TOKEN_CLAIMS: ReadonlySet<string> = new Set("iss aud exp nbf iat jti scope".split(" "));

const EMAIL_PATTERN = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

/** null when the claims are not what they should be. */
function readCaller(payload: JWTPayload): JwtCaller | null {
  const { sub: subject, scope } = payload;
  // Halves of surrogate pairs all become U+FFFD in UTF-8: two subjects would share their keys.
  if (typeof subject !== "string" || !subject.isWellFormed()) return null;
  if (subject === "" || subject.length > LIMITS.subjectLength) return null;
  const address = readAddress(payload);
  if (!address.ok) return null;
  const { email } = address;
  // The claims become the profile of runs, which must not contain an unverified address.
  const isLeftOut = (name: string) =>
    TOKEN_CLAIMS.has(name) || (name === "email" && email === undefined);
  const claims = Object.entries(payload).filter(([name]) => !isLeftOut(name));
  return {
    subject,
    ...(email === undefined ? {} : { email: lowerAscii(email) }),
    scopes: typeof scope === "string" ? scope.split(" ").filter((one) => one !== "") : [],
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a payload is parsed JSON
    claims: Object.fromEntries(claims) as Record<string, JsonValue>,
  };
}

/**
 * The address of the token's person, as written. None where the issuer has not verified it, since
 * it could be any address, even an approver's; and none where it is not printable ASCII, since it
 * could only look like an approver's. Any other value is a fault.
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
