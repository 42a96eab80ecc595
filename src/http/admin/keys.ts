/** `/v1/keys`: API keys. A key is shown in the response that creates it, and nowhere else. */
import { z } from "zod";
import {
  type ApiKeyRecord,
  findApiKey,
  hasPrincipal,
  listApiKeys,
  revokeApiKey,
  storeApiKey,
} from "#db/api-keys.ts";
import { createdKeySchema, type Key, keyBodySchema, keySchema } from "#model/api-key.ts";
import { createApiKey, randomText } from "#security/api-key.ts";
import { keyedHash, toHex } from "#security/keyed-hash.ts";
import { currentSecret } from "#security/server-secrets.ts";
import { serverSecrets } from "#settings.ts";
import { asAdmin } from "../access.ts";
import { answeredKey } from "../idempotency/write-keys.ts";
import { ProblemError } from "../problems/problems.ts";
import { jsonBody } from "../route/body.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { BY_ID, pageQuery, pageSchema, readPage } from "../route/paging.ts";
import { atPrimary } from "../sessions.ts";
import type { AppContext } from "../types.ts";
import { changeOf } from "./audit.ts";

const tag = "Keys";

const list = defineRoute({
  method: "get",
  path: "/v1/keys",
  operationId: "listKeys",
  summary: "List API keys",
  description:
    "In the order of their ids, including revoked and expired ones. Never the keys themselves.",
  tag,
  access: asAdmin,
  query: pageQuery(),
  session: true,
  answers: { 200: { schema: pageSchema("KeyList", keySchema), description: "A page." } },
  async handle(c, { query }) {
    const db = atPrimary(c);
    const { rows, next_cursor } = await readPage(c, query, {
      name: "listKeys",
      place: BY_ID,
      read: (after, count) => listApiKeys(db, after ?? "", count),
      placeOf: ({ prefix }) => prefix,
    });
    return { status: 200, body: { items: rows.map(toKey), next_cursor } };
  },
});

const create = defineRoute({
  method: "post",
  path: "/v1/keys",
  operationId: "createKey",
  summary: "Create an API key",
  description:
    "The response shows the key once: a replay with the same idempotency key does not show it again. With `principal_id` it replaces another key of that principal, which is revoked separately.",
  tag,
  access: asAdmin,
  body: jsonBody(keyBodySchema),
  idempotent: "write",
  answers: { 201: { schema: createdKeySchema, description: "Created." } },
  async handle(c, { body }) {
    const { key, prefix } = createApiKey();
    const secrets = serverSecrets(c.get("settings"));
    const change = changeOf(c);
    const record: ApiKeyRecord = {
      prefix,
      principalId: await choosePrincipal(c, body.principal_id),
      name: body.name,
      hash: toHex(await keyedHash(currentSecret(secrets), "api-key", key)),
      secretVersion: secrets.current,
      scopes: [...new Set(body.scopes)],
      workflowScope: body.workflow_id ?? null,
      createdAt: change.at,
      expiresAt: body.expires_at === undefined ? null : futureTime(body.expires_at),
      revokedAt: null,
    };
    const shown = toKey(record);
    // The stored answer for an idempotency key must not contain the API key: it is shown once.
    const answered = answeredKey(c, { status: 201, body: shown });
    await storeApiKey(atPrimary(c), record, change, answered);
    return { status: 201, body: { ...shown, key } };
  },
});

const revoke = defineRoute({
  method: "delete",
  path: "/v1/keys/{id}",
  operationId: "revokeKey",
  summary: "Revoke an API key",
  description: "It is refused within five seconds. Revoking it again changes nothing.",
  tag,
  access: asAdmin,
  params: z.object({ id: z.string().meta({ example: "i7lbshi5by" }) }),
  idempotent: "write",
  answers: { 204: { description: "Revoked." } },
  problems: ["key_not_found"],
  async handle(c, { params: { id } }) {
    const db = atPrimary(c);
    if (!(await findApiKey(db, id))) {
      const detail = `There is no key "${id.slice(0, 100)}".`;
      throw new ProblemError({ code: "key_not_found", detail });
    }
    const answer = { status: 204 } as const;
    await revokeApiKey(db, id, changeOf(c), answeredKey(c, answer));
    return answer;
  },
});

export const keyOperations: readonly Operation[] = [list, create, revoke];

/** A new principal, or one that has a key already: a key cannot impersonate anyone else. */
async function choosePrincipal(c: AppContext, asked: string | undefined): Promise<string> {
  if (asked === undefined) return `key_${randomText(16)}`;
  if (await hasPrincipal(atPrimary(c), asked)) return asked;
  throw invalid("/principal_id", "unknown_principal", "No key has this principal.");
}

/** In the stored form: UTC with milliseconds. */
function futureTime(text: string): string {
  const time = new Date(text);
  if (time.getTime() > Date.now()) return time.toISOString();
  throw invalid("/expires_at", "in_the_past", "The key would have expired already.");
}

function invalid(pointer: string, code: string, message: string): ProblemError {
  const errors = [{ code, message, pointer }];
  return new ProblemError({ code: "validation_failed", detail: message, errors });
}

function toKey(record: ApiKeyRecord): Key {
  const { prefix, name, principalId, scopes, workflowScope, createdAt, expiresAt, revokedAt } =
    record;
  return {
    id: prefix,
    name,
    principal_id: principalId,
    scopes,
    ...(workflowScope === null ? {} : { workflow_id: workflowScope }),
    created_at: createdAt,
    ...(expiresAt === null ? {} : { expires_at: expiresAt }),
    ...(revokedAt === null ? {} : { revoked_at: revokedAt }),
  };
}
