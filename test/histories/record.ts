/**
 * `npm run record-histories -- --checkout <folder> --release 0.4.0`: starts the service of that
 * checkout with a state of its own, carries out the scenarios by its API, and writes what its run
 * objects stored, with each run as the API showed it, to `test/histories/<release>.ndjson`.
 *
 * Part of every release (docs/upgrading.md): the file is what later releases are held to.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { freePort } from "../support/free-port.ts";
import { type Act, type Scenario, scenarios } from "./scenarios.ts";

const KEY = `wo_historieso_${"a".repeat(32)}`;
/** Longer than the slowest scenario takes. */
const SETTLED_WITHIN_MS = 60_000;

interface Wait {
  number: number;
  step_id: string;
  type: "form" | "approval";
  fields?: { key: string; type: string; required?: boolean; options?: { value: string }[] }[];
}

interface Shown {
  id: string;
  status: string;
  wait?: Wait;
}

/** What a pattern asks for. */
const NAMED: Readonly<Record<string, unknown>> = {
  iban: "DE02120300000000202051",
  ticket_number: "AB-1",
};
const VALUES: Readonly<Record<string, unknown>> = {
  email: "ann@example.com",
  url: "https://example.com/a",
  number: 80,
  integer: 3,
  boolean: true,
  date: "2026-12-01",
  datetime: "2026-12-01T10:00:00Z",
  text: "A text of more than twenty characters.",
};

const { values } = parseArgs({
  options: { checkout: { type: "string", default: "." }, release: { type: "string" } },
});
const { checkout, release } = values;
if (release === undefined) throw new Error("--release is missing");

const folder = mkdtempSync(`${tmpdir()}/histories-`);
const api = await serveApi();
const apiHost = `127.0.0.1:${portOf(api)}`;
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const service = await start();
try {
  const ids = new Map<string, Scenario>();
  const views = new Map<string, unknown>();
  for (const scenario of scenarios(`http://${apiHost}`)) {
    const id = await carryOut(scenario);
    if (id === null) console.log(`${scenario.name}: not in this release`);
    else ids.set(id, scenario);
  }
  // What was under way at a cancel is recorded a little later.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  for (const id of ids.keys()) {
    views.set(id, {
      run: await get(`/v1/executions/${id}`),
      history: await get(`/v1/executions/${id}/history`),
    });
  }
  await stop(service);
  const histories = readObjects().flatMap((stored) => {
    const scenario = ids.get(stored.runId);
    return scenario ? [{ name: scenario.name, ...stored, shown: views.get(stored.runId) }] : [];
  });
  const lines = histories
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((history) => JSON.stringify({ release, ...history }, withoutTokens));
  writeFileSync(`${import.meta.dirname}/${release}.ndjson`, `${lines.join("\n")}\n`);
  console.log(`${lines.length} histories of ${release}`);
} finally {
  await stop(service);
  api.close();
  api.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
}

/** A signed token is the reader's, and nothing of the run. */
function withoutTokens(key: string, value: unknown): unknown {
  return key.startsWith("resume_token") ? undefined : value;
}

/** One that answers, one that is broken once, one that never answers, one that breaks off. */
async function serveApi(): Promise<Server> {
  let calls = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    calls += 1;
    if (path.startsWith("/dropped")) request.socket.destroy();
    else if (path.startsWith("/slow")) return;
    else if (path.startsWith("/missing")) response.writeHead(404).end("there is none");
    else if (path.startsWith("/once-broken") && request.headers["x-attempt"] === "1") {
      response.writeHead(500).end("later");
    } else {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ call: calls, note: "fine" }));
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function start(): Promise<ChildProcess> {
  const vars = [
    "ENVIRONMENT=development",
    `SERVER_SECRET=${"s".repeat(40)}`,
    `DEV_API_KEY=${KEY}`,
    "ALLOW_MOCK_AI=true",
    `API_CALL_ALLOW_HTTP_HOSTS=${apiHost}`,
    "RATE_LIMITS=off",
  ];
  writeFileSync(`${folder}/dev.vars`, `${vars.join("\n")}\n`);
  // The first builds read no other file than this.
  if (checkout !== ".") writeFileSync(`${checkout}/.dev.vars`, `${vars.join("\n")}\n`);
  const child = spawn(process.execPath, ["src/cli/start.ts"], {
    cwd: checkout,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      PORT: String(port),
      STATE_DIR: `${folder}/state`,
      DEV_VARS: `${folder}/dev.vars`,
    },
  });
  await new Promise<void>((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (/Workflow Orchestrator is ready|API key|is ready/i.test(output)) resolve();
    });
    child.once("exit", (code) => reject(new Error(`start ended with ${code}:\n${output}`)));
  });
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  process.kill(-child.pid, "SIGKILL");
  await ended;
}

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${KEY}`,
      "content-type": "application/json",
      prefer: "respond-async",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function get(path: string): Promise<unknown> {
  return (await send("GET", path)).json();
}

/** The id of the run; null: the release has no such seed workflow. */
async function carryOut(scenario: Scenario): Promise<string | null> {
  const { name, steps, inputs = {}, mock, acts, until } = scenario;
  if (steps) {
    const definition = {
      schema_version: "0.2.0",
      id: name,
      name,
      start_step: steps[0]?.["id"],
      tags: ["recorded"],
      steps,
    };
    const saved = await send("POST", "/v1/workflows", definition);
    if (!saved.ok) throw new Error(`${name}: ${await saved.text()}`);
  }
  const runOpts = { mock_ai: mock ?? true, idempotency_key: `start-${name}`, tags: ["history"] };
  const body = { workflow_id: name, inputs, run_opts: runOpts };
  const started = await send("POST", "/v1/executions", body);
  if (started.status === 404) return null;
  if (!started.ok) throw new Error(`${name}: ${await started.text()}`);
  const { id } = (await started.json()) as Shown;
  for (const act of acts) {
    if (!(await carryOutAct(id, act))) break;
  }
  const isSettled = ({ status }: Shown) => status !== "running" && status !== "queued";
  const run = await settled(id, (shown) =>
    until === "settled" ? isSettled(shown) : shown.status === until,
  );
  if (until !== "settled" && run.status !== until) {
    console.log(`${name} is ${run.status}, not ${until}`);
    process.exitCode = 1;
  }
  console.log(`${name}: ${run.status}`);
  return id;
}

/** false: the run has ended before it. */
async function carryOutAct(id: string, act: Act): Promise<boolean> {
  const path = `/v1/executions/${id}`;
  if (act.kind === "cancel") {
    await new Promise((resolve) => setTimeout(resolve, act.afterMs ?? 0));
    const canceled = await send("POST", `${path}/cancel`, { reason: "recorded" });
    if (!canceled.ok) throw new Error(await canceled.text());
    return true;
  }
  const { wait } = await settled(id, ({ status }) => status !== "running" && status !== "queued");
  if (!wait) return false;
  const { number, step_id: stepId } = wait;
  const answered =
    wait.type === "form"
      ? { inputs: act.kind === "answer" ? (act.inputs ?? filledIn(wait)) : filledIn(wait) }
      : { approvals: [{ step_id: stepId, ...decisionOf(act) }] };
  const response = await send("POST", `${path}/resume`, { ...answered, wait_number: number });
  if (!response.ok) throw new Error(`${id} ${stepId}: ${await response.text()}`);
  return true;
}

function decisionOf(act: Act) {
  if (act.kind !== "decide") return { approved: true };
  return { approved: act.approved, ...(act.comment === undefined ? {} : { comment: act.comment }) };
}

function filledIn({ fields: asked = [] }: Wait): Record<string, unknown> {
  return Object.fromEntries(
    asked
      .filter(({ required }) => required !== false)
      .map(({ key, type, options }) => {
        const [first] = options ?? [];
        if (type === "multiselect") return [key, [first?.value ?? ""]];
        if (type === "select") return [key, first?.value ?? ""];
        return [key, NAMED[key] ?? VALUES[type] ?? "Something"];
      }),
  );
}

async function settled(id: string, isSo: (run: Shown) => boolean): Promise<Shown> {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const run = (await get(`/v1/executions/${id}`)) as Shown;
    if (isSo(run) || Date.now() > deadline) return run;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What the run objects have on their disks. */
function readObjects() {
  return globSync(`${folder}/state/v3/do/*RunObject/*.sqlite`).flatMap((file) => {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      const isRun = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'log'").get();
      if (!isRun) return [];
      const doc = Object.fromEntries(
        db
          .prepare("SELECT name, value FROM doc ORDER BY name")
          .all()
          .map(({ name, value }) => [String(name), JSON.parse(String(value)) as unknown]),
      );
      const log = db
        .prepare("SELECT events FROM log ORDER BY seq")
        .all()
        .map(({ events }) => JSON.parse(String(events)) as { run_id: string }[]);
      return [{ runId: log[0]?.[0]?.run_id ?? "", doc, log }];
    } finally {
      db.close();
    }
  });
}
