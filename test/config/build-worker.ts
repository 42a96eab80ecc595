/**
 * Bundles the Worker once for all services that the tests start; each of them would do it for
 * itself, and that is half of what a start takes.
 */
import { rm } from "node:fs/promises";
import { runWrangler } from "#cli/wrangler.ts";
import { ROOT } from "./folders.ts";

export async function setup(): Promise<void> {
  const folder = `${ROOT}dist/test-worker-${process.pid}`;
  await runWrangler(["deploy", "--dry-run", "--env", "", "--outdir", folder]);
  // Read by `support/service.ts`, in processes that inherit it.
  process.env["PREBUILT_WORKER"] = folder;
}

export async function teardown(): Promise<void> {
  await rm(`${ROOT}dist/test-worker-${process.pid}`, { recursive: true, force: true });
}
