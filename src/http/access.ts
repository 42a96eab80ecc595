/**
 * Who asks and what they may. A key's record is believed for five seconds, so that a revoked key
 * ends soon and a busy one does not ask D1 each time.
 */
import { createMiddleware } from "hono/factory";
import { type ApiKeyRecord, findApiKey } from "../db/api-keys.ts";
import { openDatabase } from "../db/database.ts";
import { readSettings } from "../settings.ts";
import { hasScope, type Principal, type Scope, SCOPES } from "../model/access.ts";
import { apiKeyPrefix } from "../security/api-key.ts";
import { equalBytes, keyedHash, toHex } from "../security/keyed-hash.ts";
import { ProblemError } from "./problems.ts";
import type { AppContext, AppEnv } from "./types.ts";

const CACHE_MS = 5_000;
const CACHE_ENTRIES = 1_000;

const cache = new Map<string, { record: ApiKeyRecord; readAt: number }>();

/** Refuses to serve without the settings that this environment needs. */
export const requireSettings = createMiddleware<AppEnv>(async (c, next) => {
  const result = readSettings(c.env);
  if (!result.ok) {
    const detail = `The service is not configured: ${result.problems.join(" ")}`;
    throw new ProblemError({ code: "not_configured", detail });
  }
  c.set("settings", result.settings);
  await next();
});

export const authenticate = createMiddleware<AppEnv>(async (c, next) => {
  const header = c.req.header("authorization");
  if (header === undefined) throw unauthorized("Send `Authorization: Bearer <key>`.");
  const credentials = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (credentials === undefined) throw unauthorized("The Authorization header is not a Bearer.");
  const principal = await identify(c, credentials);
  if (!principal) throw unauthorized("The key is not known, or it has expired or been revoked.");
  c.set("principal", principal);
  await next();
});

/** Lets a caller pass who has the scope; `admin` has them all. */
export function requireScope(scope: Scope) {
  return createMiddleware<AppEnv>(async (c, next) => {
    if (!hasScope(c.get("principal"), scope)) {
      throw insufficientScope(scope);
    }
    await next();
  });
}

export function insufficientScope(scope: Scope): ProblemError {
  return new ProblemError(
    { code: "insufficient_scope", detail: `This needs the scope ${scope}.` },
    { "www-authenticate": `Bearer error="insufficient_scope", scope="${scope}"` },
  );
}

async function identify(c: AppContext, key: string): Promise<Principal | null> {
  const prefix = apiKeyPrefix(key);
  if (prefix === null) return null;
  const { SERVER_SECRET: secret = "", DEV_API_KEY, ENVIRONMENT } = c.get("settings");
  const hash = await keyedHash(secret, "api-key", key);
  if (ENVIRONMENT === "development" && DEV_API_KEY !== undefined) {
    const dev = await keyedHash(secret, "api-key", DEV_API_KEY);
    if (equalBytes(hash, dev)) return developer();
  }
  const record = await readRecord(c, prefix);
  if (!record || !equalBytes(encode(record.hash), encode(toHex(hash)))) return null;
  const isOver = (at: string | null) => at !== null && Date.parse(at) <= Date.now();
  return isOver(record.revokedAt) || isOver(record.expiresAt) ? null : toPrincipal(record);
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
    scopes: SCOPES.filter((scope) => record.scopes.includes(scope)),
    workflowId: record.workflowId,
    claims: {},
  };
}

function developer(): Principal {
  return { id: "dev", scopes: ["admin"], workflowId: null, claims: {} };
}

function unauthorized(detail: string): ProblemError {
  return new ProblemError({ code: "unauthorized", detail }, { "www-authenticate": "Bearer" });
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
