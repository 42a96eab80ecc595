/** The version of this program, from its package. */
import { readFileSync } from "node:fs";
import { ROOT } from "./paths.ts";

export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as {
    version: string;
  };
  return version;
}
