/**
 * Where k6 is. It is neither on npm nor in Debian: the one on the path is taken, else the pinned
 * version is built with Go into an ignored folder, once.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { ROOT } from "#cli/paths.ts";

const VERSION = "v1.8.1";
const FOLDER = `${ROOT}.cache/k6-${VERSION}`;
const BUILT = `${FOLDER}/k6`;

export type Found = { ok: true; k6: string } | { ok: false; reason: string };

export function findK6(): Found {
  if (runs("k6", ["version"])) return { ok: true, k6: "k6" };
  if (existsSync(BUILT)) return { ok: true, k6: BUILT };
  if (!runs("go", ["version"])) {
    return { ok: false, reason: "neither k6 nor Go is on the path" };
  }
  console.log(`Building k6 ${VERSION} with Go, once …`);
  mkdirSync(FOLDER, { recursive: true });
  const built = spawnSync("go", ["install", `go.k6.io/k6@${VERSION}`], {
    env: { ...process.env, GOBIN: FOLDER },
    stdio: "inherit",
  });
  return built.status === 0
    ? { ok: true, k6: BUILT }
    : { ok: false, reason: `k6 ${VERSION} could not be built with Go` };
}

function runs(program: string, args: string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}
