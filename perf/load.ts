/**
 * `npm run load`: the k6 scenario against the Worker's direct socket, with the limits of the source
 * as thresholds: p95 of start and of resume under 150 ms, under 1 % errors, over a ramp to 20 users
 * in 10 minutes. `npm run load 60` ramps in 60 seconds. Without k6 it says that it was not run.
 */
import { spawn } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { findK6 } from "./find-k6.ts";
import { openRig } from "./rig.ts";

const DEFAULT_RAMP_S = 600;
const SCRIPT = fileURLToPath(new URL("start-and-resume.k6.ts", import.meta.url));

const rampS = Number(process.argv[2] ?? DEFAULT_RAMP_S);
if (!Number.isInteger(rampS) || rampS < 1) {
  console.error("Usage: npm run load [seconds of the ramp]");
  process.exit(2);
}

const found = findK6();
if (found.ok) process.exitCode = await load(found.k6);
else console.log(`k6: was not run (${found.reason}).`);

/** k6's exit code: 0 when every threshold holds. */
async function load(k6: string): Promise<number> {
  const rig = await openRig();
  try {
    console.log(
      `k6: a ramp to 20 users in ${rampS} s, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}`,
    );
    const child = spawn(k6, ["run", "--quiet", "--no-usage-report", SCRIPT], {
      stdio: "inherit",
      env: {
        ...process.env,
        SERVICE_URL: rig.url.href.replace(/\/$/, ""),
        SERVICE_KEY: rig.key,
        RAMP_S: String(rampS),
      },
    });
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    });
  } finally {
    await rig.close();
  }
}
