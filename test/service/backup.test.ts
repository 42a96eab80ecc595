/**
 * A backup from one service into another, by the command that operators use; what is refused; and
 * that nothing of the file can be read without the keys.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { historySchema, runSchema } from "#model/run.ts";
import { callProgram, Folder } from "../cli/program.ts";
import { RESTORE_TOKEN, type Service, startService } from "../support/service.ts";
import { answerForm, createRuns, projected, type Runs, start } from "./runs.ts";

const SECRET = "a value that must never be read";
const SENSITIVE = "4111 1111 1111 1111 is sensitive";
const folder = new Folder({});
const FILE = `${folder.path}/backup.ndjson`;

let from: Service;
let into: Service;
let runs: Runs;
/** A run with a sensitive answer. */
let sensitive: string;
/** A run of the service that was restored. */
let startedLast: string;

const KEYED = { headers: { "idempotency-key": "restored-1" } };
const FLOW = `id: sensitive_flow
name: Sensitive
start_step: ask
steps:
  - id: ask
    type: form
    name: Ask
    config: { fields: [{ key: card, type: string, required: true, sensitive: true }] }
    next: sign
  - id: sign
    type: approval
    name: Sign
    config: { approvers: [ann@example.com] }
`;

const program = (service: Service, command: string, ...args: string[]) =>
  callProgram([
    command,
    "--url",
    service.url,
    "--api-key",
    service.key,
    ...(command === "doctor" ? [] : ["--restore-token", RESTORE_TOKEN]),
    ...args,
  ]);

beforeAll(async () => {
  [from, into] = await Promise.all([startService(), startService()]);
  runs = await createRuns(from);
  await from.put("/v1/secrets/TICKETS_TOKEN", { value: SECRET });
  expect((await from.yaml("POST", "/v1/workflows", FLOW)).status).toBe(201);
  sensitive = await start(from, { workflow_id: "sensitive_flow" });
  await from.post(`/v1/executions/${sensitive}/resume`, { inputs: { card: SENSITIVE } });
  const keyed = await from.post(
    "/v1/executions",
    { workflow_id: "content_draft_flow" },
    KEYED.headers,
  );
  expect(keyed.status).toBe(202);
  await from.put("/v1/templates/kept", { prompt: "Kept" }, { "idempotency-key": "write-1" });
  await projected(from, [...Object.values(runs.ids), sensitive, runSchema.parse(keyed.json()).id]);
  const taken = await program(from, "backup", "--with-keys", FILE);
  expect(taken).toMatchObject({ code: 0, err: "" });
});

afterAll(async () => {
  folder.remove();
  await Promise.all([from.close(), into.close()]);
});

/** What callers see of every run. */
async function everything(service: Service): Promise<Record<string, unknown>> {
  const ids = (await from.stored()).runs.map(({ id }) => id);
  const entries = ids.map(async (id) => {
    const path = `/v1/executions/${id}`;
    const answers = await Promise.all(
      ["", "/history", "/context"].map(async (rest) => (await service.get(path + rest)).json()),
    );
    return [id, answers] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

test("the file is its owner's alone, and shows nothing of what it holds", async () => {
  expect(statSync(FILE).mode & 0o777).toBe(0o600);
  const text = readFileSync(FILE, "utf8");
  for (const word of [SECRET, SENSITIVE, "Launch", "content_draft_flow", "TICKETS_TOKEN"]) {
    expect(text).not.toContain(word);
  }
  const lines = text.trimEnd().split("\n");
  const types = lines.map(
    (line) => z.looseObject({ type: z.string() }).parse(JSON.parse(line)).type,
  );
  expect([types[0], types.at(-1)]).toEqual(["backup", "end"]);
  expect(new Set(types.slice(1, -1))).toEqual(new Set(["run", "rows"]));
});

describe("is refused", () => {
  const line = (index: number) => readFileSync(FILE, "utf8").trimEnd().split("\n").at(index) ?? "";

  test("where RESTORE_TOKEN is not set, or another one is sent", async () => {
    const paths = [
      ["GET", "/v1/backup"],
      ["POST", "/v1/restore"],
      ["POST", "/v1/rebuild"],
      ["POST", "/v1/restore/release"],
    ] as const;
    for (const [method, path] of paths) {
      for (const token of [undefined, "", "x", RESTORE_TOKEN.slice(1), `${RESTORE_TOKEN}x`]) {
        const headers = token === undefined ? {} : { "x-restore-token": token };
        const answer = await into.send({ method, path, headers });
        expect([path, answer.status]).toEqual([path, 403]);
      }
    }
    const scopes = ["runs:read", "runs:write", "workflows:write"] as const;
    const client = await into.clientWithKey({ scopes });
    const headers = { "x-restore-token": RESTORE_TOKEN };
    expect((await client.send({ method: "GET", path: "/v1/backup", headers })).status).toBe(403);
  });

  test("by a service with runs", async () => {
    expect(await program(from, "restore", "--replace", FILE)).toMatchObject({
      code: 1,
      err: expect.stringContaining("has runs") as string,
    });
  });

  test("by a service with definitions, unless they are to be replaced", async () => {
    expect(await program(into, "restore", FILE)).toMatchObject({
      code: 1,
      err: expect.stringContaining("which would be removed") as string,
    });
  });

  test.each<[string, string, (text: string) => string]>([
    [
      "its last line is missing",
      "cut off",
      (text) => text.trimEnd().split("\n").slice(0, -1).join("\n"),
    ],
    ["it ends in the middle of a line", "none of a backup", (text) => text.slice(0, -300)],
    ["a line is missing", "changed or damaged", (text) => text.replace(/\n.*\n/, "\n")],
    [
      "a letter is changed",
      "changed or damaged",
      (text) => text.replace(/"sealed":"..../, '"sealed":"AAAA'),
    ],
    ["lines follow its end", "goes on", (text) => `${text}${line(1)}\n`],
    ["it is no backup", "none of a backup", () => "a\nb\n"],
  ])("where %s", async (_name, says, change) => {
    const path = `${folder.path}/changed.ndjson`;
    writeFileSync(path, change(readFileSync(FILE, "utf8")));
    expect(await program(into, "restore", "--replace", path)).toMatchObject({
      code: 1,
      err: expect.stringContaining(says) as string,
    });
  });

  test("where first or last line are not as they were signed", async () => {
    const headers = { "x-restore-token": RESTORE_TOKEN };
    const begin = (head: string, end: string) =>
      into.post("/v1/restore", { head, end, replace: true }, headers);
    const [head, end] = [line(0), line(-1)];
    const changes = [
      [head.replace(/"with_keys":true/, '"with_keys":false'), end],
      [head, end.replace(/"runs":\d+/, '"runs":1')],
      [head, end.replace(/"sha256":"./, '"sha256":"g')],
      [head.replace('"format":1', '"format":99'), end],
    ] as const;
    for (const [first, last] of changes) {
      const answer = await begin(first, last);
      expect([answer.status, answer.text]).toEqual([
        409,
        expect.stringContaining("restore_refused") as string,
      ]);
    }
  });
});

test("comes back: everything reads as before, is held, and goes on once it is released", async () => {
  const before = await everything(from);
  const restored = await program(into, "restore", "--replace", FILE);
  expect(restored).toMatchObject({ code: 0, out: expect.stringContaining("held") as string });
  expect(await everything(into)).toEqual(before);
  // Keys of the service that the backup comes into stay, the caller's own among them.
  const { keys: _, ...ours } = await from.stored();
  expect(await into.stored()).toMatchObject(ours);

  // Keys of a start and of a write still find what they did.
  const again = { workflow_id: "content_draft_flow" };
  const started = await into.post("/v1/executions", again, KEYED.headers);
  expect(started.headers.get("idempotent-replayed")).toBe("true");
  expect((await into.stored()).runs).toHaveLength(ours.runs.length);
  const other = await into.post(
    "/v1/executions",
    { ...again, inputs: { topic: "x" } },
    KEYED.headers,
  );
  expect(other.status).toBe(422);
  const written = await into.put(
    "/v1/templates/kept",
    { prompt: "Kept" },
    { "idempotency-key": "write-1" },
  );
  expect(written.headers.get("idempotent-replayed")).toBe("true");

  const { waiting } = runs.ids;
  for (const path of [`/v1/executions/${waiting}/cancel`, `/v1/executions/${waiting}/resume`]) {
    const answer = await into.post(
      path,
      path.endsWith("resume") ? { inputs: { topic: "a", audience: "b" } } : undefined,
    );
    expect([answer.status, answer.text]).toEqual([
      409,
      expect.stringContaining("run_held") as string,
    ]);
  }

  expect(await program(into, "restore", "--release")).toMatchObject({
    code: 0,
    out: `Released ${ours.runs.length} runs.\n`,
  });
  expect(await program(into, "restore", "--release")).toMatchObject({ out: "Released 0 runs.\n" });
  // The link of before.
  const run = runSchema.parse((before[waiting] as unknown[])[0]);
  const token = run.wait?.type === "form" ? run.wait.resume_token : undefined;
  const resumed = await into.send({
    method: "POST",
    path: `/v1/executions/${waiting}/resume`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resume_token: token, inputs: { topic: "a", audience: "b" } }),
    key: null,
  });
  expect(resumed.status).toBe(200);
  startedLast = await start(into);
  await answerForm(into, startedLast);
  expect(await program(into, "doctor")).toMatchObject({ code: 0, out: "" });
});

test("rows that D1 lost come back from the objects", async () => {
  // D1 has the last one a moment later.
  const { events } = historySchema.parse(
    (await into.get(`/v1/executions/${startedLast}/history`)).json(),
  );
  await expect
    .poll(async () => (await into.stored()).runs.find(({ id }) => id === startedLast)?.seq)
    .toBe(events.length);
  const before = await into.stored();
  await into.execute("DELETE FROM run_steps");
  await into.execute("DELETE FROM run_tags");
  await into.execute("DELETE FROM runs");
  await into.execute("UPDATE metrics SET value = '{}'");
  expect(await program(into, "rebuild", FILE)).toMatchObject({ code: 0, err: "" });
  const after = await into.stored();
  // The one that was started since the backup is known to D1 only.
  const known = new Set(after.runs.map(({ id }) => id));
  expect(before.runs.filter(({ id }) => known.has(id))).toEqual(after.runs);
  expect(before.runs.length - after.runs.length).toBe(1);
});
