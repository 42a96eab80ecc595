/** The version of this program, from its package. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { ROOT } from "./paths.ts";

const packageSchema = z.object({ version: z.string() });

export function programVersion(): string {
  const { version } = packageSchema.parse(JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")));
  return version;
}
