/**
 * What is measured: the service and each peer, behind the same three calls. The main job is a start,
 * an answer, a model in the process, an approval, and the end; the other jobs have no one who waits.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { send, timed } from "../http-client.ts";
import { openLocalApi } from "../local-api.ts";
import { idOf, mainJob } from "../main-job.ts";
import { openRig, type Rig, type RigWorker } from "../rig.ts";
import { pause } from "../statistics.ts";
import { type Opened, type Peer, PEERS } from "./peers.ts";
import { processesOf, stopAll } from "./processes.ts";

export const JOBS = ["main", "pure", "effects", "http"] as const;
export type Job = (typeof JOBS)[number];

export interface Side {
  name: string;
  store: string;
  /** One job from its start to its end; `gap`: what the client waits between calls. */
  run: Partial<Record<Job, (gap: () => Promise<unknown>) => Promise<unknown>>>;
  /** What it still does when the last job has ended. */
  settled(): Promise<void>;
  pids(): number[];
  rest(): void;
  goOn(): void;
}

export interface Sides {
  all: Side[];
  missing: { name: string; missing: string }[];
  close(): Promise<void>;
}

const INPUTS = { topic: "Launch", audience: "SMB" };
const PEER = new URL("programs/", import.meta.url);

export async function openSides(names: readonly string[]): Promise<Sides> {
  const folder = mkdtempSync(`${tmpdir()}/workflow-peers-`);
  // PostgreSQL runs as another user, and has to reach its own folder in this one.
  chmodSync(folder, 0o711);
  const api = await openLocalApi(() => ({ status: 200, body: { ok: true } }));
  const rig = await openRig({
    bindings: { API_CALL_ALLOW_HTTP_HOSTS: api.host },
    beside: [cloudflareWorkflows()],
  });
  const opened: Opened[] = [];
  const close = async () => {
    for (const peer of opened) if ("url" in peer) await stopAll(peer.processes);
    await rig.close();
    api.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const sides = [await serviceSide(rig, api.host), await cloudflareSide(rig, api.host)];
    for (const open of PEERS) {
      const peer = await open(folder);
      opened.push(peer);
      if ("url" in peer) sides.push(peerSide(peer));
    }
    for (const side of sides) side.rest();
    return {
      all: sides.filter(({ name }) => names.length === 0 || names.includes(name)),
      missing: opened.filter((one) => "missing" in one),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serviceSide(rig: Rig, host: string): Promise<Side> {
  await saveWorkflows(rig, host);
  let ended = 0;
  const start = (id: string) => async () => {
    const [, answer] = await timed(
      () => send(new URL("/v1/executions", rig.url), "POST", rig.key, { workflow_id: id }),
      202,
    );
    idOf(answer.body);
    if (!answer.body.includes('"status":"completed"')) throw new Error(answer.body);
    ended += 1;
  };
  return {
    name: "this service",
    store: "SQLite of the object, D1",
    run: {
      main: async (gap) => {
        await mainJob(rig, gap);
        ended += 1;
      },
      pure: start("ten_rules"),
      effects: start("three_drafts"),
      http: start("three_calls"),
    },
    settled: async () => {
      const database = await rig.database();
      const query = "SELECT count(*) AS n FROM runs WHERE status = 'completed'";
      for (;;) {
        const row = await database.prepare(query).first<{ n: number }>();
        if ((row?.n ?? 0) >= ended) return;
        await pause(20);
      }
    },
    pids: () => [rig.pid],
    rest: () => {},
    goOn: () => {},
  };
}

/** Ten rules, three drafts by the mock, three calls over HTTP. */
async function saveWorkflows(rig: Rig, host: string): Promise<void> {
  const chain = (count: number, step: (each: number, next: string | null) => object) =>
    Array.from({ length: count }, (_, each) => ({
      id: `step${each}`,
      name: `Step ${each}`,
      ...step(each, each + 1 < count ? `step${each + 1}` : null),
    }));
  const schema = {
    type: "object",
    required: ["subject"],
    properties: { subject: { type: "string" } },
  };
  const workflows = {
    ten_rules: chain(10, (each, to) => ({
      type: "conditional",
      config: { when: `${each} < 10`, then: to, else: to },
    })),
    three_drafts: chain(3, (_each, to) => ({
      type: "ai_generate",
      config: { template_id: "peer_draft", variables: [], json_schema: schema },
      next: to,
    })),
    three_calls: chain(3, (_each, to) => ({
      type: "api_call",
      config: { url: `http://${host}/`, method: "GET" },
      next: to,
    })),
  };
  const template = new URL("/v1/templates/peer_draft", rig.url);
  await timed(() => send(template, "PUT", rig.key, { prompt: "Write a subject" }), 200);
  for (const [id, steps] of Object.entries(workflows)) {
    const body = { id, name: id, start_step: "step0", steps };
    await timed(() => send(new URL("/v1/workflows", rig.url), "POST", rig.key, body), 201);
  }
}

/** In the same runtime as the service. */
function cloudflareWorkflows(): RigWorker {
  return {
    name: "workflows",
    modules: ["cloudflare-workflows.js", "steps.js"].map((path) => ({
      type: "ESModule",
      path,
      contents: readFileSync(new URL(path, PEER), "utf8"),
    })),
    workflows: {
      MAIN_JOB: { name: "main-job", className: "MainJob" },
      PURE_JOB: { name: "pure-job", className: "PureJob" },
      EFFECT_JOB: { name: "effect-job", className: "EffectJob" },
    },
  };
}

async function cloudflareSide(rig: Rig, host: string): Promise<Side> {
  const url = await rig.urlOf("workflows");
  const effects = (params: object) => () => call(url, "effects", "", params);
  return {
    ...peerSide({ name: "Cloudflare Workflows", store: "SQLite of an object", url, processes: [] }),
    run: {
      main: (gap) => mainJobOf(url, gap),
      pure: () => call(url, "pure"),
      effects: effects({}),
      http: effects({ url: `http://${host}/` }),
    },
    pids: () => [rig.pid],
  };
}

function peerSide({ name, store, url, processes }: Peer): Side {
  return {
    name,
    store,
    run: { main: (gap) => mainJobOf(url, gap), pure: () => call(url, "pure") },
    settled: async () => {},
    pids: () => processes.flatMap(({ pid }) => processesOf(pid)),
    rest: () => processes.forEach((one) => one.rest()),
    goOn: () => processes.forEach((one) => one.goOn()),
  };
}

async function mainJobOf(url: URL, gap: () => Promise<unknown>): Promise<void> {
  const started: unknown = JSON.parse(await call(url, "start"));
  const id = idOf(JSON.stringify(started));
  await gap();
  await call(url, "answer", id, INPUTS);
  await gap();
  await call(url, "decide", id, { approved: true });
}

async function call(url: URL, route: string, id = "", body?: object): Promise<string> {
  const [, answer] = await timed(
    () => send(new URL(`/${route}/${id}`, url), "POST", "", body),
    200,
  );
  return answer.body;
}
