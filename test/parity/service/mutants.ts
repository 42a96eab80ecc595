/**
 * Copies of the reference interpreter with one thing changed in their source: what a second
 * implementation might get wrong. A change that no longer finds its place is an error.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { interpret } from "#parity/interpreter.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export interface Plant {
  name: string;
  /** Below src/parity. */
  file: string;
  find: string;
  replace: string;
}

export class Greenhouse {
  readonly #folder = mkdtempSync(`${tmpdir()}/workflow-parity-`);
  #count = 0;

  constructor() {
    symlinkSync(`${ROOT}node_modules`, `${this.#folder}/node_modules`);
    writeFileSync(`${this.#folder}/package.json`, '{"type":"module"}');
  }

  /** The interpreter with that change. */
  async grow({ file, find, replace }: Plant): Promise<typeof interpret> {
    this.#count += 1;
    const src = `${this.#folder}/src${this.#count}`;
    mkdirSync(src);
    cpSync(`${ROOT}src/model`, `${src}/model`, { recursive: true });
    cpSync(`${ROOT}src/parity`, `${src}/parity`, { recursive: true });
    const source = readFileSync(`${src}/parity/${file}`, "utf8");
    const places = source.split(find).length - 1;
    if (places !== 1) throw new Error(`${places} places in ${file} for ${find}`);
    writeFileSync(
      `${src}/parity/${file}`,
      source.replace(find, () => replace),
    );
    const url = pathToFileURL(`${src}/parity/interpreter.ts`).href;
    const mutant = (await import(/* @vite-ignore */ url)) as { interpret: typeof interpret };
    return mutant.interpret;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
