/**
 * Which folder belongs to which layer. Every other test is of the unit layer.
 *
 * Each layer has a configuration of its own, so that a unit test does not pay for loading the
 * plugins of the others: those of Cloudflare, Storybook and Playwright take two seconds.
 */
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export const FOLDERS = {
  /** Runs inside workerd. */
  workerd: ["test/run", "test/http"],
  /** Starts the whole Worker and sends HTTP to it. */
  service: ["test/service"],
  /** Both sides of dual runs: services, and the reference in this process. */
  parity: ["test/parity/service"],
  /** Starts the whole stack as a process, and kills it. */
  faults: ["test/faults", "test/restore"],
  /** Opens the console of the whole Worker in Chromium. */
  browser: ["test/browser"],
} as const;

export function testsIn(folders: readonly string[]): string[] {
  return folders.map((folder) => `${folder}/**/*.test.ts`);
}
