/** How this project calls wrangler: without telemetry, and with one state folder. */
import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { ROOT, stateDir } from "./paths.ts";

/** Turns off wrangler's telemetry, in this process and in those it starts. */
export function keepWranglerQuiet(): void {
  Object.assign(process.env, {
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
  });
}

export function spawnWrangler(args: string[], stdio: StdioOptions): ChildProcess {
  keepWranglerQuiet();
  return spawn(process.execPath, [`${ROOT}node_modules/wrangler/bin/wrangler.js`, ...args], {
    cwd: ROOT,
    stdio,
  });
}

/** Runs to the end; throws with the output when it fails. */
export async function runWrangler(args: string[]): Promise<string> {
  const child = spawnWrangler(args, ["ignore", "pipe", "pipe"]);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`wrangler ${args.join(" ")} failed:\n${output}`);
  return output;
}

export async function migrateLocal(): Promise<void> {
  await runWrangler(["d1", "migrations", "apply", "DB", "--local", "--persist-to", stateDir()]);
}
