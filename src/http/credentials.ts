/**
 * From credentials to their principal: API keys and JWTs. A key's record is cached for five
 * seconds, so that a revoked key stops working soon and a busy one does not read D1 each time.
 */
import { type ApiKeyRecord, findApiKey, storeKeyHash } from "#db/api-keys.ts";
import { openDatabase } from "#db/database.ts";
import { type Principal, SCOPES } from "#model/access.ts";
import { LIMITS } from "#model/limits.ts";
import { apiKeyPrefix } from "#security/api-key.ts";
import { isJwt, type JwtTrust, verifyJwt } from "#security/jwt.ts";
import { equalBytes, keyedHash, toHex } from "#security/keyed-hash.ts";
import { currentSecret, type ServerSecrets } from "#security/server-secrets.ts";
import { serverSecrets, type Settings } from "#settings.ts";
import { isWithinDepth } from "#validation/json-schema/validate.ts";
import type { AppContext } from "./types.ts";

const CACHE_MS = 5_000;
const CACHE_ENTRIES = 1_000;

const cache = new Map<string, { record: ApiKeyRecord; readAt: number }>();

const REMEMBERED_MS = 600_000;
const REMEMBERED_ENTRIES = 1_000;

/** Keyed hashes of credentials that were accepted, and when, epoch ms. It decides no access. */
const accepted = new Map<string, number>();

export type Identified =
  | { ok: true; principal: Principal }
  | { ok: false; reason: "key_refused" | "token_refused" | "identity_unavailable" };

/** The principal of these credentials, an API key or a JWT. */
export async function identify(c: AppContext, credentials: string): Promise<Identified> {
  const identified = await find(c, credentials);
  if (identified.ok) remember(await rememberedHash(c, credentials));
  return identified;
}

async function find(c: AppContext, credentials: string): Promise<Identified> {
  if (isJwt(credentials)) return identifyByToken(credentials, c.get("settings"));
  const principal = await identifyByKey(c, credentials);
  return principal ? { ok: true, principal } : { ok: false, reason: "key_refused" };
}

/** Whether this isolate accepted them in the last ten minutes. They may be refused by now. */
export async function wasAccepted(c: AppContext, credentials: string): Promise<boolean> {
  const at = accepted.get(await rememberedHash(c, credentials)) ?? 0;
  return Date.now() - at < REMEMBERED_MS;
}

async function rememberedHash(c: AppContext, credentials: string): Promise<string> {
  const secret = currentSecret(serverSecrets(c.get("settings")));
  return toHex(await keyedHash(secret, "accepted-token", credentials));
}

function remember(hash: string): void {
  accepted.delete(hash);
  const { value: oldest } = accepted.keys().next();
  if (accepted.size >= REMEMBERED_ENTRIES && oldest !== undefined) accepted.delete(oldest);
  accepted.set(hash, Date.now());
}

async function identifyByToken(token: string, settings: Settings): Promise<Identified> {
  const result = await verifyJwt(token, trustOf(settings));
  if (!result.ok) {
    const isRefused = result.error === "refused";
    return { ok: false, reason: isRefused ? "token_refused" : "identity_unavailable" };
  }
  const { subject, email, scopes, claims } = result.value;
  // Claims become the profile of runs, and deeper values cannot be stored.
  if (!isWithinDepth(claims, LIMITS.bodyDepth)) return { ok: false, reason: "token_refused" };
  return {
    ok: true,
    principal: {
      id: `user:${subject}`,
      credential: "jwt",
      ...(email === undefined ? {} : { email }),
      scopes: SCOPES.filter((scope) => scopes.includes(scope)),
      workflowScope: null,
      claims,
    },
  };
}

function trustOf({ JWT_SECRET, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }: Settings): JwtTrust {
  return {
    ...(JWT_SECRET === undefined ? {} : { secret: JWT_SECRET }),
    ...(JWT_JWKS_URL === undefined ? {} : { keySetUrl: JWT_JWKS_URL }),
    ...(JWT_ISSUER === undefined ? {} : { issuer: JWT_ISSUER }),
    ...(JWT_AUDIENCE === undefined ? {} : { audience: JWT_AUDIENCE }),
  };
}

async function identifyByKey(c: AppContext, key: string): Promise<Principal | null> {
  const prefix = apiKeyPrefix(key);
  if (prefix === null) return null;
  const settings = c.get("settings");
  const secrets = serverSecrets(settings);
  if (await isDeveloper(settings, key)) return developer();
  const record = await readRecord(c, prefix);
  const secret = record && secrets.versions.get(record.secretVersion);
  if (!record || secret === null || secret === undefined) return null;
  const hash = toHex(await keyedHash(secret, "api-key", key));
  if (!equalBytes(encode(record.hash), encode(hash))) return null;
  const isOver = (at: string | null) => at !== null && Date.parse(at) <= Date.now();
  if (isOver(record.revokedAt) || isOver(record.expiresAt)) return null;
  if (record.secretVersion !== secrets.current) await hashAgain(c, { record, key, secrets });
  return toPrincipal(record);
}

async function isDeveloper({ DEV_API_KEY, ENVIRONMENT, ...rest }: Settings, key: string) {
  if (ENVIRONMENT !== "development" || DEV_API_KEY === undefined) return false;
  const secret = rest.SERVER_SECRET ?? "";
  const [given, dev] = await Promise.all(
    [key, DEV_API_KEY].map((text) => keyedHash(secret, "api-key", text)),
  );
  return given !== undefined && dev !== undefined && equalBytes(given, dev);
}

interface VerifiedKey {
  record: ApiKeyRecord;
  key: string;
  secrets: ServerSecrets;
}

/**
 * Keys its hash with the current secret, so that the key is still known when the version before is
 * removed. A database that cannot be written does not refuse the caller: the next request tries.
 */
async function hashAgain(c: AppContext, { record, key, secrets }: VerifiedKey): Promise<void> {
  const hash = toHex(await keyedHash(currentSecret(secrets), "api-key", key));
  const replaced = { hash, secretVersion: secrets.current };
  try {
    await storeKeyHash(openDatabase(c.env.DB), record, replaced);
    cache.delete(record.prefix);
  } catch (error) {
    c.get("logger").defect("api key not hashed again", error, { key_id: record.prefix });
  }
}

async function readRecord(c: AppContext, prefix: string): Promise<ApiKeyRecord | null> {
  const known = cache.get(prefix);
  if (known && Date.now() - known.readAt < CACHE_MS) return known.record;
  cache.delete(prefix);
  const record = await findApiKey(openDatabase(c.env.DB), prefix);
  if (record) {
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    cache.set(prefix, { record, readAt: Date.now() });
  }
  return record;
}

function toPrincipal(record: ApiKeyRecord): Principal {
  return {
    id: record.principalId,
    credential: "key",
    scopes: SCOPES.filter((scope) => record.scopes.includes(scope)),
    workflowScope: record.workflowScope,
    claims: {},
  };
}

function developer(): Principal {
  return { id: "dev", credential: "key", scopes: ["admin"], workflowScope: null, claims: {} };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
