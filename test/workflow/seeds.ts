/** The seed files, for tests. */
import { readdirSync, readFileSync } from "node:fs";

export function seedText(name: string): string {
  return readFileSync(new URL(`../../src/cli/seeds/${name}`, import.meta.url), "utf8");
}

/** Names of the seeds in a folder, without `.yaml`. */
export function seedNames(folder: "workflows" | "templates"): string[] {
  return readdirSync(new URL(`../../src/cli/seeds/${folder}`, import.meta.url))
    .flatMap((name) => (name.endsWith(".yaml") ? [name.slice(0, -".yaml".length)] : []))
    .toSorted();
}
