/**
 * Builds the static files: the console, and the API description page from swagger-ui-dist, so that
 * it works without a network. `npm run build` calls it, and so do `npm start` and the tests.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { buildConsole } from "./build-console.ts";
import { PUBLIC_DIR } from "./paths.ts";

const FILES = [
  "swagger-ui.css",
  "swagger-ui-bundle.js",
  "favicon-32x32.png",
  "favicon-16x16.png",
] as const;

/** Of our own: the page, and what is in the frame on it. */
const PAGE_FILES = ["index.html", "page.css", "bridge.js", "viewer.html", "viewer.js"] as const;

export async function buildPublic(): Promise<void> {
  buildDocs();
  await buildConsole();
}

function buildDocs(): void {
  const source = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const target = `${PUBLIC_DIR}/docs`;
  mkdirSync(target, { recursive: true });
  for (const file of FILES) copyFileSync(`${source}/${file}`, `${target}/${file}`);
  for (const file of PAGE_FILES) {
    copyFileSync(new URL(`docs-page/${file}`, import.meta.url), `${target}/${file}`);
  }
}

if (import.meta.main) await buildPublic();
