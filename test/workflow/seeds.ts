/** The seed files, for tests. */
import { readFileSync } from "node:fs";

export function seedText(name: string): string {
  return readFileSync(new URL(`../../src/cli/seeds/${name}`, import.meta.url), "utf8");
}
