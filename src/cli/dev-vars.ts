/** `.dev.vars`: the settings of a local copy, written once from `.dev.vars.example`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { createApiKey, randomText } from "#security/api-key.ts";
import { ROOT } from "./paths.ts";

/** DEV_VARS chooses another file, so that two copies can have different settings. */
export const DEV_VARS_FILE = process.env["DEV_VARS"] ?? `${ROOT}.dev.vars`;

/** Writes the file with random secrets when there is none. True when it did. */
export function ensureDevVars(): boolean {
  if (existsSync(DEV_VARS_FILE)) return false;
  const example = readFileSync(`${ROOT}.dev.vars.example`, "utf8");
  const filled = example.replaceAll(
    /^(\w+)=generated$/gm,
    (_line, name: string) =>
      `${name}=${name === "DEV_API_KEY" ? createApiKey().key : randomText(52)}`,
  );
  writeFileSync(DEV_VARS_FILE, filled, { mode: 0o600 });
  return true;
}

export function readDevVars(file = DEV_VARS_FILE): Record<string, string | undefined> {
  return existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}
