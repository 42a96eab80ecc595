/**
 * How the code under test is loaded: from `src/` as it is, `cloudflare:workers` by the simulation,
 * and with the mutant that is asked for, so that the simulation can show that it finds one.
 */
import { registerHooks } from "node:module";
import type { Edit, Mutant } from "./mutants.ts";

const ROOT = new URL("../../", import.meta.url);
const WORKERS = new URL("platform/workers.ts", import.meta.url).href;

export function prepareLoading(mutant: Mutant | null): void {
  const left = new Set(mutant?.edits);
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "cloudflare:workers") return next(specifier, context);
      return { url: WORKERS, format: "module-typescript", shortCircuit: true };
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const edits = [...left].filter(({ file }) => url === new URL(file, ROOT).href);
      if (edits.length === 0) return loaded;
      let text = textOf(loaded.source);
      for (const edit of edits) {
        text = replaceOnce(text, edit);
        left.delete(edit);
      }
      return { ...loaded, source: text };
    },
  });
  process.on("exit", () => {
    if (left.size > 0) throw new Error(`never loaded: ${[...left].map(({ file }) => file).join()}`);
  });
}

/** A slip that is not in the text any more would be one that is never found. */
function replaceOnce(text: string, { file, original, replacement }: Edit): string {
  if (text.split(original).length !== 2) throw new Error(`${file} has not one place for a slip`);
  return text.replace(original, () => replacement);
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray | undefined): string {
  return typeof source === "string" ? source : new TextDecoder().decode(source);
}
