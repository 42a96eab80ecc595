/**
 * `npm run restore-check`: a service with runs in many states is backed up, its whole state is
 * destroyed, and the backup is restored into a database of an older release that is then migrated.
 * What callers see before and after is compared, every old key is sent again, and an API outside
 * remembers each call. R10 of the scoreboard.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { z } from "zod";
import { runSchema } from "#model/run.ts";
import { callProgram } from "../cli/program.ts";
import { COPY_KEY, LocalCopy } from "../support/local-copy.ts";
import { injectFault, type Injected } from "./injected.ts";
import { type Made, makeRuns, storeDefinitions } from "./runs.ts";
import { startWitness, type Witness } from "./witness.ts";

const RESTORE_TOKEN = "restore-check-".repeat(3);
/** The newest migration that the destroyed database gets before the service starts. */
const OLD_MIGRATIONS = 6;

export interface Report {
  runs: number;
  backupMs: number;
  restoreMs: number;
  bytes: number;
  /** What differs, in words; empty: nothing. */
  faults: string[];
}

interface Options {
  runs: number;
  /** A fault that is put into the state before it is backed up. */
  injected?: Injected;
}

export async function checkRestore({ runs: count, injected }: Options): Promise<Report> {
  const witness = await startWitness();
  const folder = mkdtempSync(`${tmpdir()}/restore-check-`);
  const copy = await LocalCopy.create([
    `RESTORE_TOKEN=${RESTORE_TOKEN}`,
    `API_CALL_ALLOW_HTTP_HOSTS=${witness.host}`,
    "RATE_LIMITS=off",
  ]);
  try {
    await copy.start();
    await storeDefinitions(copy, witness.host);
    const made = await makeRuns(copy, count, injected !== undefined);
    return await lose({ copy, witness, made, file: `${folder}/backup.ndjson`, injected });
  } finally {
    await copy.dispose();
    await witness.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Scene {
  copy: LocalCopy;
  witness: Witness;
  made: readonly Made[];
  file: string;
  injected: Injected | undefined;
}

async function lose({ copy, witness, made, file, injected }: Scene): Promise<Report> {
  const before = await observe(copy, made);
  if (injected !== undefined) {
    await copy.kill();
    injectFault(copy.stateFolder, injected, made);
    await copy.start();
  }
  const faults: string[] = [];
  const step = async (command: string, ...args: string[]) => {
    const startedAt = Date.now();
    const { code, out, err } = await program(copy, command, ...args);
    if (code !== 0) faults.push(`workflow ${command} ended with ${code}: ${out}${err}`);
    return Date.now() - startedAt;
  };
  const backupMs = await step("backup", "--with-keys", file);
  await copy.kill();
  const sent = witness.calls.length;
  copy.destroyState();
  await copy.migrateTo(OLD_MIGRATIONS);
  await copy.start();
  const restoreMs = await step("restore", "--replace", file);
  faults.push(...differences(before, await observe(copy, made)));
  faults.push(...(await oldKeys(copy, made)));
  if (witness.calls.length > sent) faults.push("a run that was held has called the API");
  witness.answerAll();
  await step("restore", "--release");
  faults.push(...(await finish(copy, made, before)));
  for (const path of witness.otherKeys()) faults.push(`${path} was called with two keys`);
  await step("doctor");
  const bytes = existsSync(file) ? statSync(file).size : 0;
  return { runs: made.length, backupMs, restoreMs, bytes, faults };
}

function program(copy: LocalCopy, command: string, ...args: string[]) {
  const token = command === "doctor" ? [] : ["--restore-token", RESTORE_TOKEN];
  return callProgram([command, "--url", copy.url, "--api-key", COPY_KEY, ...token, ...args]);
}

/** What callers see, by run. */
type Seen = ReadonlyMap<string, { run: unknown; history: unknown; context: unknown }>;

async function observe(copy: LocalCopy, made: readonly Made[]): Promise<Seen> {
  const seen = new Map<string, { run: unknown; history: unknown; context: unknown }>();
  const read = async (path: string) => (await copy.call("GET", path)).json() as Promise<unknown>;
  for (const { id } of made) {
    const path = `/v1/executions/${id}`;
    const [run, history, context] = await Promise.all([
      read(path),
      read(`${path}/history`),
      read(`${path}/context`),
    ]);
    seen.set(id, { run, history, context });
  }
  return seen;
}

function differences(before: Seen, after: Seen): string[] {
  return [...before].flatMap(([id, was]) => {
    const is = after.get(id);
    return (["run", "history", "context"] as const).flatMap((part) =>
      JSON.stringify(was[part]) === JSON.stringify(is?.[part]) ? [] : [`${part} of ${id} differs`],
    );
  });
}

/** Each start and each answer once more, with its key: the run of before, and nothing happens. */
async function oldKeys(copy: LocalCopy, made: readonly Made[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { id, start, resumes } of made) {
    const again = await copy.call("POST", "/v1/executions", start.body, {
      "idempotency-key": start.key,
    });
    const body = z.looseObject({ id: z.string().optional() }).parse(await again.json());
    const isReplay = again.headers.get("idempotent-replayed") === "true";
    if (body.id !== id || !isReplay) faults.push(`the key of ${id} started ${body.id}`);
    for (const { key, body: answer } of resumes) {
      const headers = { "idempotency-key": key };
      const path = `/v1/executions/${id}/resume`;
      const resumed = await copy.call("POST", path, answer, headers);
      if (resumed.headers.get("idempotent-replayed") !== "true") {
        faults.push(`the key of an answer to ${id} is lost: ${resumed.status}`);
      }
    }
  }
  return faults;
}

const ANSWERS_WITHIN_MS = 60_000;

/** Waiting runs are answered by the links of before, and everything under way comes to its end. */
async function finish(copy: LocalCopy, made: readonly Made[], before: Seen): Promise<string[]> {
  const faults: string[] = [];
  for (const { id } of made) {
    const run = runSchema.safeParse(before.get(id)?.run);
    const wait = run.success ? run.data.wait : undefined;
    if (wait?.type !== "form" || wait.resume_token === undefined) continue;
    const inputs = { topic: "Launch", audience: "SMB", card: "4111" };
    const known = new Set(wait.fields.map(({ key }) => key));
    const fitting = Object.entries(inputs).filter(([key]) => known.has(key));
    const body = { resume_token: wait.resume_token, inputs: Object.fromEntries(fitting) };
    const answer = await fetch(`${copy.url}/v1/executions/${id}/resume`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) faults.push(`the link of ${id} is refused: ${await answer.text()}`);
  }
  const deadline = Date.now() + ANSWERS_WITHIN_MS;
  for (const { id, endsAs } of made) {
    if (endsAs === null) continue;
    let run = await copy.run("GET", `/v1/executions/${id}`);
    while (run.ended_at === undefined && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      run = await copy.run("GET", `/v1/executions/${id}`);
    }
    const end = run.error?.code ?? run.status;
    if (end !== endsAs) faults.push(`${id} ended as ${end}, not as ${endsAs}`);
  }
  return faults;
}
