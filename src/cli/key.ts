/**
 * `npm run key`: creates and revokes API keys in D1, local or (`--remote`) production. The key is
 * printed once; only its hash is stored. It writes to the database, not through the API, because
 * the first key needs no other key.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { SCOPES } from "#model/access.ts";
import type { AuditAction } from "#model/audit.ts";
import { createApiKey, randomText } from "#security/api-key.ts";
import { keyedHash, toHex } from "#security/keyed-hash.ts";
import {
  currentSecret,
  firstSecret,
  parseServerSecrets,
  type ServerSecrets,
} from "#security/server-secrets.ts";
import { readDevVars } from "./dev-vars.ts";
import { stateDir } from "./paths.ts";
import { runWrangler } from "./wrangler.ts";

const USAGE = `Usage:
  npm run key -- create --name NAME --scope SCOPE[,SCOPE] [--workflow ID] [--expires TIME]
                          [--principal ID] [--remote]
  npm run key -- revoke PREFIX [--remote]

--principal creates a new key for a principal that has one already, so that its idempotency keys
stay valid; without it the key gets a principal of its own.

Scopes: ${SCOPES.join(", ")}.
Locally the secret comes from .dev.vars; with --remote from SERVER_SECRET in the environment, and
from SERVER_SECRETS where that is set.`;

class UsageError extends Error {}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: "string" },
    scope: { type: "string" },
    workflow: { type: "string" },
    expires: { type: "string" },
    principal: { type: "string" },
    remote: { type: "boolean", default: false },
  },
});

async function create(): Promise<void> {
  const { name, scope, workflow, expires } = values;
  if (name === undefined || scope === undefined) throw new UsageError(USAGE);
  const scopes = scope.split(",");
  const unknown = scopes.find((one) => !SCOPES.some((known) => known === one));
  if (unknown !== undefined) throw new UsageError(`There is no scope "${unknown}".\n\n${USAGE}`);
  const expiresAt = expires === undefined ? null : new Date(expires).toISOString();
  const { key, prefix } = createApiKey();
  const secrets = readServerSecrets();
  const hash = toHex(await keyedHash(currentSecret(secrets), "api-key", key));
  const row = [
    prefix,
    values.principal ?? `key_${randomText(16)}`,
    name,
    hash,
    JSON.stringify(scopes),
    workflow ?? null,
    new Date().toISOString(),
    expiresAt,
    String(secrets.current),
  ];
  await execute(
    `INSERT INTO api_keys (prefix, principal_id, name, hash, scopes, workflow_id, created_at, expires_at, secret_version)
     VALUES (${row.map(sqlText).join(", ")});
     ${auditSql("key.created", prefix)}`,
  );
  console.log(
    `Created "${name}" with the prefix ${prefix}, principal ${row[1]}. The key is shown once:\n\n  ${key}\n`,
  );
}

async function revoke(prefix: string): Promise<void> {
  const revoked = await execute(
    `UPDATE api_keys SET revoked_at = ${sqlText(new Date().toISOString())} WHERE prefix = ${sqlText(prefix)} RETURNING prefix;
     ${auditSql("key.revoked", prefix)}`,
  );
  if (revoked === 0) throw new Error(`There is no key with the prefix ${prefix}.`);
  console.log(`Revoked ${prefix}; it stops working within five seconds.`);
}

/** The audit entry of the previous statement, like the API's; none when it changed nothing. */
function auditSql(action: AuditAction, prefix: string): string {
  const entry = [new Date().toISOString(), crypto.randomUUID(), "npm run key", action, prefix];
  return `INSERT INTO audit (at, id, actor, action, target, request_id)
     SELECT ${[...entry, ""].map(sqlText).join(", ")} WHERE changes() > 0`;
}

function readServerSecrets(): ServerSecrets {
  const setting = (name: string) =>
    (values.remote ? undefined : readDevVars()[name]) ?? process.env[name];
  const first = setting("SERVER_SECRET");
  if (first === undefined) throw new UsageError(`SERVER_SECRET is not set.\n\n${USAGE}`);
  const list = setting("SERVER_SECRETS") ?? "";
  if (list === "") return firstSecret(first);
  const read = parseServerSecrets(first, list);
  if (!read.ok) throw new UsageError(`SERVER_SECRETS: ${read.error}.`);
  return read.value;
}

/** The number of returned rows: locally wrangler does not report how many were changed. */
async function execute(sql: string): Promise<number> {
  const place = values.remote
    ? ["--remote", "--env", "production"]
    : ["--local", "--persist-to", stateDir()];
  const command = ["d1", "execute", "DB", ...place, "--yes", "--json", "--command", sql];
  const output = await runWrangler(command);
  const results = resultsSchema.parse(JSON.parse(output.slice(output.indexOf("["))));
  return results.reduce((rows, { results: returned = [] }) => rows + returned.length, 0);
}

const resultsSchema = z.array(z.object({ results: z.array(z.unknown()).optional() }));

function sqlText(value: string | null): string {
  return value === null ? "NULL" : `'${value.replaceAll("'", "''")}'`;
}

try {
  const [command, prefix] = positionals;
  if (command === "create") await create();
  else if (command === "revoke" && prefix !== undefined) await revoke(prefix);
  else throw new UsageError(USAGE);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
