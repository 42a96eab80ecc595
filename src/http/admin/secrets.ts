/** `/v1/secrets`: values can be written, never read. Cryptography is in `security/secrets.ts`. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";
import { openDatabase } from "#db/database.ts";
import {
  countSecretsOfOtherKeys,
  deleteSecret,
  findSecretsOfKeys,
  listSecrets,
  readLastSecret,
  type SecretFacts,
  storeRewrapped,
  storeSecret,
  type StoredSecret,
} from "#db/secrets.ts";
import { LIMITS } from "#model/limits.ts";
import {
  rewrapSchema,
  type Secret,
  secretBodySchema,
  SECRET_NAME_PATTERN,
  secretSchema,
} from "#model/secret.ts";
import { type KeyRing, openKeyRing } from "#security/secret-keys.ts";
import { rewrapSecret, sealSecret } from "#security/secrets.ts";
import { requireUnlimited } from "../access.ts";
import { changeOf } from "./audit.ts";
import { decodeCursor, encodeCursor, pageQuery } from "../cursor.ts";
import { keyHeaders, keyProblems } from "../idempotency/key.ts";
import { ProblemError } from "../problems/problems.ts";
import { jsonResponse, problemResponses, requestIdHeader, securedRoute } from "../route.ts";
import type { AppContext, AppEnv } from "../types.ts";
import { untilStored } from "../idempotency/until-stored.ts";
import { answeredKey, rememberWrite } from "../idempotency/write-keys.ts";

const tags = ["Secrets"];
const nameParams = z.object({
  name: z
    .string()
    .regex(
      SECRET_NAME_PATTERN,
      "must have 1 to 64 letters, digits and underscores, and start with a letter",
    )
    .meta({ example: "TICKETS_TOKEN" }),
});
const listSchema = z
  .object({ items: z.array(secretSchema), next_cursor: z.string().nullable() })
  .meta({ id: "SecretList", example: { items: [], next_cursor: null } });

export function mountSecrets(app: OpenAPIHono<AppEnv>): void {
  mountList(app);
  mountPut(app);
  mountDelete(app);
  mountRewrap(app);
}

function mountList(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "admin",
      {
        method: "get",
        path: "/v1/secrets",
        operationId: "listSecrets",
        summary: "List secrets",
        description: "Names, versions and times, in the order of the names. Never values.",
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
      const found = await listSecrets(openDatabase(c.env.DB), decodeCursor(cursor), limit + 1);
      const items = found.slice(0, limit).map(toSecret);
      const last = found.length > limit ? items.at(-1) : undefined;
      return c.json({ items, next_cursor: last ? encodeCursor(last.name) : null }, 200);
    },
  );
}

function mountPut(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "admin",
      {
        method: "put",
        path: "/v1/secrets/{name}",
        operationId: "putSecret",
        summary: "Store a secret",
        description:
          "Encrypts the value and stores it as the next version, even if it is the same value. An api_call reads it as `{{secrets.NAME}}` in a header or its body; steps that start from then on use it.",
        tags,
        request: {
          params: nameParams,
          headers: keyHeaders,
          body: { required: true, content: { "application/json": { schema: secretBodySchema } } },
        },
        responses: {
          200: jsonResponse(secretSchema, "Stored."),
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
      const { name } = c.req.valid("param");
      const { value } = c.req.valid("json");
      const stored = await untilStored(() => putSecret(c, name, value));
      return c.json(stored, 200);
    },
  );
}

function mountDelete(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "admin",
      {
        method: "delete",
        path: "/v1/secrets/{name}",
        operationId: "deleteSecret",
        summary: "Delete a secret",
        description:
          "Deletes the value permanently. Steps that need it fail with `secret_missing`.",
        tags,
        request: { params: nameParams, headers: keyHeaders },
        responses: {
          204: { description: "Deleted.", headers: requestIdHeader },
          ...problemResponses("secret_not_found", ...keyProblems),
        },
      },
      undefined,
      requireUnlimited,
      rememberWrite,
    ),
    async (c) => {
      const { name } = c.req.valid("param");
      const answered = answeredKey(c, { status: 204, body: "" });
      const isDeleted = await deleteSecret(openDatabase(c.env.DB), name, changeOf(c), answered);
      if (isDeleted) return c.body(null, 204);
      throw new ProblemError({ code: "secret_not_found", detail: `There is no secret "${name}".` });
    },
  );
}

function mountRewrap(app: OpenAPIHono<AppEnv>): void {
  app.openapi(
    securedRoute(
      "admin",
      {
        method: "post",
        path: "/v1/secrets/rewrap",
        operationId: "rewrapSecrets",
        summary: "Wrap secrets under the current key",
        description: `After a key was added to SECRETS_KEYS: wraps the data keys of up to ${LIMITS.secretsPerRewrap} secrets with it. Values and versions do not change. Repeat until nothing remains.`,
        tags,
        request: { headers: keyHeaders },
        responses: {
          200: jsonResponse(rewrapSchema, "What was done, and what remains."),
          ...problemResponses(...keyProblems),
        },
      },
      undefined,
      requireUnlimited,
      rememberWrite,
    ),
    async (c) => {
      const db = openDatabase(c.env.DB);
      const ring = await keyRing(c);
      const others = [...ring.keys.keys()].filter((version) => version !== ring.current);
      const found = await findSecretsOfKeys(db, others, LIMITS.secretsPerRewrap);
      const { rewrapped, failed } = await rewrapAll(ring, found);
      const before = await countSecretsOfOtherKeys(db, ring.current);
      const done = {
        key_version: ring.current,
        rewrapped: rewrapped.length,
        remaining: Math.max(0, before - rewrapped.length),
        failed,
      };
      const answered = answeredKey(c, { status: 200, body: JSON.stringify(done) });
      await storeRewrapped(db, rewrapped, changeOf(c), answered);
      return c.json(done, 200);
    },
  );
}

/** Stores the value as the next version; null where another version was stored in between. */
async function putSecret(c: AppContext, name: string, value: string): Promise<Secret | null> {
  const db = openDatabase(c.env.DB);
  const last = await readLastSecret(db, name);
  const version = last.version + 1;
  const sealed = await sealSecret(await keyRing(c), { name, version }, value);
  const change = changeOf(c);
  const { keyVersion } = sealed;
  const createdAt = last.createdAt ?? change.at;
  const told = toSecret({ name, version, keyVersion, createdAt, updatedAt: change.at });
  const answered = answeredKey(c, { status: 200, body: JSON.stringify(told) });
  return (await storeSecret(db, { name, version, sealed }, change, answered)) && told;
}

async function rewrapAll(
  ring: KeyRing,
  found: readonly StoredSecret[],
): Promise<{ rewrapped: StoredSecret[]; failed: string[] }> {
  const rewrapped: StoredSecret[] = [];
  const failed: string[] = [];
  for (const secret of found) {
    const result = await rewrapSecret(ring, secret, secret.sealed);
    if (result.ok) rewrapped.push({ ...secret, sealed: result.sealed });
    else failed.push(secret.name);
  }
  return { rewrapped, failed };
}

function keyRing(c: AppContext): Promise<KeyRing> {
  const { SERVER_SECRET = "", SECRETS_KEYS } = c.get("settings");
  return openKeyRing(SERVER_SECRET, SECRETS_KEYS);
}

function toSecret({ name, version, keyVersion, createdAt, updatedAt }: SecretFacts): Secret {
  return { name, version, key_version: keyVersion, created_at: createdAt, updated_at: updatedAt };
}
