/** `/v1/keys`: API keys. A key is shown in the response that creates it, and nowhere else. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import {
  type ApiKeyRecord,
  findApiKey,
  hasPrincipal,
  listApiKeys,
  revokeApiKey,
  storeApiKey,
} from "#db/api-keys.ts";
import { openDatabase } from "#db/database.ts";
import { createdKeySchema, type Key, keyBodySchema, keySchema } from "#model/api-key.ts";
import { createApiKey, randomText } from "#security/api-key.ts";
import { keyedHash, toHex } from "#security/keyed-hash.ts";
import { requireUnlimited } from "../access.ts";
import { changeOf } from "./audit.ts";
import { decodeCursor, encodeCursor, pageQuery } from "../cursor.ts";
import { keyHeaders, keyProblems } from "../idempotency/key.ts";
import { ProblemError } from "../problems/problems.ts";
import { jsonResponse, problemResponses, requestIdHeader, securedRoute } from "../route.ts";
import type { AppContext, AppEnv } from "../types.ts";
import { answeredKey, rememberWrite } from "../idempotency/write-keys.ts";

const tags = ["Keys"];
const listSchema = z
  .object({ items: z.array(keySchema), next_cursor: z.string().nullable() })
  .meta({ id: "KeyList", example: { items: [], next_cursor: null } });

export function mountKeys(app: OpenAPIHono<AppEnv>): void {
  mountList(app);
  mountCreate(app);
  mountRevoke(app);
}

function mountList(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "admin",
      {
        method: "get",
        path: "/v1/keys",
        operationId: "listKeys",
        summary: "List API keys",
        description:
          "In the order of their ids, including revoked and expired ones. Never the keys themselves.",
        tags,
        request: { query: pageQuery },
        responses: {
          200: jsonResponse(listSchema, "A page."),
          ...problemResponses("invalid_parameter"),
        },
      },
      undefined,
      requireUnlimited,
    ),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const found = await listApiKeys(openDatabase(c.env.DB), decodeCursor(cursor), limit + 1);
      const items = found.slice(0, limit).map(toKey);
      const last = found.length > limit ? items.at(-1) : undefined;
      return c.json({ items, next_cursor: last ? encodeCursor(last.id) : null }, 200);
    },
  );
}

function mountCreate(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "admin",
      {
        method: "post",
        path: "/v1/keys",
        operationId: "createKey",
        summary: "Create an API key",
        description:
          "The response shows the key once: a replay with the same idempotency key does not show it again. With `principal_id` it replaces another key of that principal, which is revoked separately.",
        tags,
        request: {
          headers: keyHeaders,
          body: { required: true, content: { "application/json": { schema: keyBodySchema } } },
        },
        responses: {
          201: jsonResponse(createdKeySchema, "Created."),
          ...problemResponses(
            "malformed_body",
            "number_not_exact",
            "payload_too_large",
            "unsupported_media_type",
            "validation_failed",
            ...keyProblems,
          ),
        },
      },
      { yaml: false, optional: false },
      requireUnlimited,
      rememberWrite,
    ),
    async (c) => {
      const body = c.req.valid("json");
      const principalId = await choosePrincipal(c, body.principal_id);
      const { key, prefix } = createApiKey();
      const { SERVER_SECRET = "" } = c.get("settings");
      const change = changeOf(c);
      const record: ApiKeyRecord = {
        prefix,
        principalId,
        name: body.name,
        hash: toHex(await keyedHash(SERVER_SECRET, "api-key", key)),
        scopes: [...new Set(body.scopes)],
        workflowId: body.workflow_id ?? null,
        createdAt: change.at,
        expiresAt: body.expires_at === undefined ? null : futureTime(body.expires_at),
        revokedAt: null,
      };
      const told = toKey(record);
      // The stored answer for an idempotency key must not contain the API key: it is shown once.
      const answered = answeredKey(c, { status: 201, body: JSON.stringify(told) });
      await storeApiKey(openDatabase(c.env.DB), record, change, answered);
      return c.json({ ...told, key }, 201);
    },
  );
}

function mountRevoke(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "admin",
      {
        method: "delete",
        path: "/v1/keys/{id}",
        operationId: "revokeKey",
        summary: "Revoke an API key",
        description: "It is refused within five seconds. Revoking it again changes nothing.",
        tags,
        request: {
          params: z.object({ id: z.string().meta({ example: "i7lbshi5by" }) }),
          headers: keyHeaders,
        },
        responses: {
          204: { description: "Revoked.", headers: requestIdHeader },
          ...problemResponses("key_not_found", ...keyProblems),
        },
      },
      undefined,
      requireUnlimited,
      rememberWrite,
    ),
    async (c) => {
      const { id } = c.req.valid("param");
      const db = openDatabase(c.env.DB);
      if (!(await findApiKey(db, id))) {
        const detail = `There is no key "${id.slice(0, 100)}".`;
        throw new ProblemError({ code: "key_not_found", detail });
      }
      await revokeApiKey(db, id, changeOf(c), answeredKey(c, { status: 204, body: "" }));
      return c.body(null, 204);
    },
  );
}

/** A new principal, or one that has a key already: a key cannot impersonate anyone else. */
async function choosePrincipal(c: AppContext, asked: string | undefined): Promise<string> {
  if (asked === undefined) return `key_${randomText(16)}`;
  if (await hasPrincipal(openDatabase(c.env.DB), asked)) return asked;
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
  const { prefix, name, principalId, scopes, workflowId, createdAt, expiresAt, revokedAt } = record;
  return {
    id: prefix,
    name,
    principal_id: principalId,
    scopes,
    ...(workflowId === null ? {} : { workflow_id: workflowId }),
    created_at: createdAt,
    ...(expiresAt === null ? {} : { expires_at: expiresAt }),
    ...(revokedAt === null ? {} : { revoked_at: revokedAt }),
  };
}
