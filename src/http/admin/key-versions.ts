/** `/v1/key-versions`: whether a version of a secret of the service can be removed. */
import { openDatabase } from "#db/database.ts";
import { readVersionUses } from "#db/key-versions.ts";
import { keyVersionsSchema } from "#model/key-versions.ts";
import { secretsKeyRing, serverSecrets } from "#settings.ts";
import { asAdmin } from "../access.ts";
import { defineRoute, type Operation } from "../route/define.ts";

const read = defineRoute({
  method: "get",
  path: "/v1/key-versions",
  operationId: "readKeyVersions",
  summary: "See which versions of secrets are in use",
  description:
    "Which versions of SERVER_SECRET and SECRETS_KEYS there are, and how much still needs each: a version that nothing needs can be removed. Links and cursors are not stored anywhere, so they are not counted. Never the secrets.",
  tag: "Secrets",
  access: asAdmin,
  answers: { 200: { schema: keyVersionsSchema, description: "By version, ascending." } },
  async handle(c) {
    const settings = c.get("settings");
    const uses = await readVersionUses(openDatabase(c.env.DB), new Date().toISOString());
    const roots = serverSecrets(settings);
    const ring = await secretsKeyRing(settings);
    const server_secret = {
      current: roots.current,
      versions: versionsIn(roots.versions, uses.apiKeys).map((version) => ({
        version,
        is_known: roots.versions.has(version),
        api_keys: uses.apiKeys.get(version) ?? 0,
      })),
    };
    const secrets_keys = {
      current: ring.current,
      versions: versionsIn(ring.keys, uses.secrets, uses.answers, uses.archives).map((version) => ({
        version,
        is_known: ring.keys.has(version),
        secrets: uses.secrets.get(version) ?? 0,
        answers: uses.answers.get(version) ?? 0,
        archives: uses.archives.get(version) ?? 0,
      })),
    };
    return { status: 200, body: { server_secret, secrets_keys } };
  },
});

export const keyVersionOperations: readonly Operation[] = [read];

/** Those that the settings have, and those that something needs. */
function versionsIn(...maps: ReadonlyMap<number, unknown>[]): number[] {
  const all = new Set(maps.flatMap((map) => [...map.keys()]));
  return [...all].toSorted((left, right) => left - right);
}
