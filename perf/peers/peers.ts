/**
 * The peers that run here, each with what it needs: a program that offers the jobs over HTTP
 * (`programs/`), and the server that keeps its state. A peer whose server is not on this machine is
 * named, with what is missing.
 */
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { delimiter } from "node:path";
import { freePort } from "../../test/support/free-port.ts";
import { type Started, startProcess, together } from "./processes.ts";

const FOLDER = new URL(".", import.meta.url).pathname;

export interface Peer {
  name: string;
  /** Where its state is. */
  store: string;
  url: URL;
  processes: Started[];
}

export type Opened = Peer | { name: string; missing: string };

/** Each opens one peer, with its state in the folder. */
export const PEERS: readonly ((folder: string) => Promise<Opened>)[] = [
  openDbos,
  openRestate,
  openMastra,
  openTemporal,
];

/** The address of the program, which is added to the processes. */
async function openProgram(
  processes: Started[],
  file: string,
  env: Record<string, string>,
): Promise<URL> {
  const program = startProcess([process.execPath, `${FOLDER}programs/${file}`], { env });
  processes.push(program);
  const port = () => /listening (\d+)/.exec(program.output())?.[1];
  await program.until(() => port() !== undefined, "its port");
  return new URL(`http://127.0.0.1:${port()}`);
}

async function openDbos(folder: string): Promise<Opened> {
  const name = "DBOS";
  const tools = postgresTools();
  if (tools === null) return { name, missing: "PostgreSQL (initdb and postgres)" };
  const user = postgresUser();
  if (user === null) return { name, missing: "a user `postgres`: PostgreSQL refuses root" };
  const data = `${folder}/postgres`;
  mkdirSync(data, { recursive: true });
  if (user.uid !== undefined) chownSync(data, user.uid, user.gid ?? user.uid);
  const made = spawnSync(
    `${tools}/initdb`,
    ["-D", `${data}/data`, "-U", "peer", "--auth=trust", "--no-instructions"],
    { ...user, cwd: data, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const port = String(await freePort());
  return together(async (processes) => {
    const server = startProcess(
      [`${tools}/postgres`, "-D", `${data}/data`, "-p", port, "-k", data, "-h", "127.0.0.1"],
      { ...user, cwd: data },
    );
    processes.push(server);
    await server.until(
      () => server.output().includes("ready to accept connections"),
      "connections",
    );
    const url = await openProgram(processes, "dbos.js", {
      DATABASE_URL: `postgresql://peer@127.0.0.1:${port}/peer`,
    });
    return { name, store: "PostgreSQL, fsync on", url, processes };
  });
}

/** The folder of PostgreSQL's programs: on the path, or where Debian has them. */
function postgresTools(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    ...versions.map((version) => `${debian}/${version}/bin`),
  ];
  return folders.find((one) => existsSync(`${one}/initdb`)) ?? null;
}

/** Whom PostgreSQL runs as: this user, or `postgres` where this user is root. */
function postgresUser(): { uid?: number; gid?: number } | null {
  if (process.getuid?.() !== 0) return {};
  const ids = ["-u", "-g"].map((flag) => spawnSync("id", [flag, "postgres"], { encoding: "utf8" }));
  if (ids.some(({ status }) => status !== 0)) return null;
  const [uid, gid] = ids.map(({ stdout }) => Number(stdout));
  return { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
}

async function openRestate(folder: string): Promise<Opened> {
  const [ingress, admin, node, handlers] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const isUp = async (port: number, path: string) => {
    try {
      return (await fetch(`http://127.0.0.1:${port}${path}`)).ok;
    } catch {
      return false;
    }
  };
  return together(async (processes) => {
    const server = startProcess([`${FOLDER}node_modules/.bin/restate-server`, "--no-logo"], {
      env: {
        RESTATE_BASE_DIR: `${folder}/restate`,
        RESTATE_LISTEN_MODE: "tcp",
        RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
        RESTATE_DISABLE_TELEMETRY: "true",
        RUST_LOG: "error",
      },
    });
    processes.push(server);
    await server.until(() => isUp(admin, "/health"), "its admin port");
    await server.until(() => isUp(ingress, "/restate/health"), "its ingress port");
    const url = await openProgram(processes, "restate.js", {
      HANDLERS_PORT: String(handlers),
      ADMIN_URL: `http://127.0.0.1:${admin}`,
      INGRESS_URL: `http://127.0.0.1:${ingress}`,
    });
    return { name: "Restate", store: "its own log and RocksDB", url, processes };
  });
}

function openMastra(folder: string): Promise<Opened> {
  return together(async (processes) => {
    const env = { DATABASE_FILE: `${folder}/mastra.db` };
    const url = await openProgram(processes, "mastra.js", env);
    return { name: "Mastra", store: "libSQL file", url, processes };
  });
}

async function openTemporal(folder: string): Promise<Opened> {
  const name = "Temporal";
  const command = process.env["TEMPORAL_CLI"] ?? "temporal";
  if (spawnSync(command, ["--version"], { stdio: "ignore" }).status !== 0) {
    return { name, missing: "the command `temporal` on the path or in TEMPORAL_CLI" };
  }
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const health = ["operator", "cluster", "health", "--address", address];
  return together(async (processes) => {
    const server = startProcess([
      command,
      "server",
      "start-dev",
      "--headless",
      "--log-level=error",
      `--port=${port}`,
      `--db-filename=${folder}/temporal.db`,
    ]);
    processes.push(server);
    const isUp = () => spawnSync(command, health, { stdio: "ignore" }).status === 0;
    await server.until(isUp, "its port");
    const url = await openProgram(processes, "temporal.js", { TEMPORAL_ADDRESS: address });
    return { name, store: "dev server, SQLite file", url, processes };
  });
}
