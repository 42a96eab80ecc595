/** Bundles of two releases: what is in the working tree, and what a commit of the history has. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { ROOT } from "#cli/paths.ts";
import { runWrangler } from "#cli/wrangler.ts";

const FILES = ["src", "package.json", "tsconfig.json", "wrangler.toml"];

/** The last commit of the release before: the one before `version` of package.json became this one. */
export function previousRelease(version: string): string {
  const search = ["log", "--format=%H", `-S"version": "${version}"`, "--", "package.json"];
  const first = git(search).trim().split("\n").at(-1) ?? "";
  if (first === "") throw new Error(`the history has no commit that made the version ${version}`);
  return git(["rev-parse", `${first}^`]).trim();
}

/** Writes the Worker of the working tree into the folder. */
export async function bundleCurrent(folder: string): Promise<void> {
  mkdirSync(`${ROOT}dist/public`, { recursive: true });
  await runWrangler(["deploy", "--dry-run", "--env", "production", "--outdir", folder]);
}

/**
 * Writes the Worker of a commit into the folder. Its sources are put inside `dist/`, so that they
 * find their packages; those of a later lock file serve, as long as the majors are the same.
 */
export async function bundleCommit(commit: string, folder: string): Promise<void> {
  const copy = `${ROOT}dist/release-${commit.slice(0, 12)}-${process.pid}`;
  mkdirSync(`${copy}/dist/public`, { recursive: true });
  try {
    const archive = execFileSync("git", ["archive", "--format=tar", commit, ...FILES], {
      cwd: ROOT,
      maxBuffer: 2 ** 28,
    });
    execFileSync("tar", ["-x", "-C", copy], { input: archive });
    symlinkSync(`${ROOT}node_modules`, `${copy}/node_modules`);
    const target = ["--env", "production", "--outdir", folder];
    await runWrangler(["deploy", "--dry-run", "--cwd", copy, ...target]);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function git(args: string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" });
}
