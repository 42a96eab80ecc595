/** Paths in the project's folder, independent of the current folder. */
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const PUBLIC_DIR = `${ROOT}dist/public`;

/** Where local state is kept; two copies with other values run side by side. */
export function stateDir(): string {
  return process.env["STATE_DIR"] ?? `${ROOT}.wrangler/state`;
}

export function port(): number {
  const given = process.env["PORT"] ?? "8787";
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw new Error(`PORT must be a number from 1 to 65535, not "${given}".`);
  }
  return value;
}
