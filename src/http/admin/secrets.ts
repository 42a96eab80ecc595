/** `/v1/secrets`: values can be written, never read. Cryptography is in `security/secrets.ts`. */
import { z } from "zod";
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
  type SecretBody,
  secretBodySchema,
  SECRET_NAME_PATTERN,
  secretSchema,
} from "#model/secret.ts";
import type { KeyRing } from "#security/secret-keys.ts";
import { rewrapSecret, sealSecret } from "#security/secrets.ts";
import { secretsKeyRing } from "#settings.ts";
import { asAdmin } from "../access.ts";
import { untilStored } from "../idempotency/until-stored.ts";
import { answeredKey } from "../idempotency/write-keys.ts";
import { ProblemError } from "../problems/problems.ts";
import { jsonBody } from "../route/body.ts";
import { defineRoute, type Operation } from "../route/define.ts";
import { BY_ID, pageQuery, pageSchema, readPage } from "../route/paging.ts";
import { atPrimary, sessionsOf } from "../sessions.ts";
import type { AppContext } from "../types.ts";
import { changeOf } from "./audit.ts";

const tag = "Secrets";
const nameParams = z.object({
  name: z
    .string()
    .regex(
      SECRET_NAME_PATTERN,
      "must have 1 to 64 letters, digits and underscores, and start with a letter",
    )
    .meta({ example: "TICKETS_TOKEN" }),
});

const list = defineRoute({
  method: "get",
  path: "/v1/secrets",
  operationId: "listSecrets",
  summary: "List secrets",
  description: "Names, versions and times, in the order of the names. Never values.",
  tag,
  access: asAdmin,
  query: pageQuery(),
  session: true,
  answers: { 200: { schema: pageSchema("SecretList", secretSchema), description: "A page." } },
  async handle(c, { query }) {
    const { rows, next_cursor } = await readPage(c, query, {
      name: "listSecrets",
      place: BY_ID,
      read: (after, count) => sessionsOf(c).read((db) => listSecrets(db, after ?? "", count)),
      placeOf: ({ name }) => name,
    });
    return { status: 200, body: { items: rows.map(toSecret), next_cursor } };
  },
});

const put = defineRoute({
  method: "put",
  path: "/v1/secrets/{name}",
  operationId: "putSecret",
  summary: "Store a secret",
  description:
    "Encrypts the value and stores it as the next version, even if it is the same value. An api_call reads it as `{{secrets.NAME}}` in a header or its body; steps that start from then on use it. With `workflows` only those may use it: the others are refused when they are stored with its name and when they start, and their calls fail with `secret_missing`.",
  tag,
  access: asAdmin,
  params: nameParams,
  body: jsonBody(secretBodySchema),
  idempotent: "write",
  answers: { 200: { schema: secretSchema, description: "Stored." } },
  handle: (c, { params, body }) => untilStored(() => putSecret(c, params.name, body)),
});

const remove = defineRoute({
  method: "delete",
  path: "/v1/secrets/{name}",
  operationId: "deleteSecret",
  summary: "Delete a secret",
  description: "Deletes the value permanently. Steps that need it fail with `secret_missing`.",
  tag,
  access: asAdmin,
  params: nameParams,
  idempotent: "write",
  answers: { 204: { description: "Deleted." } },
  problems: ["secret_not_found"],
  async handle(c, { params: { name } }) {
    const answer = { status: 204 } as const;
    const db = atPrimary(c);
    if (await deleteSecret(db, name, changeOf(c), answeredKey(c, answer))) return answer;
    throw new ProblemError({ code: "secret_not_found", detail: `There is no secret "${name}".` });
  },
});

const rewrap = defineRoute({
  method: "post",
  path: "/v1/secrets/rewrap",
  operationId: "rewrapSecrets",
  summary: "Wrap secrets under the current key",
  description: `After a key was added to SECRETS_KEYS: wraps the data keys of up to ${LIMITS.secretsPerRewrap} secrets with it. Values and versions do not change. Repeat until nothing remains.`,
  tag,
  access: asAdmin,
  idempotent: "write",
  answers: { 200: { schema: rewrapSchema, description: "What was done, and what remains." } },
  async handle(c) {
    const db = atPrimary(c);
    const ring = await keyRing(c);
    const others = [...ring.keys.keys()].filter((version) => version !== ring.current);
    const found = await findSecretsOfKeys(db, others, LIMITS.secretsPerRewrap);
    const { rewrapped, failed } = await rewrapAll(ring, found);
    const before = await countSecretsOfOtherKeys(db, ring.current);
    const body = {
      key_version: ring.current,
      rewrapped: rewrapped.length,
      remaining: Math.max(0, before - rewrapped.length),
      failed,
    };
    const answer = { status: 200, body } as const;
    await storeRewrapped(db, rewrapped, changeOf(c), answeredKey(c, answer));
    return answer;
  },
});

export const secretOperations: readonly Operation[] = [list, put, remove, rewrap];

/** Stores the value as the next version; null where another version was stored in between. */
async function putSecret(c: AppContext, name: string, { value, workflows: asked }: SecretBody) {
  const db = atPrimary(c);
  const last = await readLastSecret(db, name);
  const version = last.version + 1;
  // A value that is replaced by a script must not become usable everywhere by that.
  const workflows = asked === undefined ? last.workflows : asked && [...new Set(asked)];
  const sealed = await sealSecret(await keyRing(c), { name, version, workflows }, value);
  const change = changeOf(c);
  const { keyVersion } = sealed;
  const createdAt = last.createdAt ?? change.at;
  const body = toSecret({ name, version, keyVersion, workflows, createdAt, updatedAt: change.at });
  const answer = { status: 200, body } as const;
  const secret = { name, version, workflows, sealed };
  return (await storeSecret(db, secret, change, answeredKey(c, answer))) ? answer : null;
}

async function rewrapAll(
  ring: KeyRing,
  found: readonly StoredSecret[],
): Promise<{ rewrapped: StoredSecret[]; failed: string[] }> {
  const rewrapped: StoredSecret[] = [];
  const failed: string[] = [];
  for (const secret of found) {
    const result = await rewrapSecret(ring, secret, secret.sealed);
    if (result.ok) rewrapped.push({ ...secret, sealed: result.value });
    else failed.push(secret.name);
  }
  return { rewrapped, failed };
}

function keyRing(c: AppContext): Promise<KeyRing> {
  return secretsKeyRing(c.get("settings"));
}

function toSecret({ name, version, keyVersion, workflows, ...times }: SecretFacts): Secret {
  return {
    name,
    version,
    key_version: keyVersion,
    ...(workflows === null ? {} : { workflows: [...workflows] }),
    created_at: times.createdAt,
    updated_at: times.updatedAt,
  };
}
