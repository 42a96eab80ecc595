/**
 * Builds the console into the files that the Worker serves: `index.html`, and under `/console/`
 * files whose names change with their content. Builds only when a source has changed since the last
 * time.
 *
 * Vite runs in a separate process: it reads NODE_ENV, and the caller may be a test.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { PUBLIC_DIR, ROOT } from "./paths.ts";

/**
 * What a browser loads, gzipped, before it shows the first page; and the addition for the run page.
 */
export const FIRST_LOAD_LIMIT_BYTES = 130_000;

const SOURCE = `${ROOT}src/console`;
const ASSETS = "console";
/** The sources of the last build: the hash of each file. */
const STAMP_FILE = `${ROOT}dist/console.json`;

const stampSchema = z.object({
  /** SHA-256 by path from the root. */
  files: z.record(z.string(), z.string()),
  sizes: z.object({
    /** gzip, bytes: the page, its scripts and styles. */
    firstLoad: z.number(),
    /** The addition of the run page. */
    runPage: z.number(),
  }),
});
type Stamp = z.infer<typeof stampSchema>;
type ConsoleSizes = Stamp["sizes"];

/** The part of vite's manifest that is used. */
const manifestSchema = z.record(
  z.string(),
  z.object({
    file: z.string(),
    css: z.array(z.string()).optional(),
    imports: z.array(z.string()).optional(),
  }),
);
type Manifest = z.infer<typeof manifestSchema>;

export async function buildConsole(): Promise<ConsoleSizes> {
  const before = readStamp();
  if (before && isCurrent(before)) return before.sizes;
  const env = { ...process.env, NODE_ENV: "production" };
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url)], {
    env,
  });
  process.stdout.write(stdout);
  const after = readStamp();
  if (!after) throw new Error("the build of the console wrote no stamp");
  return after.sizes;
}

function readStamp(): Stamp | null {
  if (!existsSync(STAMP_FILE) || !existsSync(`${PUBLIC_DIR}/index.html`)) return null;
  return stampSchema.parse(JSON.parse(readFileSync(STAMP_FILE, "utf8")));
}

/** Whether a build is needed. All files of the console are compared, and those that they import. */
function isCurrent({ files }: Stamp): boolean {
  const known = new Set(Object.keys(files));
  return (
    ownFiles().every((path) => known.has(path)) &&
    Object.entries(files).every(([path, hash]) => hashOf(path) === hash)
  );
}

/** All files of the console, and those that the build itself depends on. */
function ownFiles(): string[] {
  const below = readdirSync(SOURCE, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, `${entry.parentPath}/${entry.name}`));
  return [...below, "package-lock.json", "src/cli/build-console.ts"];
}

/** "" when the file does not exist any more. */
function hashOf(path: string): string {
  if (!existsSync(`${ROOT}${path}`)) return "";
  return createHash("sha256")
    .update(readFileSync(`${ROOT}${path}`))
    .digest("hex");
}

async function bundle(): Promise<void> {
  const { build } = await import("vite");
  const staging = `${ROOT}dist/console-${process.pid}`;
  const modules = new Set(ownFiles());
  await build({
    root: SOURCE,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: "warn",
    plugins: [
      {
        name: "list-modules",
        generateBundle() {
          for (const id of this.getModuleIds()) {
            const path = relative(ROOT, id.split("?")[0] ?? "");
            if (path.startsWith("src/")) modules.add(path);
          }
        },
      },
    ],
    build: {
      outDir: staging,
      emptyOutDir: true,
      assetsDir: ASSETS,
      manifest: "manifest.json",
      // Inlined as data URLs, small files would count to the page, and the policy allows only
      // images so.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
  const sizes = measure(staging);
  mkdirSync(PUBLIC_DIR, { recursive: true });
  rmSync(`${PUBLIC_DIR}/${ASSETS}`, { recursive: true, force: true });
  renameSync(`${staging}/${ASSETS}`, `${PUBLIC_DIR}/${ASSETS}`);
  renameSync(`${staging}/index.html`, `${PUBLIC_DIR}/index.html`);
  rmSync(staging, { recursive: true });
  const files = Object.fromEntries([...modules].toSorted().map((path) => [path, hashOf(path)]));
  writeFileSync(STAMP_FILE, JSON.stringify({ files, sizes } satisfies Stamp));
  const [first, run] = [sizes.firstLoad, sizes.runPage].map((bytes) => (bytes / 1000).toFixed(1));
  console.log(`Built the console: first load ${first} kB gzip, the page of a run ${run} kB more.`);
}

function measure(folder: string): ConsoleSizes {
  const manifest = manifestSchema.parse(
    JSON.parse(readFileSync(`${folder}/manifest.json`, "utf8")),
  );
  const first = filesOf(manifest, "index.html");
  const run = filesOf(manifest, "pages/RunPage.tsx");
  const bytes = (files: Iterable<string>) =>
    [...files].reduce((sum, file) => sum + gzipSync(readFileSync(`${folder}/${file}`)).length, 0);
  return {
    firstLoad: bytes(["index.html", ...first]),
    runPage: bytes([...run].filter((file) => !first.has(file))),
  };
}

/** The files that a browser needs before an entry runs. */
function filesOf(manifest: Manifest, entry: string): Set<string> {
  const names = new Set([entry]);
  const files = new Set<string>();
  for (const name of names) {
    const chunk = manifest[name];
    if (!chunk) throw new Error(`the console has no ${name}`);
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const imported of chunk.imports ?? []) names.add(imported);
  }
  return files;
}

if (import.meta.main) await bundle();
