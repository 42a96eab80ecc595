/**
 * The secrets of a service are replaced while its state stays: a local copy is started again with
 * other settings, as a deployment is. Nothing that was made before is lost until its version is
 * removed, and then it is.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type KeyVersions, keyVersionsSchema } from "#model/key-versions.ts";
import { rewrapSchema } from "#model/secret.ts";
import { runSchema } from "#model/run.ts";
import { LocalCopy } from "../support/local-copy.ts";

const NEW = "w8ZfQ3nT6yLp0Rk5Vb2XhJc9Md4GsAeU7iNo";
const SECRETS_KEYS = `1:${Buffer.from("Jp2vX7qRz0Lw4NfT8bYkS5hGc1MdA6eU").toString("base64")}`;
const BOTH = { SERVER_SECRETS: `2:${NEW},1`, SECRETS_KEYS };
const NEW_ALONE = { SERVER_SECRETS: `2:${NEW}`, SECRETS_KEYS };

const pageSchema = z.object({
  items: z.array(z.object({ id: z.string() })),
  next_cursor: z.string(),
});
const createdSchema = z.object({ key: z.string(), id: z.string() });

let copy: LocalCopy;

beforeAll(async () => {
  copy = await LocalCopy.create();
  await copy.start();
}, 120_000);
afterAll(() => copy.dispose());

async function again(settings: Record<string, string>): Promise<void> {
  await copy.kill();
  await copy.start(settings);
}

const startForm = (headers: Record<string, string> = {}) =>
  copy.run("POST", "/v1/executions", { workflow_id: "content_draft_flow" }, headers);

async function linkOf(runId: string): Promise<string> {
  const run = await copy.run("GET", `/v1/executions/${runId}`);
  const token = run.wait?.type === "form" ? run.wait.resume_token : undefined;
  if (token === undefined) throw new Error(`${runId} has no link`);
  return token;
}

/** Answers by the link alone; the status. */
async function answerBy(runId: string, token: string): Promise<number> {
  const response = await fetch(`${copy.url}/v1/executions/${runId}/resume`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ inputs: { topic: "x", audience: "SMB" }, resume_token: token }),
  });
  await response.text();
  return response.status;
}

const listBy = async (key: string) => {
  const response = await fetch(`${copy.url}/v1/workflows`, {
    headers: { authorization: `Bearer ${key}` },
  });
  await response.text();
  return response.status;
};

async function createKey(name: string): Promise<{ key: string; id: string }> {
  const answer = await copy.call("POST", "/v1/keys", { name, scopes: ["workflows:read"] });
  return createdSchema.parse(await answer.json());
}

async function versions(): Promise<KeyVersions> {
  return keyVersionsSchema.parse(await (await copy.call("GET", "/v1/key-versions")).json());
}

const INFER = {
  template_id: "email_v1",
  variables: { topic: "Launch" },
  json_schema: { type: "object", required: ["subject", "body"] },
  mock: true,
};
const TEMPLATE = { prompt: "About {{topic}}" };
const keyed = (key: string) => ({ "idempotency-key": key });

test("links, keys, idempotency keys, cursors and secrets outlive the overlap, and end with it", async () => {
  // With SERVER_SECRET alone.
  const links = await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const { id } = await startForm();
      return { id, token: await linkOf(id) };
    }),
  );
  const [first, second, third, fourth] = links;
  if (!first || !second || !third || !fourth) throw new Error("there are not four runs");
  const started = await startForm(keyed("order-1"));
  const [used, unused] = [await createKey("used"), await createKey("unused")];
  expect(await listBy(used.key)).toBe(200);
  expect((await copy.call("PUT", "/v1/templates/rotated", TEMPLATE, keyed("put-1"))).status).toBe(
    200,
  );
  const inferred = await copy.call("POST", "/v1/ai/infer", INFER, keyed("infer-1"));
  const answer: unknown = await inferred.json();
  expect((await copy.call("PUT", "/v1/secrets/ROTATED", { value: "a value" })).status).toBe(200);
  const page = pageSchema.parse(await (await copy.call("GET", "/v1/templates?limit=1")).json());
  const nextPage = `/v1/templates?limit=1&cursor=${page.next_cursor}`;
  const following = pageSchema.parse(await (await copy.call("GET", nextPage)).json());

  await again(BOTH);
  expect(await versions()).toMatchObject({
    server_secret: {
      current: 2,
      versions: [
        { version: 1, is_known: true, api_keys: 2 },
        { version: 2, is_known: true, api_keys: 0 },
      ],
    },
    secrets_keys: {
      current: 1,
      versions: [
        { version: 0, is_known: true, secrets: 1, answers: 1 },
        { version: 1, is_known: true, secrets: 0, answers: 0 },
      ],
    },
  });
  // The link that was sent works, and another run shows a link of the new version beside it.
  expect(await answerBy(first.id, first.token)).toBe(200);
  expect(await answerBy(first.id, first.token)).toBe(409);
  const newer = await linkOf(second.id);
  expect(newer).not.toBe(second.token);
  expect(await answerBy(second.id, newer)).toBe(200);
  expect(await answerBy(second.id, second.token)).toBe(409);
  const kept = await linkOf(third.id);
  // A key moves to the new version when it is used.
  expect(await listBy(used.key)).toBe(200);
  expect((await versions()).server_secret.versions).toMatchObject([
    { version: 1, api_keys: 1 },
    { version: 2, api_keys: 1 },
  ]);
  expect(await listBy(used.key)).toBe(200);
  expect(await listBy(`${used.key.slice(0, -1)}${used.key.endsWith("a") ? "b" : "a"}`)).toBe(401);
  // Idempotency keys find what they made.
  expect((await startForm(keyed("order-1"))).id).toBe(started.id);
  const put = await copy.call("PUT", "/v1/templates/rotated", TEMPLATE, keyed("put-1"));
  expect(put.headers.get("idempotent-replayed")).toBe("true");
  const other = await copy.call("PUT", "/v1/templates/rotated", { prompt: "x" }, keyed("put-1"));
  expect(other.status).toBe(422);
  const replayed = await copy.call("POST", "/v1/ai/infer", INFER, keyed("infer-1"));
  expect(replayed.headers.get("idempotent-replayed")).toBe("true");
  expect(await replayed.json()).toEqual(answer);
  const continued = pageSchema.parse(await (await copy.call("GET", nextPage)).json());
  expect(continued.items).toEqual(following.items);
  const rewrapped = await copy.call("POST", "/v1/secrets/rewrap");
  expect(rewrapSchema.parse(await rewrapped.json())).toMatchObject({ rewrapped: 1, remaining: 0 });
  const newPage = pageSchema.parse(await (await copy.call("GET", "/v1/templates?limit=1")).json());

  await again(NEW_ALONE);
  expect(await answerBy(fourth.id, fourth.token)).toBe(401);
  expect(await answerBy(third.id, kept)).toBe(200);
  expect(await answerBy(fourth.id, await linkOf(fourth.id))).toBe(200);
  expect(await listBy(used.key)).toBe(200);
  expect(await listBy(unused.key)).toBe(401);
  // Ids of runs are of the first secret for good.
  const same = runSchema.parse(await startForm(keyed("order-1")));
  expect(same.id).toBe(started.id);
  expect((await copy.call("GET", nextPage)).status).toBe(400);
  const going = await copy.call("GET", `/v1/templates?limit=1&cursor=${newPage.next_cursor}`);
  expect(await going.json()).toMatchObject({ items: following.items });
  expect(await versions()).toMatchObject({
    server_secret: { current: 2, versions: [{ version: 1, is_known: false, api_keys: 1 }, {}] },
    secrets_keys: {
      current: 1,
      versions: [
        { version: 0, is_known: false, secrets: 0, answers: 1 },
        { version: 1, is_known: true, secrets: 1, answers: 0 },
      ],
    },
  });
  // Its fingerprint is of a version that is gone, so it cannot be compared any more.
  const lost = await copy.call("POST", "/v1/ai/infer", INFER, keyed("infer-1"));
  expect(await lost.json()).toMatchObject({ code: "idempotency_key_reused" });
}, 300_000);

test("a service whose secrets cannot be told apart is not served", async () => {
  for (const SERVER_SECRETS of ["2:short,1", `2:${NEW},2:${NEW}x`, "x"]) {
    await copy.kill();
    await expect(copy.start({ SERVER_SECRETS })).rejects.toThrow(/SERVER_SECRETS/);
  }
}, 120_000);
