/**
 * `npm run perf:profile [jobs]`: where the CPU time of a main job goes. The inspector of the runtime
 * samples while 16 clients run main jobs; the functions that take the most are printed, and
 * `docs/main-job.svg` is the flame graph. The bundle is not minified, so that names are those of the
 * sources.
 */
import { writeFileSync } from "node:fs";
import { ROOT } from "#cli/paths.ts";
import { type Profile, selfShares, toFrames, toSvg } from "./flame-graph.ts";
import { closeConnections } from "./http-client.ts";
import { mainJob } from "./main-job.ts";
import { openRig } from "./rig.ts";
import { machine, measureRate } from "./statistics.ts";

const JOBS = Number(process.argv[2] ?? 600);
const PORT = 19_229;
const INTERVAL_US = 200;
const SHOWN = 40;

/** The part of the inspector's protocol that a profile needs. */
class Inspector {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: unknown) => void>();
  #sent = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (id !== undefined) this.#answers.get(id)?.(result);
    });
  }

  static async open(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error("no inspector")), { once: true });
    });
    return new Inspector(socket);
  }

  call(method: string, params: object = {}): Promise<unknown> {
    const id = (this.#sent += 1);
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    this.#socket.close();
  }
}

async function main(): Promise<void> {
  const rig = await openRig({ inspectorPort: PORT, isReadable: true });
  try {
    await measureRate(() => mainJob(rig), 200);
    const inspector = await Inspector.open(`ws://127.0.0.1:${PORT}/core:user:service`);
    await inspector.call("Profiler.enable");
    await inspector.call("Profiler.setSamplingInterval", { interval: INTERVAL_US });
    await inspector.call("Profiler.start");
    await measureRate(() => mainJob(rig), JOBS);
    const { profile } = (await inspector.call("Profiler.stop")) as { profile: Profile };
    inspector.close();
    const frames = toFrames(profile);
    const title = `CPU of ${JOBS} main jobs at 16 clients, ${frames.total} samples every ${INTERVAL_US} µs, ${machine()}`;
    console.log(title);
    for (const [name, share] of selfShares(frames).slice(0, SHOWN)) {
      console.log(`${(share * 100).toFixed(1).padStart(5)} %  ${name}`);
    }
    writeFileSync(`${ROOT}docs/main-job.svg`, toSvg(frames, title));
  } finally {
    closeConnections();
    await rig.close();
  }
}

await main();
